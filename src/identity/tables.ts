/** What a backup does with the tables of identities (see `db/tables.ts`). */
import type { TableDeclaration } from '../db/tables.ts'
import { oidcTables } from './sso/tables.ts'
import { syncTables } from './sync/tables.ts'
import { workloadTables } from './workloads/tables.ts'

export const identityTables: readonly TableDeclaration[] = [
  { name: 'identities', key: ['provider', 'subject'], refersTo: ['accounts'] },
  {
    name: 'settings_documents',
    key: ['name'],
    atRestore: 'needs the secret that the passwords are sealed under, as the current or the previous one',
  },
  ...syncTables,
  ...oidcTables,
  ...workloadTables,
]
