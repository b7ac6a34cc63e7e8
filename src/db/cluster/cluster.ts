/**
 * The row of the cluster, where the Worker looks for the replicas, and the heartbeats of the replicas. Each function is
 * one round trip to D1.
 */
import { sql, type SQL } from 'drizzle-orm'
import * as z from 'zod'
import { runBatch, type Database } from '../database.ts'

export interface ClusterRow {
  readonly epoch: number
  /** The version of the cluster state that decided these members. */
  readonly version: number
  readonly members: readonly { readonly id: string; readonly location: string }[]
  /** JSON: the first version of the cluster state, as the creator of the row decided it. */
  readonly founding: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
  /** When the founders were first seen to work together. */
  readonly readyAt: number | undefined
}

const storedMembers = z.array(z.object({ id: z.string(), location: z.string() })).min(1)

interface StoredRow {
  epoch: number
  version: number
  members: string
  founding: string
  createdAt: number
  updatedAt: number
  readyAt: number | null
}

/** Key: cluster. */
const selectRow = sql<StoredRow>`
  SELECT epoch, version, members, founding, created_at AS createdAt, updated_at AS updatedAt, ready_at AS readyAt FROM cluster WHERE id = 1`

const clusterRow = (row: StoredRow): ClusterRow => ({
  ...row,
  members: storedMembers.parse(JSON.parse(row.members)),
  readyAt: row.readyAt ?? undefined,
})

/** Reads the row of the cluster. @returns undefined for a registry that has no replicas yet */
export async function readClusterRow(db: Database): Promise<ClusterRow | undefined> {
  const [row] = await db.all<StoredRow>(selectRow)
  return row === undefined ? undefined : clusterRow(row)
}

/** Creates the row unless another isolate was faster. @returns the current row */
export async function insertClusterRow(
  db: Database,
  row: Omit<ClusterRow, 'readyAt' | 'updatedAt'>,
): Promise<ClusterRow> {
  const { stored } = await runBatch(db, {
    inserted: sql`
      INSERT INTO cluster (id, epoch, version, members, founding, created_at, updated_at)
      VALUES (1, ${row.epoch}, ${row.version}, ${JSON.stringify(row.members)}, ${row.founding}, ${row.createdAt},
        ${row.createdAt})
      ON CONFLICT DO NOTHING`,
    stored: selectRow,
  })
  if (stored.first === undefined) throw new Error('the row of the cluster is gone in the moment that it was made')
  return clusterRow(stored.first)
}

/** Notes when the first replicas began to work together. Key: cluster. */
export async function markClusterReady(db: Database, epoch: number, now: number): Promise<void> {
  await db.run(sql`UPDATE cluster SET ready_at = ${now} WHERE id = 1 AND epoch = ${epoch} AND ready_at IS NULL`)
}

/**
 * Copies what the replicas decided, unless the row is newer. Deletes the heartbeats of former members.
 * Key: cluster. Scan: replica_heartbeats, one row for each replica.
 */
export async function updateClusterRow(
  db: Database,
  row: Pick<ClusterRow, 'epoch' | 'version' | 'members'>,
  now: number,
): Promise<void> {
  const { epoch, version } = row
  const members = JSON.stringify(row.members)
  await runBatch(db, {
    cluster: sql`
      UPDATE cluster SET epoch = ${epoch}, version = ${version}, members = ${members}, updated_at = ${now},
        ready_at = coalesce(ready_at, ${now})
      WHERE id = 1 AND (epoch < ${epoch} OR (epoch = ${epoch} AND version < ${version}))`,
    heartbeats: sql`
      DELETE FROM replica_heartbeats
      WHERE id NOT IN (SELECT value ->> 'id' FROM cluster, json_each(cluster.members) WHERE cluster.id = 1)`,
  })
}

/**
 * Checks for a replica whether D1 works.
 *
 * @param beat the time of the heartbeat to write; undefined only reads
 * @returns the row of the cluster, which says whether the replica still belongs to it
 */
export async function probeDatabase(
  db: Database,
  id: string,
  beat: number | undefined,
): Promise<ClusterRow | undefined> {
  const { cluster } = await runBatch(db, {
    cluster: selectRow,
    heartbeat: beat === undefined ? undefined : writeHeartbeat(id, beat),
  })
  return cluster.first === undefined ? undefined : clusterRow(cluster.first)
}

const writeHeartbeat = (id: string, beat: number): SQL => sql`
  INSERT INTO replica_heartbeats (id, beat_at) VALUES (${id}, ${beat})
  ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at WHERE beat_at < excluded.beat_at`
