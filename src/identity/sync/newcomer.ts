/**
 * Puts a user who has just got an account where the directory has it: among administrators, in teams, among owners. The next
 * sync would do the same, but a user who logs in for the first time should not have to wait for it.
 */
import type { Context } from '../../context.ts'
import { firstLoginSyncMilliseconds, mostSyncsOfFirstLogin } from '../../limits.ts'
import type { AccountName } from '../../names.ts'
import { DirectoryFault, isOfQuestion } from '../ldap/faults.ts'
import type { DirectorySession } from '../ldap/session.ts'
import { within } from '../ldap/within.ts'
import { dnKeyOf } from '../links/dn.ts'
import { administratorsTarget, writeAdministrators } from './administrators-store.ts'
import { memberOptionsOf, type MemberSyncOptions } from './member-options.ts'
import { pageOfEnabledSyncs } from './member-syncs-store.ts'
import { writeOwners, writeTeams, type MemberChange } from './members-store.ts'
import { isInScope } from './scope.ts'

export interface Newcomer {
  readonly account: { readonly id: string; readonly name: AccountName }
  readonly dn: string
  readonly dnKey: string
}

interface Target {
  readonly id: string
  readonly kind: 'administrators' | 'teams' | 'owners'
  readonly options: MemberSyncOptions
}

/**
 * Asks the directory for what it names a newcomer, and carries that out. After a fault, or when the time is over, what was
 * found until then is carried out, and the next sync does the rest: the login itself was right.
 */
export async function placeNewcomer(
  { db, now }: Pick<Context, 'db' | 'now'>,
  session: DirectorySession,
  newcomer: Newcomer,
): Promise<void> {
  const joins: Record<Target['kind'], MemberChange[]> = { administrators: [], teams: [], owners: [] }
  const { id: userId, name } = newcomer.account
  const find = async (): Promise<void> => {
    const isNamed = askedOnce(session, newcomer)
    for (const { id: target, kind, options } of await targetsOf(db, session)) {
      if (await isNamed(options)) joins[kind].push({ target, targetName: '', userId, name, change: 'join' })
    }
  }
  try {
    await within(firstLoginSyncMilliseconds, 'search', find())
  } catch (error) {
    if (!(error instanceof DirectoryFault)) throw error
  }
  // A question that goes on after its time adds nothing to what is written.
  const [administrators, teams, owners] = [[...joins.administrators], [...joins.teams], [...joins.owners]]
  if (administrators.length > 0) await writeAdministrators(db, administrators, now)
  if (teams.length > 0) await writeTeams(db, teams, now)
  if (owners.length > 0) await writeOwners(db, owners, now)
}

/** Lists what is synced, up to a bound: the administrators first. */
async function targetsOf(db: Context['db'], session: DirectorySession): Promise<readonly Target[]> {
  const { adminSyncOpts } = session.configuration
  const syncs = await pageOfEnabledSyncs(db, { after: '', limit: mostSyncsOfFirstLogin })
  return [
    ...(adminSyncOpts.enableSync
      ? [{ id: administratorsTarget, kind: 'administrators', options: adminSyncOpts } as const]
      : []),
    ...syncs.map(({ id, teamName, options }): Target => {
      return { id, kind: teamName === null ? 'owners' : 'teams', options: memberOptionsOf(options) }
    }),
  ]
}

/** Returns a question that is asked once for all targets with the same options. */
function askedOnce(session: DirectorySession, newcomer: Newcomer): (options: MemberSyncOptions) => Promise<boolean> {
  const answers = new Map<string, boolean>()
  return async (options) => {
    const key = JSON.stringify(options)
    const answer = answers.get(key) ?? (await isNamedBy(session, options, newcomer))
    answers.set(key, answer)
    return answer
  }
}

/** Tells whether the directory names a user for options. @throws DirectoryFault when it cannot be asked further */
async function isNamedBy(session: DirectorySession, options: MemberSyncOptions, newcomer: Newcomer): Promise<boolean> {
  try {
    return options.selectGroupMembers
      ? await isInGroup(session, options, newcomer)
      : await isFound(session, options, newcomer)
  } catch (error) {
    // What is wrong with one target alone: the others are asked all the same.
    if (isOfQuestion(error)) return false
    throw error
  }
}

const isInGroup = async (
  session: DirectorySession,
  { groupDN, groupMemberAttr }: MemberSyncOptions,
  { dn }: Newcomer,
): Promise<boolean> => (await session.clientFor(groupDN)).isMember(groupDN, groupMemberAttr, dn)

async function isFound(
  session: DirectorySession,
  { searchBaseDN, searchScopeSubtree, searchFilter }: MemberSyncOptions,
  { dn, dnKey }: Newcomer,
): Promise<boolean> {
  if (!isInScope(dnKey, dnKeyOf(searchBaseDN), searchScopeSubtree)) return false
  const client = await session.clientFor(searchBaseDN)
  return (await client.readEntry(dn, [], { filter: searchFilter })) !== undefined
}
