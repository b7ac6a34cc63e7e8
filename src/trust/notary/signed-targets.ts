/**
 * What a collection says is signed: of each role that lists targets, which digests under which names, by whose keys. A
 * publication changes it for the roles that the new snapshot names otherwise, and for all below them, as a role decides
 * whose signatures count for those that it delegates to.
 */
import { mostSignedTargets } from '../../limits.ts'
import { digestOf, type Digest } from '../../names.ts'
import { toHex } from '../../util/hex.ts'
import { trustError } from '../failures.ts'
import type { Root, Targets } from '../tuf/documents.ts'
import { readEnvelope } from '../tuf/envelope.ts'
import { InvalidMetadata } from '../tuf/invalid-metadata.ts'
import { fingerprintOf } from '../tuf/keys.ts'
import { ancestorsOf, isRole, isTargetsRole, type TargetsRole } from '../tuf/roles.ts'
import { verifyDelegation, verifyTopTargets, type VerifiedTargets } from '../tuf/verify.ts'

/** Targets of one role. */
export interface SignedTargets {
  readonly role: TargetsRole
  /** Pairs of a name, which is a tag, and the digest of a manifest. */
  readonly targets: readonly (readonly [name: string, digest: Digest])[]
  /** Of the keys that have signed the document: the SHA-256 of each DER SubjectPublicKeyInfo. */
  readonly fingerprints: readonly string[]
  /** Until when the document holds, in milliseconds since 1970. */
  readonly expires: number
  /** Whether other keys sign for it, too. */
  readonly delegates: boolean
}

/** A role whose targets may have changed, with all below it. */
export interface ChangedBranch {
  readonly top: TargetsRole
  /** Those of its roles that count; the top, too, may be none of them. */
  readonly signed: readonly SignedTargets[]
}

/** Hashes by role, in hexadecimal digits, as a snapshot names them. */
export type NamedHashes = ReadonlyMap<string, string>

/** Returns the highest roles that are named otherwise than before. All follow the root. */
export function changedTops(before: NamedHashes, after: NamedHashes): readonly TargetsRole[] {
  if (before.get('root') !== after.get('root')) return ['targets']
  const names = new Set([...before.keys(), ...after.keys()])
  const changed = [...names].filter(
    (name): name is TargetsRole => isRole(name) && isTargetsRole(name) && before.get(name) !== after.get(name),
  )
  return changed.filter((role) => !ancestorsOf(role).some((above) => changed.includes(above)))
}

export interface Collected {
  readonly root: Root
  readonly tops: readonly TargetsRole[]
  /** Those that were verified already. */
  readonly verified: ReadonlyMap<TargetsRole, VerifiedTargets>
  /** Reads documents that the snapshot names; one that is not stored is left out. */
  readonly load: (roles: readonly TargetsRole[]) => Promise<ReadonlyMap<TargetsRole, Uint8Array<ArrayBuffer>>>
}

/** Collects what is signed in the changed branches, level by level. */
export async function collectSigned(collected: Collected): Promise<readonly ChangedBranch[]> {
  const walk = new Walk(collected)
  const signed = await walk.from('targets')
  return collected.tops.map((top) => ({ top, signed: signed.filter(({ role }) => isIn(top, role)) }))
}

/** Tells whether a role is another one or below it. */
export const isIn = (top: TargetsRole, role: TargetsRole): boolean => role === top || role.startsWith(`${top}/`)

class Walk {
  readonly #collected: Collected
  readonly #verified: Map<TargetsRole, VerifiedTargets>

  constructor(collected: Collected) {
    this.#collected = collected
    this.#verified = new Map(collected.verified)
  }

  async from(top: TargetsRole): Promise<readonly SignedTargets[]> {
    const signed: SignedTargets[] = []
    let level: ReadonlyMap<TargetsRole, readonly string[]> = new Map([[top, everything]])
    while (level.size > 0) {
      await this.#verifyAll([...level.keys()])
      const next = new Map<TargetsRole, readonly string[]>()
      for (const [role, paths] of level) {
        const found = this.#verified.get(role)
        if (found === undefined) continue
        if (this.#collected.tops.some((changed) => isIn(changed, role))) signed.push(await describe(role, found, paths))
        for (const [child, childPaths] of this.#below(found.targets, paths)) next.set(child, childPaths)
      }
      level = next
    }
    return signed
  }

  /** Lists the roles that a document delegates to, as far as they belong to the branches or lead to them. */
  #below({ delegations }: Targets, paths: readonly string[]): (readonly [TargetsRole, readonly string[]])[] {
    const { tops } = this.#collected
    return delegations.roles
      .filter(({ name }) => tops.some((top) => isIn(top, name) || isIn(name, top)))
      .map((role) => [role.name, within(role.paths, paths)])
  }

  async #verifyAll(roles: readonly TargetsRole[]): Promise<void> {
    const documents = await this.#collected.load(roles.filter((role) => !this.#verified.has(role)))
    for (const [role, bytes] of documents) {
      const verified = await this.#verify(role, bytes)
      if (verified !== undefined) this.#verified.set(role, verified)
    }
  }

  /** Verifies a document; undefined for one that does not count, as its signatures are not those that are demanded. */
  async #verify(role: TargetsRole, bytes: Uint8Array<ArrayBuffer>): Promise<VerifiedTargets | undefined> {
    try {
      const envelope = readEnvelope(bytes)
      return await (role === 'targets'
        ? verifyTopTargets(envelope, this.#collected.root)
        : verifyDelegation(envelope, role, this.#verified))
    } catch (error) {
      if (error instanceof InvalidMetadata) return undefined
      throw error
    }
  }
}

const everything = ['']

/** Cuts the paths of a delegation to those of the role above it, as clients do. */
const within = (paths: readonly string[], above: readonly string[]): readonly string[] =>
  paths.filter((path) => above.some((prefix) => path.startsWith(prefix)))

async function describe(
  role: TargetsRole,
  { targets, signers }: VerifiedTargets,
  paths: readonly string[],
): Promise<SignedTargets> {
  const fingerprints = await Promise.all(signers.map((key) => fingerprintOf(key)))
  const named = Array.from(targets.targets).flatMap(([name, { hashes }]) => {
    const hash = hashes.get('sha256')
    // Clients do not see a target outside of the paths of its role.
    const isSeen = paths.some((path) => name.startsWith(path))
    return hash?.length === sha256Bytes && isSeen ? [[name, digestOf('sha256', toHex(hash))] as const] : []
  })
  const { expires, delegations } = targets
  return {
    role,
    targets: named,
    fingerprints: [...new Set(fingerprints.flatMap((one) => one ?? []))],
    expires,
    delegates: delegations.roles.length > 0,
  }
}

const sha256Bytes = 32

/**
 * Refuses what D1 would write for so long that others wait: each target of each changed role is a row for each key that has
 * signed it.
 *
 * @throws the error `trust-update-invalid`
 */
export function refuseTooMuchSigned(branches: readonly ChangedBranch[]): void {
  const rows = branches
    .flatMap(({ signed }) => signed)
    .reduce((sum, { targets, fingerprints }) => sum + targets.length * fingerprints.length, 0)
  if (rows <= mostSignedTargets) return
  const Msg = `the update has ${rows} targets under the keys that sign them, and at most ${mostSignedTargets} are taken: sign with fewer keys`
  throw trustError({ kind: 'trust-update-invalid', detail: { Name: 'ErrValidation', Error: { Msg } } })
}
