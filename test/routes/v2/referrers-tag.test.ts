/**
 * The referrers tag of OCI ("Referrers Tag Schema") beside the referrers API: what an index under it lists is a referrer,
 * and where it is missing, it is answered with the referrers.
 */
import { describe, expect, it } from 'vitest'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { header, tokenFor, withToken, type Send } from '../../support/client.ts'
import { contentOf, countRows, digestOf, json, pushBlob, putManifest } from '../../support/content.ts'
import { countingClient } from '../../support/counting.ts'
import { image, index, push, referrer, type Pushed } from '../../support/garbage.ts'
import { clientOf } from '../../support/people.ts'

const repository = 'alice/app'
const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const empty = 'application/vnd.oci.empty.v1+json'

const tagOf = ({ digest }: Pushed): string => digest.replace(':', '-').slice(0, 71)

interface Listed {
  readonly digest: string
  readonly artifactType?: string
  readonly annotations?: object
}

async function listed(client: Send, { digest }: Pushed, query = '', of = repository): Promise<Listed[]> {
  const response = await client('GET', `/v2/${of}/referrers/${digest}${query}`)
  expect(response.status).toBe(200)
  return (await response.json<{ manifests: Listed[] }>()).manifests
}

const digestsOf = (found: readonly Listed[]): string[] => found.map(({ digest }) => digest)

/** Pushes a bundle as cosign 3 does, with an empty config. */
async function pushBundle(client: Send, fields: object = {}): Promise<Pushed> {
  const config = { ...(await pushBlob(client, repository, json({}))), mediaType: empty }
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    artifactType: bundle,
    config,
    layers: [],
    ...fields,
  }
  return push(client, repository, json(manifest))
}

/** Pushes an index as cosign 3 does, which says of each manifest that it is empty. */
function pushList(client: Send, tag: string, children: readonly Pushed[]): Promise<Pushed> {
  const manifests = children.map(({ descriptor }) => ({ ...descriptor, artifactType: empty }))
  const document = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests })
  return push(client, repository, document, { tag, mediaType: mediaTypes.index })
}

