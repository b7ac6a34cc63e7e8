/** What a backup does with the tables of single sign-on (see `db/tables.ts`). */
import type { TableDeclaration } from '../../db/tables.ts'

export const oidcTables: readonly TableDeclaration[] = [
  { name: 'team_groups', key: ['team_id'], refersTo: ['teams'] },
  { name: 'oidc_logins', leftOut: 'logins take minutes', atRestore: 'ends all logins: users begin again' },
  { name: 'oidc_sessions', leftOut: 'sessions are short', atRestore: 'ends all sessions: users log in again' },
  {
    name: 'used_messages',
    leftOut: 'messages hold for minutes',
    atRestore: 'begins with none, as there are no sessions',
  },
]
