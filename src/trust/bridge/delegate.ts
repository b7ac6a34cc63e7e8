/**
 * Decides what the registry signs as a delegate of a collection, without I/O. An owner adds the registry as any signer
 * (`docker trust signer add`), which lists its key in `targets/<name>` and in `targets/releases`. Docker looks up a tag in
 * `targets/releases` and then in `targets`, so the registry puts accepted images there, and in its own role.
 *
 * Its own role lists exactly what it has put into `targets/releases`: by that it knows its own again. What another signer
 * has of a tag stands, whatever the digest: the registry adds, and contradicts no one. What another signer has in a role of
 * their own, and not in `targets/releases`, was taken out there: the registry does not put it back.
 */
import { toHex } from '../../util/hex.ts'
import { toBase64 } from '../tuf/base64.ts'
import { canonicalJson } from '../tuf/canonical-json.ts'
import type { DelegatedRole, FileMeta, Targets } from '../tuf/documents.ts'
import { utf8, writeEnvelope, type Envelope } from '../tuf/envelope.ts'
import { readMap } from '../tuf/fields.ts'
import type { Delegation } from '../tuf/roles.ts'
import { writeTime } from '../tuf/times.ts'
import { isExpired } from '../tuf/verify.ts'
import type { DelegateProblem } from './delegates-store.ts'

export const releasesRole = 'targets/releases'

/** The image that a tag points at, which carries an accepted signature. */
export interface AcceptedImage {
  /** Of the manifest. */
  readonly sha256: Uint8Array
  readonly length: number
}

/** The current document of a delegation. */
export interface DelegatedDocument {
  readonly envelope: Envelope
  readonly targets: Targets
  /** Whether its signatures are those that its role demands, so that clients take it. */
  readonly isSigned: boolean
}

export interface DelegateRequest {
  /** The document of `targets`, which is verified. */
  readonly targets: Targets
  /** Those of its delegations that have one; undefined for a document that cannot be read. */
  readonly documents: ReadonlyMap<Delegation, DelegatedDocument | undefined>
  /** The highest stored version of each role, also of one that is delegated no more. */
  readonly versions: ReadonlyMap<string, number>
  /** The IDs under which `targets` lists keys of the registry, bare or in a certificate: all it ever had, and the one that signs. */
  readonly ownKeyIds: ReadonlySet<string>
  readonly signingKeyIds: ReadonlySet<string>
  /** By tag. */
  readonly accepted: ReadonlyMap<string, AcceptedImage>
  /** In milliseconds since 1970. */
  readonly now: number
}

/** A document that waits for signatures. */
export interface UnsignedDocument {
  readonly role: Delegation
  /** Of the keys that sign it. */
  readonly keyIds: readonly string[]
  readonly signed: object
}

export type DelegateDecision =
  | { readonly kind: 'not-delegated' }
  | { readonly kind: 'stuck'; readonly problem: DelegateProblem }
  /** None where all is as it should be. */
  | { readonly kind: 'signs'; readonly documents: readonly UnsignedDocument[] }

const dayMilliseconds = 86_400_000
/** That of Notary's clients. */
const lifetimeMilliseconds = 3 * 365 * dayMilliseconds
const renewedAheadMilliseconds = 90 * dayMilliseconds

/** Decides which documents of the registry's roles follow the current ones. */
export function decideDelegate(request: DelegateRequest): DelegateDecision {
  const { targets, ownKeyIds, signingKeyIds } = request
  const { roles } = targets.delegations
  const listed = roles.filter(({ keyIds }) => keyIds.some((id) => signingKeyIds.has(id)))
  if (listed.length === 0) {
    const isFormer = roles.some(({ keyIds }) => keyIds.some((id) => ownKeyIds.has(id)))
    return isFormer ? stuck('key-replaced') : { kind: 'not-delegated' }
  }
  const release = listed.find(({ name }) => name === releasesRole)
  // A role that the registry shares is another signer's as well.
  const own = listed.filter(({ name, keyIds }) => name !== releasesRole && keyIds.every((id) => ownKeyIds.has(id)))
  if (own.length === 0) return stuck('no-own-role')
  const signed = release === undefined ? own : [...own, release]
  if (signed.some(({ threshold }) => threshold > 1)) return stuck('threshold')
  const documents = new Map(
    Array.from(request.documents).flatMap(([name, document]) => (document ? [[name, document]] : [])),
  )
  if (documents.size < request.documents.size) return stuck('unreadable')
  return new Delegate({ ...request, documents }, own, release).decide()
}

