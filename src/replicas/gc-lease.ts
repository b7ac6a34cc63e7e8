/**
 * Allows one garbage collection at a time. The replicas decide the lock and, on request, read-only mode in one change.
 * Both expire within a minute unless renewed, so a crash leaves the registry writable.
 */
import type { Context } from '../context.ts'
import { setWriteGate } from '../db/write-gate.ts'
import { RegistryError } from '../errors.ts'
import { proposeChange } from './cluster.ts'
import { gateFor } from './read-only.ts'
import type { ClusterState } from './consensus/cluster-state.ts'
import { isGateOf, keepGcLock, leaveGcLock, takeGcLock } from './consensus/gc-lock.ts'

/** Less than the minute after which the cron trigger looks for what others left behind. */
export const gcLeaseMilliseconds = 55_000

export interface GcLease {
  /** Fences: every statement of the collector asks whether it is still the highest. */
  readonly token: number
  readonly until: number
  /** True if this lock made the registry read-only; false if another caller closed it, or has opened it since. */
  readonly closesRegistry: boolean
}

export interface Wanted {
  /** The id of the job. */
  readonly holder: string
  /** The reason to make the registry read-only; undefined leaves it as it is. */
  readonly closing: string | undefined
}

/**
 * Returns when both are in force.
 *
 * @returns the lock, or the name of its holder if another job has it
 * @throws RegistryError `no-majority` or `overloaded`
 */
export async function acquireGcLease(context: Context, wanted: Wanted): Promise<GcLease | string> {
  const until = context.now + gcLeaseMilliseconds
  const state = await proposeChange(context, takeGcLock({ ...wanted, until, now: context.now }))
  const lock = state.gcLock
  if (lock === null) throw new Error('the lock was taken and is gone')
  if (lock.holder !== wanted.holder) return lock.holder
  await enforce(context, state)
  return { token: lock.token, until: lock.until, closesRegistry: isGateOf(lock, state) }
}

/** Renews the lease of a garbage collection. @throws RegistryError `gc-lock-lost`, `no-majority` or `overloaded` */
export async function renewGcLease(context: Context, token: number): Promise<GcLease> {
  const until = context.now + gcLeaseMilliseconds
  const state = await proposeChange(context, keepGcLock(token, until))
  const lock = state.gcLock
  if (lock?.token !== token) throw new RegistryError({ kind: 'gc-lock-lost', token })
  const closesRegistry = isGateOf(lock, state)
  if (closesRegistry) await enforce(context, state)
  return { token, until: lock.until, closesRegistry }
}

/**
 * Releases the lock and opens the registry, unless another caller has taken or switched it since.
 *
 * @param whose the token that is held, or the id of a job whose token is lost
 * @throws RegistryError `no-majority` or `overloaded`; then both expire
 */
export async function releaseGcLease(
  context: Context,
  whose: { readonly token: number } | { readonly holder: string },
): Promise<void> {
  const isTheirs = (lock: { readonly token: number; readonly holder: string }): boolean =>
    'token' in whose ? lock.token === whose.token : lock.holder === whose.holder
  await enforce(context, await proposeChange(context, leaveGcLock(isTheirs)))
}

/** Writes the decision to the gate. Extending the closure records no event. */
async function enforce({ db, now }: Context, { readOnly }: ClusterState): Promise<void> {
  const gate = gateFor(readOnly)
  const { closed: on, reason, by } = gate
  await setWriteGate(db, gate, { on, reason, until: undefined, by, now, onlyIfChanged: true })
}
