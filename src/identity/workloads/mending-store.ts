/** What a restore does with rules by which workloads get in. */
import { sql } from 'drizzle-orm'
import type { Mending } from '../../db/restoration/mended.ts'

/**
 * A rule that was deleted after the backup comes back with it, and would let in again what an administrator shut out.
 * Scan: workload_rules, of which there are few.
 */
export const workloadRules: Mending = { last: [sql`UPDATE workload_rules SET enabled = 0`] }