const stuck = (problem: DelegateProblem): DelegateDecision => ({ kind: 'stuck', problem })

/** Signs a document, in the form in which clients write theirs. */
export async function signDelegated(
  { role, keyIds, signed }: UnsignedDocument,
  sign: (message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>,
): Promise<{ readonly filename: string; readonly bytes: Uint8Array<ArrayBuffer> }> {
  const message = canonicalJson(signed)
  const sig = toBase64(await sign(utf8(message)))
  return {
    filename: role,
    bytes: writeEnvelope(
      message,
      keyIds.map((keyid) => ({ keyid, method: 'ecdsa', sig })),
    ),
  }
}

/** A request of which every document can be read. */
interface Readable extends DelegateRequest {
  readonly documents: ReadonlyMap<Delegation, DelegatedDocument>
}

type Files = ReadonlyMap<string, FileMeta>
type Images = ReadonlyMap<string, AcceptedImage>

class Delegate {
  readonly #request: Readable
  readonly #own: readonly DelegatedRole[]
  readonly #release: DelegatedRole | undefined

  constructor(request: Readable, own: readonly DelegatedRole[], release: DelegatedRole | undefined) {
    this.#request = request
    this.#own = own
    this.#release = release
  }

  decide(): DelegateDecision {
    const current = this.#current(this.#release)
    // Signed again, targets of a signer who was removed would count again.
    if (current?.isSigned === false) return stuck('releases-unsigned')
    const released: Files = current?.targets.targets ?? new Map()
    const [claims, claimedByOthers] = [this.#claims(), this.#claimsOfOthers()]
    const isOurs = (claim: string): boolean => claims.has(claim) && !claimedByOthers.has(claim)
    const others = new Map(Array.from(released).filter(([tag, file]) => !isOurs(claimOf(tag, sha256Of(file)))))
    const wanted = this.#wanted(others, claimedByOthers)
    const releases = this.#release && this.#releases(this.#release, current, { others, wanted })
    if (releases !== undefined && others.size > 0 && this.#isOver(current)) return stuck('releases-expired')
    const own = this.#own.flatMap((role) => this.#ownRole(role, wanted) ?? [])
    return { kind: 'signs', documents: releases === undefined ? own : [...own, releases] }
  }

  #current(role: DelegatedRole | undefined): DelegatedDocument | undefined {
    return role && this.#request.documents.get(role.name)
  }

  /** Lists what the registry has put into `targets/releases`, as its own roles say. */
  #claims(): ReadonlySet<string> {
    return new Set(
      this.#own.flatMap((role) => {
        const document = this.#current(role)
        return document?.isSigned === true ? claimsOf(document) : []
      }),
    )
  }

  /** Lists what other signers sign in roles of their own. */
  #claimsOfOthers(): ReadonlySet<string> {
    const shared = new Set<string>([releasesRole, ...this.#own.map(({ name }) => name)])
    const others = Array.from(this.#request.documents).filter(([name]) => !shared.has(name))
    return new Set(others.flatMap(([, document]) => claimsOf(document)))
  }

  /** Selects the accepted images of tags that no other signer has, within the paths of the roles. */
  #wanted(others: Files, claimedByOthers: ReadonlySet<string>): Images {
    const { accepted, targets } = this.#request
    const release = this.#release
    return new Map(
      Array.from(accepted).filter(
        ([tag, { sha256 }]) =>
          !targets.targets.has(tag) &&
          !others.has(tag) &&
          !claimedByOthers.has(claimOf(tag, sha256)) &&
          (release === undefined || isWithin(release, tag)) &&
          this.#own.some((role) => isWithin(role, tag)),
      ),
    )
  }

  #ownRole(role: DelegatedRole, wanted: Images): UnsignedDocument | undefined {
    const current = this.#current(role)
    const mine = new Map(Array.from(wanted).filter(([tag]) => isWithin(role, tag)))
    const isAsItShould =
      current?.isSigned === true ? isSame(current.targets.targets, mine) && !this.#isDue(current) : mine.size === 0
    if (isAsItShould) return undefined
    return this.#next(
      role,
      fresh,
      Array.from(mine, ([tag, image]) => [tag, targetOf(image)]),
    )
  }

  #releases(
    role: DelegatedRole,
    current: DelegatedDocument | undefined,
    { others, wanted }: { readonly others: Files; readonly wanted: Images },
  ): UnsignedDocument | undefined {
    const released: Files = current?.targets.targets ?? new Map()
    const ours = new Map(Array.from(released).filter(([tag]) => !others.has(tag)))
    const isDue = current !== undefined && wanted.size > 0 && this.#isDue(current)
    if (isSame(ours, wanted) && !isDue) return undefined
    const before = readMap(current?.envelope.signed, releasesRole)
    // As they are, with all that their signers have written. Beside them the registry signs no field that it does not know:
    // one called "critical" would make the document a payload that cosign takes.
    const kept = Array.from(readMap(before.get('targets'), 'targets')).filter(([tag]) => others.has(tag))
    const delegations = before.get('delegations') ?? fresh.delegations
    return this.#next(role, { ...fresh, delegations }, [
      ...kept,
      ...Array.from(wanted, ([tag, image]) => [tag, targetOf(image)] as const),
    ])
  }

  #next(
    { name, keyIds }: DelegatedRole,
    base: object,
    targets: readonly (readonly [tag: string, target: unknown])[],
  ): UnsignedDocument {
    const { versions, documents, signingKeyIds, now } = this.#request
    const version = Math.max(versions.get(name) ?? 0, documents.get(name)?.envelope.version ?? 0) + 1
    const expires = writeTime(now + lifetimeMilliseconds)
    return {
      role: name,
      keyIds: keyIds.filter((id) => signingKeyIds.has(id)),
      signed: { ...base, expires, targets: Object.fromEntries(targets), version },
    }
  }

  #isDue({ envelope }: DelegatedDocument): boolean {
    return isExpired(envelope.expires.milliseconds, this.#request.now + renewedAheadMilliseconds)
  }

  #isOver(document: DelegatedDocument | undefined): boolean {
    return document !== undefined && isExpired(document.envelope.expires.milliseconds, this.#request.now)
  }
}

const claimOf = (tag: string, sha256: Uint8Array): string => `${toHex(sha256)} ${tag}`

const sha256Of = ({ hashes }: FileMeta): Uint8Array => hashes.get('sha256') ?? new Uint8Array()

const claimsOf = ({ targets }: DelegatedDocument): string[] =>
  Array.from(targets.targets, ([tag, file]) => claimOf(tag, sha256Of(file)))

/** Compares as clients do: a path is the beginning of a name. */
const isWithin = ({ paths }: DelegatedRole, tag: string): boolean => paths.some((path) => tag.startsWith(path))

const isSame = (files: Files, images: Images): boolean =>
  files.size === images.size &&
  Array.from(images).every(([tag, { sha256, length }]) => {
    const file = files.get(tag)
    return file?.length === length && toHex(sha256Of(file)) === toHex(sha256)
  })

const fresh = { _type: 'Targets', delegations: { keys: {}, roles: [] } }

/** Writes a target as `docker trust sign` does. */
const targetOf = ({ sha256, length }: AcceptedImage): object => ({ hashes: { sha256: toBase64(sha256) }, length })
