import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { header, problemOf, send, type Send } from '../../support/client.ts'
import {
  bytesOf,
  contentOf,
  countRows,
  digestOf,
  json,
  pushBlob,
  pushImage,
  putManifest,
  type Bytes,
  type Descriptor,
} from '../../support/content.ts'
import { events } from '../../support/events.ts'
import { anOrganization, aUser, clientOf } from '../../support/people.ts'

const repository = 'acme/app'
const manifestsAt = `/api/v0/repositories/${repository}/manifests`
const imageConfig = 'application/vnd.oci.image.config.v1+json'

type Manifest = Record<string, unknown> & { digest: string }

let client: Send
let owner: Send
let reader: Send
let stranger: Send

beforeEach(async () => {
  owner = await aUser('owner')
  reader = await aUser('reader')
  stranger = await aUser('stranger')
  await anOrganization('acme', { owners: ['owner'], teams: { readers: ['reader'] } })
  await env.DB.prepare('UPDATE teams SET namespace_rank = 1').run()
  client = await clientOf(repository)
})

async function found(response: Response): Promise<Manifest[]> {
  expect(response.status).toBe(200)
  return response.json<Manifest[]>()
}

async function outcomeOf(response: Response): Promise<[number, string]> {
  return [response.status, (await problemOf(response)).code]
}

/** Pushes a manifest with a config of these bytes, and says what the API tells of it. */
async function described(
  config: Bytes,
  { layers = [] as readonly object[], mediaType = imageConfig, fields = {} } = {},
): Promise<Manifest> {
  const pushed = { ...(await pushBlob(client, repository, config)), mediaType }
  const manifest = json({ schemaVersion: 2, mediaType: mediaTypes.image, config: pushed, layers, ...fields })
  const digest = await digestOf(manifest)
  expect((await putManifest(client, repository, digest, manifest)).status).toBe(201)
  const all = await found(await reader('GET', manifestsAt))
  const pushedOne = all.find((shown) => shown.digest === digest)
  if (pushedOne === undefined) throw new Error('the manifest is not listed')
  return pushedOne
}

const layerOf = (seed: number): Promise<Descriptor> => pushBlob(client, repository, contentOf(1000 + seed, seed))

describe('the list of manifests', () => {
  it('says what an image is and how it was built', async () => {
    const [base, app] = [await layerOf(1), await layerOf(2)]
    const config = {
      os: 'windows',
      'os.version': '10.0.17763',
      architecture: 'amd64',
      created: '2026-01-31T10:30:00.123456789+01:00',
      history: [
        { created_by: 'ADD file in /' },
        { created_by: 'ENV A=b', empty_layer: true },
        { created_by: 'COPY app /app', comment: 'buildkit' },
      ],
    }
    const foreign = { ...app, urls: ['https://elsewhere.example/layer'] }
    const shown = await described(json(config), { layers: [base, foreign] })
    const { mediaType } = base
    expect(shown).toEqual({
      digest: shown.digest,
      mediaType: mediaTypes.image,
      configMediaType: imageConfig,
      configDigest: await digestOf(json(config)),
      os: 'windows',
      osVersion: '10.0.17763',
      architecture: 'amd64',
      size: json(config).length + base.size + app.size,
      author: 'alice',
      createdAt: '2026-01-31T09:30:00.123Z',
      dockerfile: [
        { line: 'ADD file in /', layerDigest: base.digest, size: base.size, mediaType, isEmpty: false, urls: [] },
        { line: 'ENV A=b', layerDigest: '', size: 0, mediaType: '', isEmpty: true, urls: [] },
        {
          line: 'COPY app /app',
          layerDigest: app.digest,
          size: app.size,
          mediaType,
          isEmpty: false,
          urls: ['https://elsewhere.example/layer'],
        },
      ],
    })
  })

  it('leaves empty what cannot be read from a config', async () => {
    const empty = { os: '', osVersion: '', architecture: '', createdAt: '' }
    const layers = [await layerOf(1)]
    const bare = [{ line: '', layerDigest: layers[0]?.digest }]
    const tooLong = json({ os: 'linux', comment: 'x'.repeat(256 * 1024) })
    const inPieces = { os: 'linux', history: null, created: 'yesterday', architecture: 7 }
    expect(await described(json([1, 2]), { layers })).toMatchObject({ ...empty, dockerfile: bare })
    expect(await described(bytesOf('{"os":'), { layers })).toMatchObject({
      ...empty,
      dockerfile: bare,
    })
    expect(await described(new Uint8Array(), { layers })).toMatchObject({ ...empty, dockerfile: bare })
    expect(await described(tooLong, { layers })).toMatchObject({ ...empty, dockerfile: bare })
    expect(await described(json(inPieces), { layers })).toMatchObject({ ...empty, os: 'linux', dockerfile: bare })
  })

  it('leaves empty what has lost its bytes, and still shows the rest', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    await pushImage(client, repository, 'latest')
    const { objects } = await env.BUCKET.list()
    await env.BUCKET.delete(objects.map(({ key }) => key))
    expect(await found(await reader('GET', manifestsAt))).toMatchObject([{ os: '', mediaType: mediaTypes.image }])
    expect(logged).toHaveBeenCalledTimes(1)
    logged.mockRestore()
  })

  it('reads no config that is not that of an image', async () => {
    const mediaType = 'application/vnd.cncf.helm.config.v1+json'
    const layers = [await layerOf(1)]
    const chart = await described(json({ os: 'linux', name: 'chart' }), { mediaType, layers })
    expect(chart).toMatchObject({ configMediaType: mediaType, os: '', dockerfile: [] })
    expect(chart['size']).toBeGreaterThan(1000)
  })

  it('reads a manifest that is too long for a row, but not one that is far too long', async () => {
    const long = { fields: { annotations: { note: 'x'.repeat(150_000) } } }
    const tooLong = { fields: { annotations: { note: 'x'.repeat(300_000) } } }
    expect(await described(json({ os: 'linux', n: 1 }), long)).toMatchObject({ os: 'linux' })
    expect(await described(json({ os: 'linux', n: 2 }), tooLong)).toMatchObject({ os: '', mediaType: mediaTypes.image })
  })

  it('comes in pages in the order of digests, and is counted on request', async () => {
    const images = [await pushImage(client, repository, 'a', 1), await pushImage(client, repository, 'b', 5)]
    const index = json({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: images.map(({ digest }) => ({ mediaType: mediaTypes.image, digest, size: 100 })),
    })
    await putManifest(client, repository, 'all', index, mediaTypes.index)
    const digests = [...images.map(({ digest }) => digest), await digestOf(index)].sort()
    const first = await owner('GET', `${manifestsAt}?pageSize=2&count=true`)
    expect((await found(first)).map(({ digest }) => digest)).toEqual(digests.slice(0, 2))
    expect(header(first, 'x-resource-count')).toBe('3')
    const second = await owner('GET', `${manifestsAt}?pageSize=2&pageStart=${header(first, 'x-next-page-start')}`)
    expect((await found(second)).map(({ digest }) => digest)).toEqual(digests.slice(2))
    expect(header(second, 'x-next-page-start')).toBe('')
    const all = await found(await owner('GET', manifestsAt))
    expect(all).toContainEqual(expect.objectContaining({ mediaType: mediaTypes.index, size: 0, dockerfile: [] }))
  })

  it('is for those who may see the repository', async () => {
    await pushImage(client, repository, 'latest')
    for (const other of [send, stranger]) {
      expect(await outcomeOf(await other('GET', manifestsAt))).toEqual([404, 'NO_SUCH_REPOSITORY'])
    }
    await env.DB.prepare("UPDATE repositories SET visibility = 'public'").run()
    expect(await found(await send('GET', manifestsAt))).toHaveLength(1)
  })
})

