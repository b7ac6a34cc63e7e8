import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { header, problemOf, send, type Send } from '../../support/client.ts'
import {
  anImage,
  countRows,
  digestOf,
  json,
  pushBlob,
  pushImage,
  putManifest,
  type Bytes,
} from '../../support/content.ts'
import { countingClient } from '../../support/counting.ts'
import { events } from '../../support/events.ts'
import { anAccount, anOrganization, aRepository, aUser, clientOf } from '../../support/people.ts'
import { closeGate } from '../../support/replicas.ts'

const repository = 'acme/tools/app'
const at = (name: string): string =>
  `/api/v0/repositories/${name.replace('/', '\n').replaceAll('/', '%2F').replace('\n', '/')}`
const tagsAt = `${at(repository)}/tags`

interface Tag {
  name: string
  digest: string
  manifest: Record<string, unknown> | null
}

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

async function found(response: Response): Promise<Tag[]> {
  expect(response.status).toBe(200)
  return response.json<Tag[]>()
}

async function outcomeOf(response: Response): Promise<[number, string]> {
  return [response.status, (await problemOf(response)).code]
}

/** An image whose config says for what platform it is. */
async function imageFor(os: string, architecture: string): Promise<{ digest: string; manifest: Bytes }> {
  const config = await pushBlob(client, repository, json({ os, architecture, created: '2026-01-31T09:30:00.5Z' }))
  const manifest = json({
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers: [],
  })
  const digest = await digestOf(manifest)
  const response = await putManifest(client, repository, digest, manifest)
  expect(response.status).toBe(201)
  return { digest, manifest }
}

interface Listed {
  readonly digest: string
  readonly platform?: Record<string, string>
}

async function pushIndex(tag: string, listed: readonly Listed[], fields: object = {}): Promise<string> {
  const index = json({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: listed.map((entry) => ({ mediaType: mediaTypes.image, size: 100, ...entry })),
    ...fields,
  })
  expect((await putManifest(client, repository, tag, index, mediaTypes.index)).status).toBe(201)
  return digestOf(index)
}

describe('the list of tags', () => {
  it('says of each tag what it points at, who pushed it and when', async () => {
    const { digest } = await pushImage(client, repository, 'latest')
    const response = await owner('GET', tagsAt)
    const time = expect.stringMatching(/^\d{4}-.*Z$/)
    expect(await response.json()).toEqual([
      {
        name: 'latest',
        digest,
        author: 'alice',
        createdAt: time,
        updatedAt: time,
        hashMismatch: false,
        inNotary: false,
        notaryExpired: false,
        signatures: [],
        manifest: null,
      },
    ])
    expect(header(response, 'x-next-page-start')).toBe('')
  })

  it('comes in pages in the order of names, and is counted on request', async () => {
    const { digest, manifest } = await anImage(client, repository)
    const names = ['Z', '_x', 'a', 'b', 'b-2', 'b.1']
    const query = names.map((name) => `tag=${name}`).join('&')
    expect((await putManifest(client, repository, `${digest}?${query}`, manifest)).status).toBe(201)
    const pages: string[][] = []
    let start = ''
    do {
      const response = await owner('GET', `${tagsAt}?pageSize=2&count=true&pageStart=${start}`)
      expect(header(response, 'x-resource-count')).toBe('6')
      start = header(response, 'x-next-page-start')
      pages.push((await found(response)).map(({ name }) => name))
    } while (start !== '')
    expect(pages).toEqual([
      ['Z', '_x'],
      ['a', 'b'],
      ['b-2', 'b.1'],
    ])
  })

  it('has the manifests on request, an index among them', async () => {
    const { digest } = await imageFor('linux', 'arm64')
    const index = await pushIndex('multi', [{ digest }])
    await pushImage(client, repository, 'single')
    const [multi, single] = await found(await owner('GET', `${tagsAt}?includeManifests=true&domain=registry.test`))
    expect(multi).toMatchObject({ name: 'multi', manifest: { digest: index, mediaType: mediaTypes.index, os: '' } })
    expect(single).toMatchObject({ name: 'single', manifest: { os: 'linux', architecture: 'amd64' } })
  })

  it('reads no more configs than it has images, whatever the repository has', async () => {
    for (const seed of [1, 2, 3, 4]) await pushImage(client, repository, `tag-${seed}`, seed)
    await env.DB.prepare("UPDATE repositories SET visibility = 'public'").run()
    await anAccount('viewer', 'password of viewer')
    const headers = { authorization: `Basic ${btoa('viewer:password of viewer')}` }
    const { client: counting, counted } = countingClient('')
    expect(await found(await counting('GET', `${tagsAt}?includeManifests=true&pageSize=2`, { headers }))).toHaveLength(
      2,
    )
    expect(counted.classB).toBe(2)
    expect(await found(await counting('GET', tagsAt, { headers }))).toHaveLength(4)
    expect(counted.classB).toBe(2)
  })

  it('is for those who may see the repository', async () => {
    await pushImage(client, repository, 'latest')
    expect(await found(await reader('GET', tagsAt))).toHaveLength(1)
    for (const other of [send, stranger]) {
      const hidden = await other('GET', tagsAt)
      const missing = await other('GET', `${at('acme/missing')}/tags`)
      expect(hidden.status).toBe(404)
      expect((await hidden.text()).replaceAll(repository, 'acme/missing')).toBe(await missing.text())
    }
    await env.DB.prepare("UPDATE repositories SET visibility = 'public'").run()
    expect(await found(await send('GET', tagsAt))).toHaveLength(1)
    await aRepository('acme/empty', { visibility: 'public' })
    expect(await found(await send('GET', `${at('acme/empty')}/tags`))).toEqual([])
  })
})

