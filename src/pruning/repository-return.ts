/** Pruning policies come back with a repository that is restored alone, but switched off: else they would delete what came back. */
import * as z from 'zod'
import type { RepositoryReturn } from '../registry/repository-return.ts'
import { insertReturned } from './policy-store.ts'

const policyRow = z.object({
  id: z.string(),
  repository_id: z.int(),
  rules: z.string(),
  created_at: z.int(),
  tags_since: z.int().default(0),
})

export const returnPolicies: RepositoryReturn = async ({ db }, { id, name, before }, backup) => {
  const rows = await backup.rowsOf('pruning_policies', policyRow, (row) => row.repository_id === before.id)
  if (rows.length === 0) return []
  await insertReturned(
    db,
    id,
    rows.map(({ rules, created_at: createdAt, tags_since: tagsSince }) => ({ rules, createdAt, tagsSince })),
  )
  const what =
    rows.length === 1 ? 'its pruning policy is back, and is' : `its ${rows.length} pruning policies are back, and are`
  return [`${name}: ${what} switched off: look at what came back, then enable it`]
}
