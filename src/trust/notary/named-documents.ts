/** The documents that a snapshot names, of many roles at once. */
import type { Context } from '../../context.ts'
import { largestTrustCollectionBytes } from '../../limits.ts'
import { trustError } from '../failures.ts'
import type { Index } from '../tuf/documents.ts'
import type { TargetsRole } from '../tuf/roles.ts'
import { hashIn } from './current.ts'
import { bytesOf, soundOnly } from './documents.ts'
import { findFiles } from './notary-store.ts'
import type { NamedHashes } from './signed-targets.ts'

/** Returns the hashes by which a snapshot names roles. */
export const hashesOf = (index: Index): NamedHashes =>
  new Map(Array.from(index.meta.keys()).flatMap((role) => pairOf(role, hashIn(index, role))))

const pairOf = (role: string, sha256: string | undefined): (readonly [string, string])[] =>
  sha256 === undefined ? [] : [[role, sha256]]

/** As many documents as are read at once, each with up to 900,000 bytes. */
const mostLoadedAtOnce = 20

export type LoadNamed = (roles: readonly TargetsRole[]) => Promise<ReadonlyMap<TargetsRole, Uint8Array<ArrayBuffer>>>

/**
 * Returns what reads stored documents of a collection by the hashes that the snapshot names: one round trip for twenty of
 * them, and one to R2 for each long one. It reads no more than a bound in all, as an isolate that runs out of memory takes
 * the requests of others with it.
 *
 * @throws the error `trust-update-invalid`, when it reads, for a collection that is larger
 */
export function namedLoader(context: Context, collectionId: number, named: NamedHashes): LoadNamed {
  let readBytes = 0
  return async function loadNamed(roles) {
    const files = roles.flatMap((role) => pairOf(role, named.get(role)).map(([, sha256]) => ({ role, sha256 })))
    const loaded = new Map<TargetsRole, Uint8Array<ArrayBuffer>>()
    for (let from = 0; from < files.length; from += mostLoadedAtOnce) {
      const some = files.slice(from, from + mostLoadedAtOnce)
      const rows = await findFiles(context.db, collectionId, some)
      readBytes += rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      if (readBytes > largestTrustCollectionBytes) throw tooLarge()
      for (const { role } of some) {
        const row = rows.find((candidate) => candidate.role === role)
        const bytes = row && (await soundOnly(bytesOf(context, row)))
        if (bytes !== undefined) loaded.set(role, bytes)
      }
    }
    return loaded
  }
}

function tooLarge(): Error {
  const Msg = `the signers of the collection have more than ${largestTrustCollectionBytes} bytes of targets together: remove some`
  return trustError({ kind: 'trust-update-invalid', detail: { Name: 'ErrValidation', Error: { Msg } } })
}
