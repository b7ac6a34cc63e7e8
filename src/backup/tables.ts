/** What a backup does with its own tables (see `db/tables.ts`). */
import type { TableDeclaration } from '../db/tables.ts'

export const backupTables: readonly TableDeclaration[] = [
  {
    name: 'revocations',
    leftOut: 'the bucket of backups has them, where they outlive the database',
    atRestore: 'reads those since the backup from the bucket, and holds the tokens among them inactive',
  },
]
