/**
 * How the doors of the administrative API ask whether the caller may come in. What a caller may not see is answered as
 * if it did not exist (404); what they see but may not do is refused (403); and nobody is asked to log in (401) for
 * anything but what everybody may see.
 */
import {
  isAllowed,
  levelOn,
  levelOnNamespace,
  mayInOrganization,
  type Account,
  type OrganizationOperation,
  type RepositoryOperation,
} from '../../auth/access.ts'
import { findOrganization, type OrganizationRecord, type TeamRecord } from '../../db/organizations.ts'
import { findNamespaceStanding, findStanding } from '../../db/standings.ts'
import { RegistryError } from '../../errors.ts'
import type { Level } from '../../levels.ts'
import { parseRepositoryName, type AccountName, type RepositoryName, type TeamName } from '../../names.ts'
import type { AppContext } from '../context.ts'
import { accountOf, requireAccount } from './router.ts'

export interface SeenRepository {
  readonly id: number
  readonly name: RepositoryName
  /** What the caller has on it. */
  readonly level: Level
}

/** What operations are called when they are refused. */
const wordsFor: Record<RepositoryOperation, string> = {
  view: 'see',
  pull: 'pull from',
  push: 'push to',
  'delete-content': 'delete content of',
  'see-events': 'see the events of',
  'see-pulls': 'see the pulls of',
  edit: 'edit',
  'see-access': 'see who has access to',
  'manage-access': 'manage access to',
  'delete-repository': 'delete',
}

/** What somebody may see without a login, where it is public. */
const isOpen = (operation: RepositoryOperation): boolean => operation === 'view' || operation === 'pull'

/**
 * @param path the parameters of the route
 * @throws RegistryError `unauthorized`, `name-unknown` or `denied`
 */
export async function requireRepository(
  c: AppContext,
  path: { readonly namespace: string; readonly reponame: string },
  operation: RepositoryOperation,
): Promise<SeenRepository> {
  const name = parseRepositoryName(`${path.namespace}/${path.reponame}`)
  const account = isOpen(operation) ? accountOf(c) : requireAccount(c)
  const standing = await findStanding(c.get('stores').db, account?.id, name)
  const level = levelOn(account, standing)
  if (standing.repository === undefined || level === 'none') {
    throw new RegistryError({ kind: 'name-unknown', repository: name })
  }
  if (!isAllowed(level, operation)) throw denied(account, `${wordsFor[operation]} ${name}`)
  return { id: standing.repository.id, name, level }
}

/**
 * For what only administrators of a namespace may do: its user, the owners of its organisation, and members of a team
 * with `admin` on it.
 *
 * @throws RegistryError `unauthorized`, `account-unknown` or `denied`
 */
export async function requireNamespaceAdmin(c: AppContext, namespace: AccountName, what: string): Promise<Account> {
  const account = requireAccount(c)
  const standing = await findNamespaceStanding(c.get('stores').db, account.id, namespace)
  const level = levelOnNamespace(account, standing)
  if (standing.kind === undefined || (level === 'none' && !standing.isMember)) {
    throw new RegistryError({ kind: 'account-unknown', name: namespace })
  }
  if (level !== 'admin') throw denied(account, what)
  return account
}

export interface SeenOrganization {
  readonly account: Account
  readonly organization: OrganizationRecord
  /** The account may change the whole organisation. */
  readonly managesOrganization: boolean
}

/**
 * @param what for the sentence of a refusal: "add members to acme"
 * @throws RegistryError `unauthorized`, `account-unknown`, `not-an-organization` or `denied`
 */
export async function requireOrganization(
  c: AppContext,
  name: AccountName,
  operation: OrganizationOperation,
  what: string,
): Promise<SeenOrganization> {
  const { team: _, ...seen } = await openOrganization(c, name, undefined, operation, what)
  return seen
}

/** As `requireOrganization`, for a team of it. @throws RegistryError also `team-unknown` */
export async function requireTeam(
  c: AppContext,
  name: AccountName,
  team: TeamName,
  operation: OrganizationOperation,
  what: string,
): Promise<SeenOrganization & { readonly team: TeamRecord }> {
  const opened = await openOrganization(c, name, team, operation, what)
  if (opened.team === undefined) throw new RegistryError({ kind: 'team-unknown', organization: name, name: team })
  return { ...opened, team: opened.team }
}

async function openOrganization(
  c: AppContext,
  name: AccountName,
  team: TeamName | undefined,
  operation: OrganizationOperation,
  what: string,
): Promise<SeenOrganization & { readonly team: TeamRecord | undefined }> {
  const account = requireAccount(c)
  const facts = await findOrganization(c.get('stores').db, account.id, name, team)
  const isSelf = facts?.organization.id === account.id
  if (facts === undefined || !(isSelf || mayInOrganization(account, facts, 'view'))) {
    throw new RegistryError({ kind: 'account-unknown', name })
  }
  if (!facts.organization.isOrganization) throw new RegistryError({ kind: 'not-an-organization', name })
  if (!mayInOrganization(account, facts, operation)) throw denied(account, what)
  const managesOrganization = mayInOrganization(account, facts, 'manage')
  return { account, organization: facts.organization, team: facts.team, managesOrganization }
}

const denied = (account: Account | undefined, what: string): RegistryError =>
  new RegistryError({ kind: 'denied', who: account?.name ?? 'somebody without a login', what, scope: undefined })