describe('a tag that is looked up', () => {
  it('is its one image', async () => {
    const { digest } = await pushImage(client, repository, 'latest')
    const images = await found(await reader('GET', `${tagsAt}/latest`))
    expect(images).toMatchObject([{ name: 'latest', digest, manifest: { digest, os: 'linux', architecture: 'amd64' } }])
    expect(await found(await reader('GET', `${tagsAt}/latest?os=linux&arch=amd64`))).toHaveLength(1)
    expect(await found(await reader('GET', `${tagsAt}/latest?os=windows`))).toEqual([])
  })

  it('is each image of its index, by its platform', async () => {
    const arm = await imageFor('linux', 'arm64')
    const amd = await imageFor('linux', 'amd64')
    const windows = await imageFor('windows', 'amd64')
    await pushIndex('multi', [
      { digest: amd.digest, platform: { os: 'linux', architecture: 'amd64' } },
      { digest: arm.digest },
      // What the index says counts: an attestation is for no platform whatever its config says.
      { digest: windows.digest, platform: { os: 'unknown', architecture: 'unknown', 'os.version': '10.0' } },
      { digest: amd.digest, platform: { os: 'linux', architecture: 'amd64' } },
    ])
    const lookUp = async (query: string): Promise<string[]> => {
      const images = await found(await reader('GET', `${tagsAt}/multi?${query}`))
      expect(images.every(({ name, digest, manifest }) => name === 'multi' && digest === manifest?.['digest'])).toBe(
        true,
      )
      return images.map(({ manifest }) => `${String(manifest?.['os'])}/${String(manifest?.['architecture'])}`)
    }
    expect(await lookUp('')).toEqual(['linux/amd64', 'linux/arm64', 'unknown/unknown'])
    expect(await lookUp('os=linux')).toEqual(['linux/amd64', 'linux/arm64'])
    expect(await lookUp('arch=arm64')).toEqual(['linux/arm64'])
    expect(await lookUp('os=windows')).toEqual([])
    const [, , attestation] = await found(await reader('GET', `${tagsAt}/multi`))
    expect(attestation?.manifest).toMatchObject({ osVersion: '10.0', createdAt: '2026-01-31T09:30:00.500Z' })
  })

  it('comes in pages when its index lists many', async () => {
    const images = [await imageFor('linux', 'a'), await imageFor('linux', 'b'), await imageFor('linux', 'c')]
    await pushIndex('multi', images)
    const first = await reader('GET', `${tagsAt}/multi?pageSize=2`)
    expect((await found(first)).map(({ digest }) => digest)).toEqual([images[0]?.digest, images[1]?.digest])
    const second = await reader('GET', `${tagsAt}/multi?pageSize=2&pageStart=${header(first, 'x-next-page-start')}`)
    expect((await found(second)).map(({ digest }) => digest)).toEqual([images[2]?.digest])
    expect(header(second, 'x-next-page-start')).toBe('')
    expect(await found(await reader('GET', `${tagsAt}/multi?pageStart=nowhere`))).toEqual([])
  })

  it('is read also from an index that is too long for a row', async () => {
    const { digest } = await imageFor('linux', 'riscv64')
    await pushIndex('multi', [{ digest }], { annotations: { note: 'x'.repeat(300_000) } })
    expect(await found(await reader('GET', `${tagsAt}/multi`))).toMatchObject([{ digest, manifest: { os: 'linux' } }])
  })

  it('is the index itself when that lists no image', async () => {
    const layer = await pushBlob(client, repository, json('a layer'))
    for (const [tag, listed] of Object.entries({ empty: [], cache: [layer] })) {
      const digest = await pushIndex(tag, listed)
      expect(await found(await reader('GET', `${tagsAt}/${tag}`))).toMatchObject([{ name: tag, digest }])
    }
  })

  it('by a digest is all tags that point at it', async () => {
    const { manifest, digest } = await anImage(client, repository)
    await pushImage(client, repository, 'other', 2)
    for (const tag of ['b', 'a', 'c']) await putManifest(client, repository, tag, manifest)
    const first = await reader('GET', `${tagsAt}/${digest}?pageSize=2`)
    const tags = await found(first)
    expect(tags.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(tags[0]?.manifest).toMatchObject({ digest, os: 'linux' })
    expect(header(first, 'x-next-page-start')).toBe('c')
    expect(await found(await reader('GET', `${tagsAt}/${digest}?pageStart=c`))).toHaveLength(1)
    const { digest: untagged } = await imageFor('linux', 'arm64')
    expect(await found(await reader('GET', `${tagsAt}/${untagged}`))).toEqual([])
  })

  it('is refused when it is not there, not one, or not to be seen', async () => {
    await pushImage(client, repository, 'latest')
    const missing = `sha256:${'0'.repeat(64)}`
    expect(await outcomeOf(await owner('GET', `${tagsAt}/missing`))).toEqual([404, 'NO_SUCH_TAG'])
    expect(await outcomeOf(await owner('GET', `${tagsAt}/${missing}`))).toEqual([404, 'NO_SUCH_REF'])
    expect(await outcomeOf(await owner('GET', `${tagsAt}/-wrong`))).toEqual([400, 'INVALID_TAG_NAME'])
    expect(await outcomeOf(await owner('GET', `${tagsAt}/sha256:wrong`))).toEqual([400, 'INVALID_DIGEST'])
    for (const other of [send, stranger]) {
      expect(await outcomeOf(await other('GET', `${tagsAt}/latest`))).toEqual([404, 'NO_SUCH_REPOSITORY'])
      expect(await outcomeOf(await other('GET', `${tagsAt}/missing`))).toEqual([404, 'NO_SUCH_REPOSITORY'])
    }
  })
})

describe('the deletion of a tag', () => {
  it('takes the tag and leaves the image', async () => {
    const { digest } = await pushImage(client, repository, 'latest')
    expect((await owner('DELETE', `${tagsAt}/latest?domain=registry.test`)).status).toBe(204)
    expect(await found(await owner('GET', tagsAt))).toEqual([])
    expect((await client('GET', `/v2/${repository}/manifests/${digest}`)).status).toBe(200)
    expect(await events("type = 'DELETE'")).toMatchObject([{ actor: 'owner', objectType: 'tag', objectName: 'latest' }])
    expect(await outcomeOf(await owner('DELETE', `${tagsAt}/latest`))).toEqual([404, 'NO_SUCH_TAG'])
  })

  it('is for those who may push', async () => {
    await pushImage(client, repository, 'latest')
    const drop = async (other: Send, tag = 'latest'): Promise<[number, string]> =>
      outcomeOf(await other('DELETE', `${tagsAt}/${tag}`))
    expect(await drop(send)).toEqual([401, 'NOT_AUTHENTICATED'])
    expect(await drop(reader)).toEqual([403, 'NOT_AUTHORIZED'])
    expect(await drop(stranger)).toEqual([404, 'NO_SUCH_REPOSITORY'])
    expect(await drop(owner, '-wrong')).toEqual([400, 'INVALID_TAG_NAME'])
    await closeGate()
    expect(await drop(owner)).toEqual([405, 'NOT_ALLOWED'])
    expect(await countRows('tags')).toBe(1)
    await env.DB.batch([
      env.DB.prepare('UPDATE write_gate SET closed = 0'),
      env.DB.prepare('UPDATE teams SET namespace_rank = 2'),
    ])
    expect((await reader('DELETE', `${tagsAt}/latest`)).status).toBe(204)
  })
})