describe('an index under the referrers tag of an image', () => {
  it('lists referrers, with the types and annotations of their manifests', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const signature = await pushBundle(client, { annotations: { made: 'here' } })
    expect(await listed(client, signed)).toEqual([])
    await pushList(client, tagOf(signed), [signature])
    expect(await listed(client, signed)).toEqual([
      { ...signature.descriptor, artifactType: bundle, annotations: { made: 'here' } },
    ])
    expect(digestsOf(await listed(client, signed, `?artifactType=${bundle}`))).toEqual([signature.digest])
    expect(await listed(client, signed, `?artifactType=${empty}`)).toEqual([])
  })

  it('lists a manifest that has no type by the type of its config', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const other = await image(client, repository, { seed: 10 })
    await pushList(client, tagOf(signed), [other])
    expect(await listed(client, signed)).toMatchObject([
      { digest: other.digest, artifactType: 'application/vnd.oci.image.config.v1+json' },
    ])
  })

  it('lists them for the digests of sha512, of which the tag has the first 64 digits', async () => {
    const client = await clientOf(repository)
    const signature = await pushBundle(client)
    const digest = await digestOf(contentOf(9), 'sha512')
    const signed = { ...signature, digest }
    await pushList(client, tagOf(signed), [signature])
    expect(digestsOf(await listed(client, signed))).toEqual([signature.digest])
  })

  it('lists no more what a later version of it leaves out, and nothing once the tag is gone', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const first = await pushBundle(client, { annotations: { at: '1' } })
    const second = await pushBundle(client, { annotations: { at: '2' } })
    await pushList(client, tagOf(signed), [first, second])
    expect(await listed(client, signed)).toHaveLength(2)
    await pushList(client, tagOf(signed), [second])
    expect(digestsOf(await listed(client, signed))).toEqual([second.digest])
    await client('DELETE', `/v2/${repository}/manifests/${tagOf(signed)}`)
    expect(await listed(client, signed)).toEqual([])
  })

  it('does not repeat a referrer with a subject, and gives no image those of another one', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const other = await image(client, repository, { tag: 'other', seed: 10 })
    const own = await referrer(client, repository, signed, { seed: 20 })
    const foreign = await referrer(client, repository, other, { seed: 30 })
    await pushList(client, tagOf(signed), [own, foreign])
    expect(digestsOf(await listed(client, signed))).toEqual([own.digest])
    expect(digestsOf(await listed(client, other))).toEqual([foreign.digest])
  })

  it('does not make an image its own referrer, which clients would follow without end', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const signature = await pushBundle(client)
    await pushList(client, tagOf(signed), [signed, signature])
    expect(digestsOf(await listed(client, signed))).toEqual([signature.digest])
  })

  it('lists none if it is the image itself, which some clients keep by such a tag', async () => {
    const client = await clientOf(repository)
    const platform = await image(client, repository)
    const built = await index(client, repository, [platform])
    await index(client, repository, [platform], { tag: tagOf(built) })
    expect(await listed(client, built)).toEqual([])
  })

  it('lists none under another tag of the image', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    for (const suffix of ['.sig', '.att', '.sbom']) {
      await pushList(client, `${tagOf(signed)}${suffix}`, [await pushBundle(client)])
    }
    expect(await listed(client, signed)).toEqual([])
  })

  it('counts in its own repository alone', async () => {
    const client = await clientOf(repository, 'alice/other')
    const signed = await image(client, repository, { tag: 'latest' })
    await image(client, 'alice/other', { tag: 'latest' })
    await pushList(client, tagOf(signed), [await pushBundle(client)])
    expect(await listed(client, signed)).toHaveLength(1)
    expect(await listed(client, signed, '', 'alice/other')).toEqual([])
  })

  it('lists them in pages together with those that have a subject', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const wanted: string[] = []
    for (const at of ['1', '2', '3']) {
      wanted.push((await pushBundle(client, { annotations: { at }, subject: signed.descriptor })).digest)
    }
    const kept = [await pushBundle(client, { annotations: { at: '4' } }), await pushBundle(client)]
    await pushList(client, tagOf(signed), kept)
    const pages: string[][] = []
    for (let last = ''; pages.length < 4; last = pages.at(-1)?.at(-1) ?? '') {
      pages.push(digestsOf(await listed(client, signed, `?artifactType=${bundle}&n=2&last=${last}`)))
    }
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1, 0])
    expect(pages.flat()).toEqual([...wanted, ...kept.map(({ digest }) => digest)].sort())
  })
})

