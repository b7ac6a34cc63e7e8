/** What is pinned is kept as if it had a tag, for as long as one kind of signature pins it. */
import { beforeEach, describe, expect, it } from 'vitest'
import { parseTag, type Digest } from '../../src/names.ts'
import type { Send } from '../support/client.ts'
import { countRows } from '../support/content.ts'
import { age, countReviews, digestsOf, image, index, manifestsOf, referrer, type Pushed } from '../support/garbage.ts'
import { aRepository, clientOf } from '../support/people.ts'
import { pin, unpin } from '../support/pins.ts'
import { collect, dryRun, noGrace } from './support/collecting.ts'

const repository = 'alice/app'
const pinned = (...pushed: readonly Pushed[]): { digest: Digest }[] => pushed.map(({ digest }) => ({ digest }))
const signatureTag = ({ digest }: Pushed) => parseTag(`${digest.replace(':', '-')}.sig`)

let client: Send

beforeEach(async () => {
  client = await clientOf(repository, 'alice/other')
})

/** A collection, which deletes what a dry run before it showed. */
async function left(): Promise<string[]> {
  const foretold = await dryRun()
  const { lines } = await collect()
  expect(foretold.lines.toSorted()).toEqual([...lines].toSorted())
  return manifestsOf(repository)
}

describe('a pinned manifest without a tag', () => {
  it('stays with its blobs until the pin goes', async () => {
    const signed = await image(client, repository)
    await pin(repository, pinned(signed))
    expect(await left()).toEqual([signed.digest])
    expect(await countRows('repository_blobs')).toBe(2)
    expect(await countReviews()).toBe(0)
    await unpin(repository, pinned(signed))
    expect(await left()).toEqual([])
    expect(await countRows('repository_blobs')).toBe(0)
  })

  it('keeps what it lists and what is about it, and not the index above it', async () => {
    const child = await image(client, repository, { seed: 1 })
    const signed = await index(client, repository, [child])
    const about = await referrer(client, repository, signed, { seed: 10 })
    await index(client, repository, [signed], { fields: { annotations: { at: 'the top' } } })
    await pin(repository, pinned(signed))
    expect(await left()).toEqual(digestsOf(child, signed, about))
    await unpin(repository, pinned(signed))
    expect(await left()).toEqual([])
  })

  it('stays while another kind of signature pins it', async () => {
    const signed = await image(client, repository)
    await pin(repository, pinned(signed), 'notary')
    await pin(repository, pinned(signed), 'cosign')
    await left()
    await unpin(repository, pinned(signed), 'notary')
    expect(await countReviews()).toBe(0)
    expect(await left()).toEqual([signed.digest])
    await unpin(repository, pinned(signed), 'cosign')
    expect(await left()).toEqual([])
  })

  it('stays that lost its tag, by a push of another image', async () => {
    const signed = await image(client, repository, { tag: 'latest', seed: 1 })
    await pin(repository, [...pinned(signed), { tag: parseTag('latest') }])
    const next = await image(client, repository, { tag: 'latest', seed: 10 })
    expect(await left()).toEqual(digestsOf(signed, next))
  })

  it('stays that was pinned before it was pushed', async () => {
    await aRepository(repository)
    const same = await image(client, 'alice/other')
    await pin(repository, pinned(same))
    await image(client, repository)
    expect(await left()).toEqual([same.digest])
    expect(await manifestsOf('alice/other')).toEqual([])
  })

  it('has its grace period from the moment that it is unpinned', async () => {
    const signed = await image(client, repository)
    await pin(repository, pinned(signed))
    await left()
    await age(120_000)
    await unpin(repository, pinned(signed))
    await collect({ cutoff: Date.now() - 60_000 })
    expect(await manifestsOf(repository)).toEqual([signed.digest])
    await collect({ cutoff: noGrace() })
    expect(await manifestsOf(repository)).toEqual([])
  })

  it('is garbage in another repository, also in one that is pinned itself', async () => {
    const signed = await image(client, repository)
    await image(client, 'alice/other')
    await pin('alice/other', pinned(signed))
    await pin(repository, ['repository'])
    expect(await left()).toEqual([])
    expect(await manifestsOf('alice/other')).toEqual([signed.digest])
  })
})

describe('a pinned tag that accompanies an image', () => {
  it('keeps its manifest without the image, until the pin goes', async () => {
    const signed = await image(client, repository, { tag: 'latest', seed: 1 })
    const signature = await image(client, repository, { tag: signatureTag(signed), seed: 10 })
    await pin(repository, [{ tag: signatureTag(signed) }])
    await client('DELETE', `/v2/${repository}/manifests/latest`)
    expect(await left()).toEqual([signature.digest])
    expect(await countRows('tags')).toBe(1)
    await unpin(repository, [{ tag: signatureTag(signed) }])
    expect(await left()).toEqual([])
  })
})
