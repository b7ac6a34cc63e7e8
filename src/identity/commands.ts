/** The commands of identities: the directory, the rules of CI jobs, and the import from another registry. */
import type { CommandGroup } from '../../scripts/admin/command.ts'
import { imports } from './import/commands.ts'
import { ldap } from './ldap/commands.ts'
import { oidc } from './oidc/commands.ts'
import { saml } from './saml/commands.ts'
import { ssoCommands } from './sso/commands.ts'
import { sync } from './sync/commands.ts'
import { ci } from './workloads/commands.ts'

const identity: CommandGroup = {
  name: 'identity',
  summary: 'Manage who users are at other providers: the directory (LDAP), single sign-on, links and groups',
  commands: [ldap, sync, oidc, saml, ...ssoCommands],
}

export const commands: readonly CommandGroup[] = [identity, imports, ci]

export { signOn } from './sso/commands.ts'
