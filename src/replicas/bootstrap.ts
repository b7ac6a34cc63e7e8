/**
 * The start of a cluster: D1 fixes its founders and their first state once and for all, so that any number of Workers
 * may try at the same time, and any of them may finish what another began.
 */
import * as z from 'zod'
import type { Context } from '../context.ts'
import { insertClusterRow, markClusterReady, readClusterRow, type ClusterRow } from '../db/cluster/cluster.ts'
import { readWriteGate, type WriteGate } from '../db/write-gate.ts'
import { askReplica } from './asking.ts'
import { verdicts } from './health-vote.ts'
import { freshReplicaId, nextLocation } from './locations.ts'
import { foundingState, type ClusterState } from './consensus/cluster-state.ts'
import type { Member } from './consensus/quorum.ts'

const startMilliseconds = 5000

/**
 * Makes the row of the cluster when there is none, and starts the founders when some may not be started.
 *
 * @returns the row of the cluster
 */
export async function bootstrapCluster(context: Context): Promise<ClusterRow> {
  const row = (await readClusterRow(context.db)) ?? (await insertFounders(context))
  if (row.readyAt === undefined) await startFounders(context, row)
  return row
}

async function insertFounders({ db, replicaCount, now }: Context): Promise<ClusterRow> {
  const members: Member[] = []
  while (members.length < replicaCount) members.push({ id: freshReplicaId(), location: nextLocation(members) })
  const founding = beginning(members, await readWriteGate(db))
  const { epoch, version } = founding
  return insertClusterRow(db, { epoch, version, members, founding: JSON.stringify(founding), createdAt: now })
}

/**
 * Returns the first state of a cluster. The switch keeps what an earlier release or a restored database set, and the
 * epoch is higher than that of any token that the write gate has seen.
 */
export function beginning(members: readonly Member[], gate: WriteGate): ClusterState {
  const { lastToken: tokensAnEpoch, ...state } = foundingState(members)
  const epoch = Math.floor(gate.token / tokensAnEpoch) + 1
  const token = epoch * tokensAnEpoch
  const { closed: on, reason, until = null, by } = gate
  return { ...state, epoch, readOnly: { token, on, reason, until, by }, lastToken: token }
}

/** Starts those that were not; done again it changes nothing. */
export async function startFounders({ db, replicas }: Context, row: ClusterRow): Promise<void> {
  const founding = foundingOf(row)
  // After an emergency repair the cluster is ready, and no replica starts from here any more.
  if (founding.epoch !== row.epoch) return
  // One that was removed since must not begin again.
  const founders = founding.members.filter(({ id }) => row.members.some((member) => member.id === id))
  const start = (member: Member) =>
    askReplica(replicas, member, startMilliseconds, async (replica) =>
      replica.start({ ...member, foundedAt: row.createdAt, founding }),
    )
  const check = (member: Member) => askReplica(replicas, member, startMilliseconds, async (replica) => replica.check())
  await Promise.allSettled(founders.map(start))
  const checked = await Promise.allSettled(founders.map(check))
  const views = checked.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const now = Date.now()
  const { hasMajority } = verdicts(founding.members, new Map(views.map((view) => [view.id, view])), now)
  if (hasMajority) await markClusterReady(db, row.epoch, now)
}

const member = z.object({ id: z.string(), location: z.string() })
const storedFounding = z.object({
  version: z.int(),
  epoch: z.int(),
  members: z.array(member),
  madeBy: z.string(),
  gcLock: z.null(),
  lastToken: z.int(),
  readOnly: z.object({
    token: z.int(),
    on: z.boolean(),
    reason: z.string(),
    until: z.int().nullable(),
    by: z.string(),
  }),
})

const foundingOf = (row: ClusterRow): ClusterState => storedFounding.parse(JSON.parse(row.founding))
