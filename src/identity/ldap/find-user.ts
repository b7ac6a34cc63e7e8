/**
 * Finds the user of a name, and tells whether a password is the user's. Both do the same for every name: all searches run
 * whatever the earlier ones found, a group is asked about an entry that does not exist where there is none, and a bind as
 * such an entry takes the place of the user's. So neither the time nor the load tells which names there are.
 *
 * A search whose server fails could have found any name. So it decides about names that no earlier search has found, and
 * users of the searches before it log in while the server of another domain is down.
 */
import type { UserSearch } from './configuration.ts'
import { valueOf, type DirectoryEntry } from './entries.ts'
import { DirectoryFault } from './faults.ts'
import type { DirectorySession } from './session.ts'

/** What a search found for the name. */
export type Finding =
  | { readonly kind: 'none' | 'several' }
  /** Not a member of the group that the search is for. */
  | { readonly kind: 'not-in-group'; readonly entry: DirectoryEntry }
  | { readonly kind: 'found'; readonly entry: DirectoryEntry }
  /** Its server could not be asked. */
  | { readonly kind: 'failed'; readonly fault: DirectoryFault }

export interface FoundUser {
  /** The id that no other entry ever gets; undefined where the reader sees none. */
  readonly subject: string | undefined
  /** The name as the directory has it. */
  readonly name: string
  readonly fullName: string
  readonly dn: string
  readonly dnKey: string
}

export interface Findings {
  /** What each search found, in their order. */
  readonly findings: readonly Finding[]
  /** The user of the first search that found one; undefined also where that search found several, or an earlier one failed. */
  readonly user: FoundUser | undefined
  /** The first fault of a search. */
  readonly fault: DirectoryFault | undefined
}

/**
 * Returns the user of a name and a password; undefined where one of them is wrong.
 *
 * @throws DirectoryFault where a search failed, also for a wrong password: else it would tell which names there are
 */
export async function provenUser(
  session: DirectorySession,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<FoundUser | undefined> {
  // A name that can be none of an account is searched as one that no entry has: the work is the same.
  const { user, fault } = await findUser(session, name === '' ? crypto.randomUUID() : name)
  const isRight = await isPasswordOf(session, user, { name, password })
  if (isRight) return user
  if (fault !== undefined) throw fault
  return undefined
}

/** Asks every search for a name. */
export async function findUser(session: DirectorySession, name: string): Promise<Findings> {
  const { userSearchConfigs: searches } = session.configuration
  const findings: Finding[] = []
  for (const search of searches) findings.push(await triedIn(session, search, name))
  const failed = findings.find((finding) => finding.kind === 'failed')
  return { findings, user: winnerOf(searches, findings), fault: failed?.fault }
}

/** Returns the user of the first search that found a name. One that found several or failed is ambiguous, and no later one counts. */
export function winnerOf(searches: readonly UserSearch[], findings: readonly Finding[]): FoundUser | undefined {
  const at = findings.findIndex(({ kind }) => kind === 'found' || kind === 'several' || kind === 'failed')
  const [finding, search] = [findings[at], searches[at]]
  return finding?.kind === 'found' && search !== undefined ? userOf(finding.entry, search) : undefined
}

export const userOf = (entry: DirectoryEntry, { usernameAttr, fullNameAttr }: UserSearch): FoundUser => ({
  subject: entry.subject,
  name: valueOf(entry, usernameAttr) ?? '',
  fullName: fullNameAttr === '' ? '' : (valueOf(entry, fullNameAttr) ?? ''),
  dn: entry.dn,
  dnKey: entry.dnKey,
})

async function triedIn(session: DirectorySession, search: UserSearch, name: string): Promise<Finding> {
  try {
    return await findIn(session, search, name)
  } catch (error) {
    // A session that was ended has no time left for the other searches.
    if (!(error instanceof DirectoryFault) || session.isClosed) throw error
    return { kind: 'failed', fault: error }
  }
}

async function findIn(session: DirectorySession, search: UserSearch, name: string): Promise<Finding> {
  const { baseDN, scopeSubtree, usernameAttr, fullNameAttr, filter, matchGroup, matchGroupDN } = search
  const client = await session.clientFor(baseDN)
  const entries: DirectoryEntry[] = []
  const pages = client.search({
    baseDN,
    isSubtree: scopeSubtree,
    filter,
    matching: [{ attribute: usernameAttr, value: name }],
    attributes: fullNameAttr === '' ? [usernameAttr] : [usernameAttr, fullNameAttr],
    most: 2,
  })
  for await (const page of pages) entries.push(...page)
  const [entry, ...others] = entries
  const isMember =
    !matchGroup ||
    (await (
      await session.clientFor(matchGroupDN)
    ).isMember(matchGroupDN, search.matchGroupMemberAttr, entry?.dn ?? decoyOf(search)))
  if (entry === undefined) return { kind: 'none' }
  if (others.length > 0) return { kind: 'several' }
  return isMember ? { kind: 'found', entry } : { kind: 'not-in-group', entry }
}

/** Returns the name of an entry that does not exist, below the base of a search. */
const decoyOf = ({ baseDN, usernameAttr }: UserSearch): string => `${usernameAttr}=${crypto.randomUUID()},${baseDN}`

/**
 * Tells whether a password is the user's, by a bind. For no user it binds as an entry that does not exist, at the server of
 * a search that depends on the name alone.
 *
 * @throws DirectoryFault
 */
export async function isPasswordOf(
  session: DirectorySession,
  user: FoundUser | undefined,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<boolean> {
  const { userSearchConfigs: searches } = session.configuration
  const stand = searches[placeOf(name) % searches.length]
  const dn = user?.dn ?? (stand === undefined ? '' : decoyOf(stand))
  const client = await session.clientFor(dn)
  const isRight = await client.bind(dn, password)
  return user !== undefined && isRight
}

/** Returns a number that a name always has. */
const placeOf = (name: string): number =>
  Array.from(name).reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0)
