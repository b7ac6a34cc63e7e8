/** What may happen to a registry, as values that fast-check makes and shrinks. */
import fc from 'fast-check'
import type { Crash } from '../../support/crashing.ts'

export const repositories = ['alice/one', 'alice/two'] as const
export type RepositoryAt = (typeof repositories)[number]

/** The kinds of signatures that pin. */
export const pinners = ['notary', 'cosign'] as const

/** Which of those that there are, counted round. */
type Pick = number

/** A tag, or the one of the signature of a manifest that was ever pushed. */
export type TagPick = 'a' | 'b' | { readonly signs: Pick }

export interface PushingImage {
  readonly kind: 'push image'
  readonly config: Pick
  readonly layer: Pick
  /** Its blobs are pushed before; else they may be missing. */
  readonly withBlobs: boolean
  readonly isLarge: boolean
}
export interface PushingIndex {
  readonly kind: 'push index'
  readonly children: readonly Pick[]
}
interface Pushing {
  readonly repository: RepositoryAt
  readonly tag: TagPick | undefined
  /** Of all manifests that were ever pushed. */
  readonly subject: Pick | undefined
  readonly crash: Crash | undefined
}
/** Pins, or takes a pin back: of a manifest that was ever pushed, or of a tag, which may be missing. */
export interface Pinning {
  readonly kind: 'pin' | 'unpin'
  readonly repository: RepositoryAt
  readonly pin: { readonly manifest: Pick } | { readonly tag: TagPick }
  readonly pinnedBy: (typeof pinners)[number]
  readonly crash: Crash | undefined
}
export interface Collecting {
  readonly kind: 'collect'
  /** How many steps ago a thing must have been used last to go; 0 is no grace at all. */
  readonly graceSteps: number
  readonly keepUntagged: boolean
  readonly deleteReferrers: boolean
  readonly limit: number
  readonly crash: Crash | undefined
}

/** A turn of the job that deletes what deleted repositories held. */
export interface DeletingRows {
  readonly kind: 'delete rows'
  readonly pieces: number
  /** Rows of each statement. */
  readonly most: number
  readonly crash: Crash | undefined
}

export type Step =
  | (PushingImage & Pushing)
  | (PushingIndex & Pushing)
  | {
      readonly kind: 'push blob'
      readonly repository: RepositoryAt
      readonly blob: Pick
      readonly crash: Crash | undefined
    }
  | { readonly kind: 'tag'; readonly repository: RepositoryAt; readonly manifest: Pick; readonly tag: TagPick }
  | Pinning
  | { readonly kind: 'delete tag'; readonly repository: RepositoryAt; readonly tag: TagPick }
  | { readonly kind: 'delete manifest'; readonly repository: RepositoryAt; readonly manifest: Pick }
  | { readonly kind: 'delete blob'; readonly repository: RepositoryAt; readonly blob: Pick }
  | { readonly kind: 'delete repository'; readonly repository: RepositoryAt }
  | { readonly kind: 'mount'; readonly repository: RepositoryAt; readonly blob: Pick }
  | { readonly kind: 'ask'; readonly repository: RepositoryAt; readonly manifest: Pick; readonly blob: Pick }
  | Collecting
  | DeletingRows

const pick = fc.nat({ max: 11 })
const repository = fc.constantFrom(...repositories)
const tag: fc.Arbitrary<TagPick> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a' as const, 'b' as const) },
  { weight: 1, arbitrary: fc.record({ signs: pick }) },
)
const crash = fc.option(fc.record({ after: fc.nat({ max: 9 }), tookEffect: fc.boolean() }), {
  nil: undefined,
  freq: 3,
})
const early = fc.option(fc.record({ after: fc.nat({ max: 3 }), tookEffect: fc.boolean() }), {
  nil: undefined,
  freq: 3,
})
const pushing = {
  repository,
  tag: fc.option(tag, { nil: undefined }),
  subject: fc.option(pick, { nil: undefined, freq: 2 }),
  crash: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: early }),
}
const blob = fc.nat({ max: 4 })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('push image' as const),
      ...pushing,
      config: blob,
      layer: blob,
      withBlobs: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      isLarge: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('push index' as const),
      ...pushing,
      children: fc.array(pick, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('push blob' as const), repository, blob, crash: early }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tag' as const), repository, manifest: pick, tag }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('pin' as const, 'unpin' as const),
      repository,
      pin: fc.oneof(
        { weight: 2, arbitrary: fc.record({ manifest: pick }) },
        { weight: 1, arbitrary: fc.record({ tag }) },
      ),
      pinnedBy: fc.constantFrom(...pinners),
      crash: early,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete tag' as const), repository, tag }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete manifest' as const), repository, manifest: pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete blob' as const), repository, blob }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete repository' as const), repository }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('delete rows' as const),
      pieces: fc.integer({ min: 1, max: 3 }),
      most: fc.integer({ min: 1, max: 4 }),
      crash: early,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mount' as const), repository, blob }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ask' as const), repository, manifest: pick, blob }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('collect' as const),
      graceSteps: fc.nat({ max: 4 }),
      keepUntagged: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      deleteReferrers: fc.oneof(
        { weight: 4, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
      limit: fc.integer({ min: 1, max: 5 }),
      crash,
    }),
  },
)

export const histories = fc.array(step, { minLength: 4, maxLength: 18, size: 'max' })
