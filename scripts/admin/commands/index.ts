/** All commands, in the order of the help. */
import type { Command } from '../command.ts'
import { eventCommands } from './events.ts'
import { grantCommands } from './grants.ts'
import { memberCommands } from './members.ts'
import { organizationCommands } from './organizations.ts'
import { readOnlyCommands } from './read-only.ts'
import { recoverCommands } from './recover.ts'
import { replicaCommands } from './replicas.ts'
import { repositoryCommands } from './repositories.ts'
import { settingsCommands } from './settings.ts'
import { teamCommands } from './teams.ts'
import { tokenCommands } from './tokens.ts'
import { userCommands } from './users.ts'

export const commands: readonly Command[] = [
  ...userCommands,
  ...organizationCommands,
  ...memberCommands,
  ...teamCommands,
  ...grantCommands,
  ...repositoryCommands,
  ...tokenCommands,
  ...settingsCommands,
  ...eventCommands,
  ...replicaCommands,
  ...readOnlyCommands,
  ...recoverCommands,
]
