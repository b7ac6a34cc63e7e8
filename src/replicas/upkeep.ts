/** What the cron trigger does for the replicas, once a minute: whatever was interrupted is finished. */
import { updateClusterRow } from '../db/cluster.ts'
import { proposeChange, readRegister } from './cluster.ts'
import { foundCluster } from './founding.ts'
import { staleMilliseconds } from './health.ts'
import { checkAll } from './membership.ts'
import { catchUpGate } from './read-only.ts'
import { finishChange } from './register/cluster-state.ts'
import { lookAtCluster, type ClusterContext, type ClusterView } from './views.ts'

/**
 * Makes the cluster, wakes replicas whose alarm was lost, finishes a change of the members that was begun, lets D1 follow
 * what was decided. Without a majority it only wakes.
 */
export async function keepCluster(context: ClusterContext): Promise<void> {
  const row = await foundCluster(context)
  const view = await wakeSleepers(context, await lookAtCluster(context, row))
  if (view === undefined || !view.verdicts.hasMajority) return
  if (view.state?.leaving !== undefined) await proposeChange(context, finishChange, view)
  if (view.epoch !== row.epoch || view.version > row.version) {
    const { epoch, version, members } = await readRegister(context, view)
    await updateClusterRow(context.db, { epoch, version, members }, context.now)
  }
  await catchUpGate(context, view.state)
}

/** A replica that does not answer is asked too: an alarm that was lost is set again by that. */
async function wakeSleepers(context: ClusterContext, view: ClusterView | undefined): Promise<ClusterView | undefined> {
  if (view === undefined) return undefined
  const now = Date.now()
  const isAwake = view.members.every(({ id }) => now - (view.views.get(id)?.probedAt ?? 0) < staleMilliseconds)
  if (isAwake) return view
  // The first round probes, and the second one sees that all have.
  await checkAll(context, view.members)
  await checkAll(context, view.members)
  return lookAtCluster(context, view)
}
