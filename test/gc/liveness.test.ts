import { describe, expect, it } from 'vitest'
import { keptAsReferrer, keptAsUntagged, type ManifestFacts } from '../../src/gc/review-store.ts'
import { decideBlob, decideLink, decideManifest } from '../../src/gc/liveness.ts'
import { parseDigest } from '../../src/names.ts'

const digest = parseDigest(`sha256:${'0'.repeat(64)}`)
const key = { repositoryId: 1, digest }
const keeping = { keepUntagged: false, deleteReferrers: true }
const cutoff = 1000

/** An untagged image that nothing lists, pushed before the cutoff. */
const image: ManifestFacts = {
  ...key,
  isThere: true,
  isListed: false,
  ancestry: { isUsed: false, hasOrigin: true, hasReferrer: false, usedAt: 900 },
}
const signature: ManifestFacts = {
  ...image,
  ancestry: { ...image.ancestry, hasOrigin: false, hasReferrer: true },
}
const withAncestry = (facts: ManifestFacts, ancestry: Partial<ManifestFacts['ancestry']>): ManifestFacts => ({
  ...facts,
  ancestry: { ...facts.ancestry, ...ancestry },
})

describe('a manifest', () => {
  it('is deleted when no tag leads to it and it was not used since the cutoff', () => {
    expect(decideManifest(image, cutoff, keeping)).toEqual({ kind: 'delete' })
    expect(decideManifest(withAncestry(image, { usedAt: cutoff }), cutoff, keeping)).toEqual({ kind: 'delete' })
  })

  it('is forgotten when a tag leads to it, and when it does not exist any more', () => {
    expect(decideManifest(withAncestry(image, { isUsed: true }), cutoff, keeping)).toEqual({ kind: 'forget' })
    expect(decideManifest({ ...image, isThere: false }, cutoff, keeping)).toEqual({ kind: 'forget' })
  })

  it('waits as long as itself and every manifest above it', () => {
    const young = withAncestry(image, { usedAt: cutoff + 1 })
    expect(decideManifest(young, cutoff, keeping)).toEqual({ kind: 'wait', since: cutoff + 1 })
    expect(decideManifest({ ...young, isListed: true }, cutoff, keeping)).toEqual({ kind: 'wait', since: cutoff + 1 })
  })

  it('is deleted after the indexes that list it', () => {
    expect(decideManifest({ ...image, isListed: true }, cutoff, keeping)).toEqual({ kind: 'indexesFirst' })
  })

  it('without a tag stays if a setting keeps it, until the setting changes', () => {
    const settings = { ...keeping, keepUntagged: true }
    expect(decideManifest(image, cutoff, settings)).toEqual({ kind: 'wait', since: keptAsUntagged(900) })
    expect(decideManifest(signature, cutoff, settings)).toEqual({ kind: 'delete' })
    const ofImage = withAncestry(signature, { hasOrigin: true })
    expect(decideManifest(ofImage, cutoff, settings)).toEqual({ kind: 'wait', since: keptAsUntagged(900) })
  })

  it('with a deleted subject stays if a setting keeps it, until the setting changes', () => {
    const settings = { ...keeping, deleteReferrers: false }
    expect(decideManifest(signature, cutoff, settings)).toEqual({ kind: 'wait', since: keptAsReferrer(900) })
    expect(decideManifest(image, cutoff, settings)).toEqual({ kind: 'delete' })
    const ofSignature = withAncestry(image, { hasReferrer: true })
    expect(decideManifest(ofSignature, cutoff, settings)).toEqual({ kind: 'wait', since: keptAsReferrer(900) })
  })
})

describe('a blob of a repository', () => {
  const link = { ...key, isThere: true, isNamed: false, linkedAt: 900 }

  it('is deleted when no manifest names it and it was linked before the cutoff, else it waits', () => {
    expect(decideLink(link, cutoff)).toEqual({ kind: 'delete' })
    expect(decideLink({ ...link, linkedAt: 1001 }, cutoff)).toEqual({ kind: 'wait', since: 1001 })
  })

  it('is forgotten when a manifest names it, and when it does not exist any more', () => {
    expect(decideLink({ ...link, isNamed: true }, cutoff)).toEqual({ kind: 'forget' })
    expect(decideLink({ ...link, isThere: false }, cutoff)).toEqual({ kind: 'forget' })
  })
})

it('unused bytes are deleted, and used ones are forgotten', () => {
  const blob = { digest, isThere: true, isUsed: false, segmentCount: 1 }
  expect(decideBlob(blob)).toEqual({ kind: 'delete' })
  expect(decideBlob({ ...blob, isUsed: true })).toEqual({ kind: 'forget' })
  expect(decideBlob({ ...blob, isThere: false })).toEqual({ kind: 'forget' })
})
