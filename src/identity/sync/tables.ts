/** What a backup does with the tables of the sync (see `db/tables.ts`). */
import type { TableDeclaration } from '../../db/tables.ts'

const gathered = {
  leftOut: 'a sync gathers again what the directory shows',
  atRestore: 'begins with nothing: a sync that was under way is not carried on',
}

export const syncTables: readonly TableDeclaration[] = [
  { name: 'member_syncs', key: ['id'], refersTo: ['accounts', 'teams'] },
  { name: 'search_counts', key: ['search'] },
  { name: 'directory_syncs', key: ['id'] },
  { name: 'found_users', ...gathered },
  { name: 'found_targets', ...gathered },
  { name: 'found_members', ...gathered },
]
