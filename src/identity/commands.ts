/** The commands of identities. */
import type { CommandGroup } from '../../scripts/admin/command.ts'
import { ldap } from './ldap/commands.ts'
import { ci } from './workloads/commands.ts'

const identity: CommandGroup = {
  name: 'identity',
  summary: 'Manage the directory of users (LDAP)',
  commands: [ldap],
}

export const commands: readonly CommandGroup[] = [identity, ci]
