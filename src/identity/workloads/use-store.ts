/** Notes which tokens got in, until they end. Each function is one round trip to D1. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent } from '../../db/events/events.ts'
import { declareObjectType } from '../../db/events/object-types.ts'
import type { WorkloadName } from '../../names.ts'

/** The type of the events of workloads that get in. */
export const workloadObject = declareObjectType('workload', { isForAdministrators: true })

export interface Use {
  readonly network: string
  readonly firstUsedAt: number
  readonly usedAs: 'password' | 'exchange'
}

export interface NewUse {
  /** Tells the token from all others, and nothing about it. */
  readonly token: string
  readonly network: string
  readonly usedAs: 'password' | 'exchange'
  readonly endsAt: number
  /** The names of the rules that let it in, the first of which names the workload. */
  readonly rules: readonly string[]
  readonly workload: WorkloadName
  /** For its event. */
  readonly content: Readonly<Record<string, unknown>>
}

/**
 * Notes the first use of a token, with its event.
 * Index: workload_rules_by_name. Key: workload_uses.
 *
 * @returns the earlier first use, if there was one: nothing is noted then
 */
export async function noteUse(db: Database, use: NewUse, now: number): Promise<Use | undefined> {
  const { token, network, usedAs, endsAt, rules, workload, content } = use
  const [objectName = ''] = rules
  const isNew = sql`NOT EXISTS (SELECT 1 FROM workload_uses WHERE token = ${token})`
  const { earlier } = await runBatch(db, {
    earlier: sql<Use>`
      SELECT network, first_used_at AS firstUsedAt, used_as AS usedAs FROM workload_uses WHERE token = ${token}`,
    event: recordEvent(
      {
        actor: workload,
        type: 'CREATE',
        objectType: workloadObject.name,
        objectId: token,
        objectName,
        content,
        now,
      },
      isNew,
    ),
    used: sql`
      UPDATE workload_rules SET last_used_at = ${now}
      WHERE name IN (SELECT value FROM json_each(${JSON.stringify(rules)})) AND ${isNew}`,
    noted: sql`
      INSERT INTO workload_uses (token, network, first_used_at, used_as, ends_at)
      VALUES (${token}, ${network}, ${now}, ${usedAs}, ${endsAt}) ON CONFLICT (token) DO NOTHING`,
  })
  return earlier.first
}

/**
 * Forgets tokens that have ended, a bounded number of them.
 * Index: workload_uses_by_end. Key: workload_uses.
 */
export async function trimUses(db: Database, now: number, most: number): Promise<void> {
  await db.run(sql`
    DELETE FROM workload_uses WHERE token IN (SELECT token FROM workload_uses WHERE ends_at < ${now} LIMIT ${most})`)
}
