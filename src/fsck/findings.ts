/** The findings of fsck and their sentences. */
import type { Digest, RepositoryName } from '../names.ts'
import { isoTime } from '../util/iso-time.ts'
import type { UnknownObject } from './store.ts'

export const findingKinds = [
  'object-missing',
  'object-unreadable',
  'object-unknown',
  'size-mismatch',
  'blob-incomplete',
  'blob-lost',
  'dangling-reference',
  'unreviewed',
  'content-mismatch',
  'references-missing',
] as const
export type FindingKind = (typeof findingKinds)[number]

export interface Finding {
  readonly kind: FindingKind
  /** The thing that is wrong: "blob sha256:…", "object segments/…". */
  readonly subject: string
  /** The repository of the thing; empty if it belongs to the whole registry. */
  readonly repository: RepositoryName | ''
  /** The problem and the remedy. */
  readonly why: string
  /** The repair of a job with `repair`; undefined if only a user can mend it. */
  readonly repair?: Repair
}

/** The change that a repair makes. */
export type Repair =
  /** Marks the blob of this segment as lost. */
  | { readonly mark: string }
  /** Marks this blob as lost, if its segments still do not fill it. */
  | { readonly markIncomplete: Digest }
  /** Takes the mark of this blob, if all of its bytes are there. */
  | { readonly unmark: Digest }
  /** Gives this object a row without an owner, so that it is deleted as garbage. */
  | { readonly condemn: UnknownObject }

/** The things that are counted while they are checked; `bytes` are those that were hashed. */
export const checkedThings = [
  'objects',
  'segments',
  'blobs',
  'links',
  'manifests',
  'references',
  'tags',
  'bytes',
] as const
export type Checked = Readonly<Record<(typeof checkedThings)[number], number>>

/** The result of one step of fsck. */
export interface Step {
  readonly findings: readonly Finding[]
  readonly checked: Partial<Checked>
  /** The key of the last thing that was looked at; undefined when there is nothing behind it. */
  readonly last: Key | undefined
}

/** The key of a row, or of an object. */
export type Key = readonly (string | number)[]

const restore = 'restore it from a backup, or run fsck with --repair, so that clients that push the image send it again'

export const missingObject = (key: string, owner: string): Finding => ({
  kind: 'object-missing',
  subject: `object ${key}`,
  repository: '',
  why: `R2 does not have this part of ${owner}: ${restore}`,
  repair: { mark: key },
})

export const unreadableObject = (key: string, owner: string): Finding => ({
  kind: 'object-unreadable',
  subject: `object ${key}`,
  repository: '',
  why: `R2 has this part of ${owner} but failed twice to read all of it: ${restore}`,
  repair: { mark: key },
})

/** Reports an object that R2 has but does not give. No repair: R2 may give it again, so it is not lost. */
export const failingObject = (key: string, owner: string): Finding => ({
  kind: 'object-unreadable',
  subject: `object ${key}`,
  repository: '',
  why: `R2 has this part of ${owner} but failed each time to give it: run fsck again later; if that finds the same, restore it from a backup, or delete the object and run fsck with --repair`,
})

export const markedBlob = (digest: Digest, lostAt: number): Finding => ({
  kind: 'blob-lost',
  subject: `blob ${digest}`,
  repository: '',
  why: `it has been marked as lost since ${isoTime(lostAt)}, so clients cannot pull it: push an image that contains it; if it was restored, run fsck with --repair`,
  repair: { unmark: digest },
})

export const unknownObject = (key: string, sizeBytes: number): Finding => ({
  kind: 'object-unknown',
  subject: `object ${key}`,
  repository: '',
  why: `no row refers to this object of ${sizeBytes} bytes: the registry neither needs nor deletes it; unless another program stored it, run fsck with --delete-unknown`,
  repair: { condemn: { key, sizeBytes } },
})

export const wrongObjectSize = (key: string, actual: number, expected: number, owner: string): Finding => ({
  kind: 'size-mismatch',
  subject: `object ${key}`,
  repository: '',
  why: `it has ${actual} bytes, but ${expected} as a part of ${owner}: ${restore}`,
  repair: { mark: key },
})

export const wrongPlace = (digest: Digest, offsetBytes: number, previousEnd: number): Finding => ({
  kind: 'blob-incomplete',
  subject: `blob ${digest}`,
  repository: '',
  why: `a part of it starts at byte ${offsetBytes}, but the previous part ends at ${previousEnd}: ${restore}`,
  repair: { markIncomplete: digest },
})

export const wrongBlobSize = (digest: Digest, sizeBytes: number, end: number): Finding => ({
  kind: 'blob-incomplete',
  subject: `blob ${digest}`,
  repository: '',
  why: `it has ${sizeBytes} bytes, but its parts end at ${end}: ${restore}`,
  repair: { markIncomplete: digest },
})

export const wrongManifestSize = (
  digest: string,
  repository: RepositoryName | '',
  sizeBytes: number,
  actual: number,
): Finding => ({
  kind: 'size-mismatch',
  subject: `manifest ${digest}`,
  repository,
  why: `it should have ${sizeBytes} bytes, but has ${actual}: delete it and push the image again`,
})

/** Reports a missing row that a foreign key requires: D1 was restored in part or edited by hand. */
export const dangling = (subject: string, repository: RepositoryName | '', missing: string): Finding => ({
  kind: 'dangling-reference',
  subject,
  repository,
  why: `it refers to ${missing}, which does not exist although a foreign key requires it: restore D1 to an earlier time (Time Travel)`,
})

/** Reports content without a use or a review. The collector looks at reviews only, so it would never delete it. */
export const unreviewed = (subject: string, repository: RepositoryName | ''): Finding => ({
  kind: 'unreviewed',
  subject,
  repository,
  why: 'nothing refers to it and it is not queued for review, so garbage collection will never delete it: please report this bug',
})

export const wrongBlobContent = (digest: Digest, actual: string, key: string): Finding => ({
  kind: 'content-mismatch',
  subject: `blob ${digest}`,
  repository: '',
  why: `its bytes have the digest ${actual}: ${restore}`,
  repair: { mark: key },
})

/**
 * Reports a manifest whose bytes, in its row, have another digest. No repair: only blobs can be marked as lost, and a
 * push does not replace the bytes of a row.
 */
export const wrongManifestContent = (digest: string, repository: RepositoryName | '', actual: string): Finding => ({
  kind: 'content-mismatch',
  subject: `manifest ${digest}`,
  repository,
  why: `its bytes have the digest ${actual}: delete it and push the image again`,
})

export const missingReference = (digest: string, repository: RepositoryName | '', named: string): Finding => ({
  kind: 'references-missing',
  subject: `manifest ${digest}`,
  repository,
  why: `it refers to ${named}, but no row records the reference, so garbage collection may delete that: push the image again`,
})