describe('a missing referrers tag', () => {
  const at = (tag: string): string => `/v2/${repository}/manifests/${tag}`

  it('is answered with the referrers, and the same referrers are the same bytes', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const signature = await pushBundle(client, { subject: signed.descriptor })
    const response = await client('GET', at(tagOf(signed)))
    expect(response.status).toBe(200)
    expect(header(response, 'content-type')).toBe(mediaTypes.index)
    const bytes = new Uint8Array(await response.arrayBuffer())
    const digest = await digestOf(bytes)
    expect(header(response, 'docker-content-digest')).toBe(digest)
    expect(header(response, 'etag')).toBe(`"${digest}"`)
    expect(header(response, 'content-length')).toBe(String(bytes.length))
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [{ ...signature.descriptor, artifactType: bundle }],
    })
    const head = await client('HEAD', at(tagOf(signed)))
    expect(head.status).toBe(200)
    expect(header(head, 'docker-content-digest')).toBe(digest)
    expect(header(head, 'content-length')).toBe(String(bytes.length))
    expect((await client('GET', at(tagOf(signed)), { headers: { 'if-none-match': `"${digest}"` } })).status).toBe(304)
    await pushBundle(client, { subject: signed.descriptor, annotations: { at: '2' } })
    expect(header(await client('HEAD', at(tagOf(signed))), 'docker-content-digest')).not.toBe(digest)
  })

  it('is answered for the digests of sha512', async () => {
    const client = await clientOf(repository)
    const digest = await digestOf(contentOf(9), 'sha512')
    const subject = { mediaType: mediaTypes.image, digest, size: 9 }
    const signature = await pushBundle(client, { subject })
    const response = await client('GET', at(tagOf({ ...signature, digest })))
    expect((await response.json<{ manifests: Listed[] }>()).manifests).toMatchObject([{ digest: signature.digest }])
  })

  it('is not found if nothing refers to the image, nor is any other tag of its kind', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    expect((await client('GET', at(tagOf(signed)))).status).toBe(404)
    await pushBundle(client, { subject: signed.descriptor })
    for (const suffix of ['.sig', '.att', '0']) {
      for (const method of ['GET', 'HEAD']) {
        expect((await client(method, at(`${tagOf(signed)}${suffix}`))).status).toBe(404)
      }
    }
    expect((await client('GET', at(signed.digest.slice('sha256:'.length)))).status).toBe(404)
  })

  it('takes what a client adds to the answer and pushes', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const first = await pushBundle(client, { subject: signed.descriptor })
    const read = await (await client('GET', at(tagOf(signed)))).json<{ manifests: object[] }>()
    const second = await pushBundle(client, { annotations: { at: '2' } })
    const written = json({ ...read, manifests: [...read.manifests, { ...second.descriptor, artifactType: bundle }] })
    expect((await putManifest(client, repository, tagOf(signed), written, mediaTypes.index)).status).toBe(201)
    expect(new Uint8Array(await (await client('GET', at(tagOf(signed)))).arrayBuffer())).toEqual(written)
    expect(digestsOf(await listed(client, signed))).toEqual([first.digest, second.digest].sort())
  })

  it('is there for those who may pull, and no tag to list, to delete or to count as pulled', async () => {
    const client = await clientOf(repository)
    // No other test pulls this image: an isolate writes pulls later.
    const signed = await image(client, repository, { tag: 'latest', seed: 40 })
    await pushBundle(client, { subject: signed.descriptor })
    const grant = (actions: string[]) => tokenFor('alice', [{ type: 'repository', name: repository, actions }])
    const pulling = countingClient(await grant(['pull']))
    expect((await pulling.client('HEAD', at(tagOf(signed)))).status).toBe(200)
    expect((await pulling.client('GET', at(tagOf(signed)))).status).toBe(200)
    expect((await pulling.client('GET', at('latest'))).status).toBe(200)
    await pulling.settle()
    const pulls = (of: string) => countRows('events', `type = 'GET' AND object_name = '${of}'`)
    expect(await pulls('latest')).toBe(1)
    expect(await pulls(tagOf(signed))).toBe(0)
    expect((await withToken(await tokenFor('alice', []))('GET', at(tagOf(signed)))).status).toBe(401)
    expect((await client('DELETE', at(tagOf(signed)))).status).toBe(404)
    const tags = await (await client('GET', `/v2/${repository}/tags/list`)).json<{ tags: string[] }>()
    expect(tags.tags).toEqual(['latest'])
  })

  it('costs one round trip more, and any other missing tag none', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const {
      client: counting,
      counted,
      reset,
    } = countingClient(await tokenFor('alice', [{ type: 'repository', name: repository, actions: ['pull'] }]))
    const costOf = async (tag: string): Promise<number> => {
      reset()
      await counting('GET', at(tag))
      return counted.roundTrips
    }
    expect(await costOf('v1')).toBe(1)
    expect(await costOf(`${tagOf(signed)}.sig`)).toBe(1)
    expect(await costOf(tagOf(signed))).toBe(2)
    await pushBundle(client, { subject: signed.descriptor })
    expect(await costOf(tagOf(signed))).toBe(2)
    await pushList(client, tagOf(signed), [])
    expect(await costOf(tagOf(signed))).toBe(1)
  })
})

describe('a list of referrers', () => {
  it('is there for every token that may pull, whatever there is to list', async () => {
    const client = await clientOf(repository)
    const signed = await image(client, repository, { tag: 'latest' })
    const missing = await digestOf(contentOf(9))
    for (const name of [repository, 'alice/missing']) {
      const puller = withToken(await tokenFor('alice', [{ type: 'repository', name, actions: ['pull'] }]))
      for (const digest of [signed.digest, missing, await digestOf(contentOf(9), 'sha512')]) {
        for (const query of ['', `?artifactType=${bundle}`]) {
          const response = await puller('GET', `/v2/${name}/referrers/${digest}${query}`)
          expect(response.status).toBe(200)
          expect(await response.json()).toMatchObject({ manifests: [] })
        }
      }
    }
  })
})
