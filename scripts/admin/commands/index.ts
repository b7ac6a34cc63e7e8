/** All commands, in the order of the help. */
import type { Command } from '../command.ts'
import { eventCommands } from './events.ts'
import { fsckCommands } from './fsck.ts'
import { gcCommands } from './gc.ts'
import { grantCommands } from './grants.ts'
import { jobCommands } from './jobs.ts'
import { memberCommands } from './members.ts'
import { organizationCommands } from './organizations.ts'
import { pruningCommands } from './pruning.ts'
import { readOnlyCommands } from './read-only.ts'
import { recoverCommands } from './recover.ts'
import { replicaCommands } from './replicas.ts'
import { repositoryCommands } from './repositories.ts'
import { settingsCommands } from './settings.ts'
import { tagCommands } from './tags.ts'
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
  ...tagCommands,
  ...pruningCommands,
  ...tokenCommands,
  ...settingsCommands,
  ...eventCommands,
  ...replicaCommands,
  ...readOnlyCommands,
  ...gcCommands,
  ...jobCommands,
  ...fsckCommands,
  ...recoverCommands,
]
