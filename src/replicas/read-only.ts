/**
 * Read-only mode: the replicas decide it, and it is in force once the gate in D1 is written. The write carries the token
 * of the decision, so a late writer cannot override a newer decision.
 */
import type { Context } from '../context.ts'
import { readClusterRow } from '../db/cluster/cluster.ts'
import { isClosed, readWriteGate, setWriteGate, type RecordedSwitch, type WriteGate } from '../db/write-gate.ts'
import type { Database } from '../db/database.ts'
import { isAccountName } from '../names.ts'
import { proposeChange, readClusterState } from './cluster.ts'
import { setReadOnly, type ClusterState, type ReadOnly } from './consensus/cluster-state.ts'
import { lookAtCluster } from './views.ts'

export type Switch = Omit<RecordedSwitch, 'now' | 'onlyIfChanged'>

/**
 * Returns when the switch is in force: what was under way has been committed before, or is refused.
 *
 * @returns the current gate, which another caller may have switched since
 * @throws RegistryError `no-majority` or `overloaded`; in both cases it may still come into force
 */
export async function switchReadOnly(context: Context, wanted: Switch): Promise<WriteGate> {
  const { on, reason, until = null, by } = wanted
  const { readOnly } = await proposeChange(context, setReadOnly({ on, reason, until, by }))
  return setWriteGate(context.db, gateFor(readOnly), { ...wanted, now: context.now, onlyIfChanged: false })
}

export const gateFor = ({ token, on, reason, until, by }: ReadOnly): WriteGate => ({
  token,
  closed: on,
  reason,
  until: until ?? undefined,
  by: isAccountName(by) ? by : '',
})

/**
 * Writes the latest decision to the gate if the Worker that decided it crashed before it did.
 *
 * @param seen the newest state that any replica told of: the cluster state is only read when the gate seems to be behind
 */
export async function catchUpGate(context: Context, seen: ClusterState | undefined): Promise<void> {
  const gate = await readWriteGate(context.db)
  if (seen === undefined || seen.readOnly.token <= gate.token) return
  const { readOnly } = await readClusterState(context)
  await setWriteGate(context.db, gateFor(readOnly))
}

/**
 * Switches read-only mode as the setting `readOnlyRegistry` says. A mode that is on already stays as it is, with its reason
 * and its end, so that settings can be sent back as they were read.
 *
 * @throws RegistryError as `switchReadOnly`
 */
export async function followSetting(context: Context, on: boolean, by: Switch['by']): Promise<void> {
  const isOn = isClosed(await readWriteGate(context.db), context.now)
  const isSwitch = on !== isOn || (!isOn && (await isSwitchPending(context)))
  if (isSwitch) await switchReadOnly(context, { on, reason: '', until: undefined, by })
}

/** Tells whether any replica knows of a decision for read-only mode that the gate does not have yet. */
async function isSwitchPending(context: Context): Promise<boolean> {
  const decided = (await lookAtCluster(context, (await readClusterRow(context.db)) ?? undefined))?.state?.readOnly
  return decided?.on === true && decided.token > (await readWriteGate(context.db)).token
}

/** Reads the mode that is in force at this time; an expired switch is off. */
export async function currentReadOnly(db: Database, now: number): Promise<Switch> {
  const gate = await readWriteGate(db)
  const { by } = gate
  // An expired switch is off.
  if (!isClosed(gate, now)) return { on: false, reason: '', until: undefined, by }
  return { on: true, reason: gate.reason, until: gate.until, by }
}

/** Returns why and until when content cannot be changed, as far as known; undefined if it can. */
export async function readOnlySince(
  db: Database,
  now: number,
): Promise<{ readonly reason?: string; readonly until?: number } | undefined> {
  const gate = await readWriteGate(db)
  if (!isClosed(gate, now)) return undefined
  const { reason, until } = gate
  return { ...(reason === '' ? {} : { reason }), ...(until === undefined ? {} : { until }) }
}
