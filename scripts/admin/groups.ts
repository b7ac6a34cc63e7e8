/**
 * The commands: one line for each group, or for each command without one. Those of capabilities are in their folders.
 */
import { capabilityGroups } from './capability-groups.ts'
import type { Declaration } from './command.ts'
import { completion } from './commands/completion.ts'
import { consumer } from './commands/consumers.ts'
import { events } from './commands/events.ts'
import { grant } from './commands/grants.ts'
import { job } from './commands/jobs.ts'
import { login } from './commands/login.ts'
import { logout } from './commands/logout.ts'
import { member } from './commands/members.ts'
import { org } from './commands/organizations.ts'
import { profile } from './commands/profiles.ts'
import { readOnly } from './commands/read-only.ts'
import { recover } from './commands/recover.ts'
import { replica } from './commands/replicas.ts'
import { repository } from './commands/repositories.ts'
import { status } from './commands/status.ts'
import { deploy, setup } from './commands/installation.ts'
import { secret } from './commands/secret.ts'
import { serviceAccount } from './commands/service-accounts.ts'
import { session } from './commands/sessions.ts'
import { settings } from './commands/settings.ts'
import { tag } from './commands/tags.ts'
import { team } from './commands/teams.ts'
import { token } from './commands/tokens.ts'
import { user } from './commands/users.ts'

const ofCore: readonly Declaration[] = [
  completion,
  consumer,
  deploy,
  events,
  grant,
  job,
  login,
  logout,
  member,
  org,
  profile,
  readOnly,
  recover,
  replica,
  repository,
  secret,
  serviceAccount,
  session,
  settings,
  setup,
  status,
  tag,
  team,
  token,
  user,
]

/** The groups in the order in which the help lists them. */
export const groups: readonly Declaration[] = [...ofCore, ...capabilityGroups].toSorted((one, other) =>
  one.name.localeCompare(other.name),
)
