/** The task of the cron trigger for the replicas, once a minute: it finishes what was interrupted. */
import type { Context } from '../context.ts'
import { updateClusterRow, type ClusterRow } from '../db/cluster/cluster.ts'
import { proposeChange, readClusterState } from './cluster.ts'
import { bootstrapCluster, startFounders } from './bootstrap.ts'
import { staleMilliseconds } from './health-vote.ts'
import { checkAll } from './membership.ts'
import { catchUpGate } from './read-only.ts'
import { finishChange, type ClusterState } from './consensus/cluster-state.ts'
import { lookAtCluster, type ClusterView } from './views.ts'

/**
 * Makes the cluster, wakes replicas whose alarm was lost, finishes a change of the members that was begun, lets D1 follow
 * what was decided. Without a majority it only wakes.
 */
export async function reconcileCluster(context: Context): Promise<void> {
  const row = await bootstrapCluster(context)
  const view = await wakeSleepers(context, row, await lookAtCluster(context, row))
  if (view === undefined || !view.verdicts.hasMajority) return
  // One that fails keeps no other from its turn.
  const outcomes = [
    await attempt(() => finishMembership(context, view)),
    await attempt(() => bringUpToDate(context, row, view)),
    await attempt(() => catchUpGate(context, view.state)),
  ]
  for (const outcome of outcomes) if ('failure' in outcome) throw outcome.failure
}

async function attempt(work: () => Promise<void>): Promise<object | { readonly failure: unknown }> {
  try {
    await work()
    return {}
  } catch (failure) {
    return { failure }
  }
}

async function finishMembership(context: Context, { state, ...known }: ClusterView): Promise<void> {
  if (state?.leaving !== undefined) await proposeChange(context, finishChange, known)
}

/** Reads the cluster state, so that all replicas accept the decided value, and updates the row in D1. */
async function bringUpToDate(context: Context, row: ClusterRow, view: ClusterView): Promise<void> {
  const isRowBehind = view.epoch !== row.epoch || view.version > row.version
  const isBehind = (state: ClusterState | undefined): boolean =>
    state === undefined || state.epoch < view.epoch || state.version < view.version
  // One that missed a change of the members looks after those of before, and would not vote on the others.
  const isAnyBehind = view.members.some(({ id }) => {
    const own = view.views.get(id)
    return own !== undefined && isBehind(own.state)
  })
  if (!isRowBehind && !isAnyBehind) return
  const { epoch, version, members } = await readClusterState(context, view)
  await updateClusterRow(context.db, { epoch, version, members }, context.now)
}

/**
 * Wakes replicas that stopped checking: a call sets an alarm again that was lost, also in one that does not answer.
 *
 * @returns the view afterwards
 */
async function wakeSleepers(
  context: Context,
  row: ClusterRow,
  view: ClusterView | undefined,
): Promise<ClusterView | undefined> {
  if (view === undefined) return undefined
  const now = Date.now()
  const isAwake = view.members.every(({ id }) => now - (view.views.get(id)?.probedAt ?? 0) < staleMilliseconds)
  if (isAwake) return view
  // A founder that could not be reached when the cluster began has never begun itself.
  if (view.members.some(({ id }) => view.views.get(id) === undefined)) await startFounders(context, row)
  // The first round probes, and the second one sees that all have.
  await checkAll(context, view.members)
  await checkAll(context, view.members)
  return lookAtCluster(context, view)
}
