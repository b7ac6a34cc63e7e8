/**
 * Chooses the epoch of the replicas with which a restored registry begins. All fencing tokens of an epoch are above those
 * of earlier ones, so it has to be above every epoch that any survivor may still act in: that of the backup, of the
 * database that is replaced, and of replicas that the database of the backup does not know.
 */
import type { Context } from '../../context.ts'
import { readClusterRow } from '../../db/cluster/cluster.ts'
import { askReplica } from '../../replicas/asking.ts'
import { bootstrapCluster } from '../../replicas/bootstrap.ts'
import { tokensAnEpoch } from '../../replicas/consensus/cluster-state.ts'
import type { Member } from '../../replicas/consensus/quorum.ts'
import { forgetHealth } from '../../replicas/health-check.ts'
import { forgetClusterView } from '../../replicas/view-cache.ts'
import { collectViews } from '../../replicas/views.ts'
import type { Overwritten } from '../load/loading.ts'
import type { Manifest } from '../manifest.ts'
import type { Fences } from './progress.ts'

/**
 * A repair of replicas after the backup begins an epoch that is 7 higher at most, and nothing may tell of it when the
 * database is lost. 2^53 / 2^32 / 256: enough for 8,000 restorations.
 */
const epochsToSpare = 256

const evictionMilliseconds = 1000

/**
 * Finds a token that is above all that survivors may have. Tables that are lost, broken or away tell nothing.
 *
 * @param overwritten what the database says that is replaced
 */
export async function findFences(
  context: Context,
  { epoch, gateToken, lockToken }: Manifest['marks'],
  overwritten: Overwritten | null,
): Promise<Fences> {
  const row = await readClusterRow(context.db).catch(() => undefined)
  const views = row === undefined ? [] : [...(await collectViews(context, row.members)).values()]
  const states = views.flatMap((view) => view?.state ?? [])
  const known = overwritten === null ? [] : [overwritten.gateToken, overwritten.fenceToken]
  const tokens = [gateToken, lockToken, ...known, ...states.map(({ lastToken }) => lastToken)]
  const epochs = [epoch, overwritten?.epoch ?? 0, row?.epoch ?? 0, ...views.flatMap((view) => view?.epoch ?? [])]
  const highest = Math.max(...epochs, ...tokens.map((token) => Math.floor(token / tokensAnEpoch)))
  const strangers = states.flatMap(({ members }) => members)
  const former = new Map([...(row?.members ?? []), ...strangers].map((member) => [member.id, member]))
  return { token: (highest + epochsToSpare) * tokensAnEpoch, formerReplicas: [...former.values()] }
}

/** Returns the epoch that begins after a restoration. */
export const epochAfter = ({ token }: Fences): number => Math.floor(token / tokensAnEpoch) + 1

/**
 * Begins the new cluster, and ends the lives of the replicas of before: those that do not answer now retire when they look
 * at the row of the cluster. @returns the epoch
 */
export async function beginEpoch(context: Context, formerReplicas: readonly Member[]): Promise<number> {
  const { epoch, members } = await bootstrapCluster(context)
  const isMember = ({ id }: Member): boolean => members.some((member) => member.id === id)
  const ends = formerReplicas
    .filter((replica) => !isMember(replica))
    .map((replica) => askReplica(context.replicas, replica, evictionMilliseconds, async (one) => one.evict(epoch)))
  await Promise.allSettled(ends)
  forgetClusterView(context.replicas)
  forgetHealth(context.replicas)
  return epoch
}