describe('the deletion of a manifest', () => {
  it('takes by digest the manifest with its tags, by tag only the tag', async () => {
    const { digest } = await pushImage(client, repository, 'latest')
    await pushImage(client, repository, 'other', 2)
    expect((await owner('DELETE', `${manifestsAt}/${digest}`)).status).toBe(204)
    expect((await owner('DELETE', `${manifestsAt}/other`)).status).toBe(204)
    expect([await countRows('manifests'), await countRows('tags')]).toEqual([1, 0])
    expect(await events("type = 'DELETE'")).toMatchObject([
      { actor: 'owner', objectType: 'tag', objectName: 'latest' },
      { actor: 'owner', objectType: 'manifest', objectName: digest },
      { actor: 'owner', objectType: 'tag', objectName: 'other' },
    ])
    for (const reference of [digest, 'other']) {
      expect(await outcomeOf(await owner('DELETE', `${manifestsAt}/${reference}`))).toEqual([404, 'NO_SUCH_REF'])
    }
  })

  it('is refused for what an index lists', async () => {
    const { digest } = await pushImage(client, repository, 'latest')
    const manifests = [{ mediaType: mediaTypes.image, digest, size: 100 }]
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests })
    await putManifest(client, repository, 'all', index, mediaTypes.index)
    expect(await outcomeOf(await owner('DELETE', `${manifestsAt}/${digest}`))).toEqual([409, 'REF_IN_USE'])
  })

  it('is for those who may push', async () => {
    const { digest } = await pushImage(client, repository, 'latest')
    for (const reference of [digest, 'latest']) {
      const drop = async (other: Send): Promise<[number, string]> =>
        outcomeOf(await other('DELETE', `${manifestsAt}/${reference}`))
      expect(await drop(send)).toEqual([401, 'NOT_AUTHENTICATED'])
      expect(await drop(reader)).toEqual([403, 'NOT_AUTHORIZED'])
      expect(await drop(stranger)).toEqual([404, 'NO_SUCH_REPOSITORY'])
    }
    expect(await outcomeOf(await owner('DELETE', `${manifestsAt}/sha256:x`))).toEqual([400, 'INVALID_DIGEST'])
    expect([await countRows('manifests'), await countRows('tags')]).toEqual([1, 1])
  })
})
