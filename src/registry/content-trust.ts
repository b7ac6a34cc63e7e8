/** What the registry asks of content trust, which is a capability: without it there is none, and nothing is asked. */
import type { Context } from '../context.ts'
import type { ExpectedError } from '../failures/failure.ts'
import type { Digest, RepositoryName, Tag } from '../names.ts'

/** A manifest that a client pushes, before it is stored. */
export interface OfferedManifest {
  readonly repository: RepositoryName
  readonly digest: Digest
  readonly artifactType: string | undefined
  readonly bytes: Uint8Array
}

/** A manifest that was just stored. */
export interface StoredPush {
  readonly repository: RepositoryName
  readonly digest: Digest
  readonly tags: readonly Tag[]
  readonly subject: Digest | undefined
  readonly artifactType: string | undefined
  /** Whether the repository may have manifests that are about this one, such as signatures that came before their image. */
  readonly hasReferrers: boolean
}

/** A manifest that a caller pulls who may not push, of a repository that demands signatures. */
export interface PulledManifest {
  readonly repositoryId: number
  readonly repository: RepositoryName
  readonly digest: Digest
}

export interface TrustJudgement {
  /** Undefined for a pull that goes on. */
  readonly refusal: ExpectedError | undefined
  /** The teams for whose missing signatures it is refused. */
  readonly refusedFor: readonly string[]
  /** The teams whose signatures are missing, as far as that is only reported. */
  readonly reported: readonly string[]
}

/** A tag of a repository, with what it points at. */
export interface PlacedTag {
  readonly name: Tag
  readonly digest: Digest
}

/** Where a client that asks about tags would look for their trust data. */
export interface TrustPlace {
  readonly repositoryId: number
  readonly repository: RepositoryName
  /** The host under which the client knows the repository. */
  readonly host: string
}

/** A signature of what a tag points at, as people look at it. */
export interface ShownSignature {
  readonly kind: 'notary' | 'cosign' | 'notation'
  /** The user whose key it is, or else the subject of the certificate or identity; empty for a key of no user. */
  readonly signer: string
  /** The fingerprint of the key; empty for a keyless identity. */
  readonly key: string
  readonly signedAt: number
  /** Notary's clients refuse it now, and no policy counts it, until its signer renews it. */
  readonly expired: boolean
}

export interface TagTrust {
  /** Whether Docker finds the tag in the trust data, and whether another image there than the registry has. */
  readonly inNotary: boolean
  readonly hashMismatch: boolean
  /** Whether Docker refuses the tag, as the trust data that has it is expired. */
  readonly notaryExpired: boolean
  readonly signatures: readonly ShownSignature[]
}

export const untrusted: TagTrust = { inNotary: false, hashMismatch: false, notaryExpired: false, signatures: [] }

export interface ContentTrust {
  /** Says by name what is known of tags. One round trip to D1. */
  describeTags(context: Context, place: TrustPlace, tags: readonly PlacedTag[]): Promise<ReadonlyMap<Tag, TagTrust>>

  /** Selects the repositories that have published trust data. One round trip to D1. */
  publishedAmong(context: Context, repositoryIds: readonly number[]): Promise<ReadonlySet<number>>

  /** Judges a pull by what the tables say now. One round trip to D1. */
  judge(context: Context, pulled: PulledManifest): Promise<TrustJudgement>
  /**
   * Looks at a manifest before it is stored. Costs nothing for what is no signature.
   *
   * @throws ExpectedError for a signature that may not be here
   */
  admit(context: Context, offered: OfferedManifest): Promise<void>
  /**
   * Takes note of a push. Waits until what a signature proves is known, so that a pull right after it counts it. Never
   * fails, as the manifest is stored already. Costs nothing for what is no signature, and came before what is about it.
   */
  notePush(context: Context, push: StoredPush): Promise<void>
}
