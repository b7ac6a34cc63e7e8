/**
 * Decides whether a token may be used again. A token is for one use (RFC 7519 section 4.1.7), but clients of registries
 * send one password many times: `docker login` tries it, and a push sends it with each scope and whenever a registry token
 * has expired. So a token that comes as a password may come again from the network of its first use, for an hour at most;
 * one that is exchanged may not.
 */
import type { WhyWorkloadRefused } from '../../failures/workloads.ts'
import type { Use } from './use-store.ts'

/** A job that logs in before it builds may push until then. */
export const reuseSeconds = 3600

export interface Attempt {
  readonly network: string
  readonly usedAs: 'password' | 'exchange'
  /** The rules do not mind from where it comes again. */
  readonly anyNetwork: boolean
}

/** Tells why a token may not be used. @param earlier its first use, undefined for none */
export function whyUsedUp(
  earlier: Use | undefined,
  { network, usedAs, anyNetwork }: Attempt,
  now: number,
): WhyWorkloadRefused | undefined {
  if (earlier === undefined) return undefined
  if (usedAs === 'exchange' || earlier.usedAs === 'exchange') return { kind: 'used' }
  const isSameNetwork = anyNetwork || network === earlier.network
  const isInTime = now < earlier.firstUsedAt + reuseSeconds * 1000
  return isSameNetwork && isInTime ? undefined : { kind: 'used-elsewhere' }
}
