/** What a backup does with the tables of pruning (see `db/tables.ts`). */
import type { TableDeclaration } from '../db/tables.ts'

export const pruningTables: readonly TableDeclaration[] = [
  { name: 'pruning_policies', key: ['id'], refersTo: ['repositories'] },
]
