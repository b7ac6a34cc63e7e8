/**
 * Keeps what the registry signs in the collection that it signed it for. A document of TUF does not say to which collection it
 * belongs, and the registry is a signer of many: a caller who may push here could bring what it signed elsewhere.
 */
import { trustError } from '../failures.ts'
import { fingerprintOf } from '../tuf/keys.ts'
import type { TargetsRole } from '../tuf/roles.ts'
import type { VerifiedTargets } from '../tuf/verify.ts'

/**
 * Refuses uploaded documents that the registry alone has signed.
 *
 * @param own the fingerprints of all keys that it ever had
 * @throws the error `trust-update-invalid`
 */
export async function refuseReplayed(
  uploaded: readonly TargetsRole[],
  verified: ReadonlyMap<TargetsRole, VerifiedTargets>,
  own: ReadonlySet<string>,
): Promise<void> {
  if (own.size === 0) return
  for (const role of uploaded) {
    const { signers } = verified.get(role) ?? { signers: [] }
    const fingerprints = await Promise.all(signers.map((key) => fingerprintOf(key)))
    if (fingerprints.length === 0 || fingerprints.some((one) => one === undefined || !own.has(one))) continue
    const Msg = `${role} is signed by the registry alone, which publishes itself what it signs`
    throw trustError({ kind: 'trust-update-invalid', detail: { Name: 'ErrBadTargets', Error: { Msg } } })
  }
}
