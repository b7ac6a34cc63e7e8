/** The statements that raise the fences of a restored database (see `fences.ts`). */
import { sql } from 'drizzle-orm'
import type { Statements } from '../../db/database.ts'

/**
 * Makes the statements that put the write gate and the fence of garbage collection where no survivor passes them. The gate
 * is open. Key: write_gate, gc_fence.
 */
export const raiseFences = ({ token }: { readonly token: number }): Statements => ({
  gate: sql`
    INSERT INTO write_gate (id, token, closed, reason, until, by) VALUES (1, ${token}, 0, '', NULL, '')
    ON CONFLICT (id) DO UPDATE SET token = excluded.token, closed = 0, reason = '', until = NULL, by = ''`,
  fence: sql`INSERT INTO gc_fence (id, token) VALUES (1, ${token}) ON CONFLICT (id) DO UPDATE SET token = excluded.token`,
})
