/** Asks a directory what a sync needs, over LDAP: one connection to each server for a turn. */
import type { JobContext } from '../../jobs/job-type.ts'
import { mostNamedEntries } from '../../limits.ts'
import { toHex } from '../../util/hex.ts'
import { dnKeyOf } from '../links/dn.ts'
import type { DirectoryConfiguration, UserSearch } from '../ldap/configuration.ts'
import type { DirectoryEntry } from '../ldap/entries.ts'
import { userOf } from '../ldap/find-user.ts'
import { DirectoryFault } from '../ldap/faults.ts'
import { openServer } from '../ldap/open.ts'
import { DirectorySession, type Open } from '../ldap/session.ts'
import { readConfiguration } from '../ldap/settings.ts'
import type { MemberSyncOptions } from './member-options.ts'
import { isInScope } from './scope.ts'
import type { NamedEntries, SyncSource, UserPage } from './source.ts'
import type { DirectoryUser } from './staging-store.ts'

/** Opens the directory that is configured; undefined where none is. @throws directoryError `directory-passwords-lost` */
export async function openSource(context: Pick<JobContext, 'db' | 'secrets'>): Promise<SyncSource | undefined> {
  const configuration = await readConfiguration(context)
  return configuration === undefined ? undefined : ldapSource(configuration)
}

/** Opens the directory of a configuration. It connects with the first question. */
export async function ldapSource(configuration: DirectoryConfiguration, open: Open = openServer): Promise<SyncSource> {
  const session = new DirectorySession(configuration, open)
  const { userSearchConfigs, adminSyncOpts, jitUserProvisioning } = configuration
  const searches = userSearchConfigs.map(async (search) => ({
    words: wordsOf(search),
    fingerprint: await fingerprintOf(search),
    pages: () => usersOf(session, search),
  }))
  return {
    searches: await Promise.all(searches),
    fingerprint: await fingerprintOf(withoutPasswords(configuration)),
    makesAccounts: !jitUserProvisioning,
    administrators: adminSyncOpts,
    membersOf: async (options) => membersOf(session, options),
    close: async () => session.close(),
  }
}

const wordsOf = ({ baseDN, filter }: UserSearch): string => (filter === '' ? baseDN : `${baseDN} ${filter}`)

const withoutPasswords = ({ additionalDomains, ...rest }: DirectoryConfiguration): unknown => ({
  ...rest,
  readerPassword: undefined,
  domains: additionalDomains.map(({ domain, serverURL, readerDN }) => [domain, serverURL, readerDN]),
})

const encoder = new TextEncoder()

const fingerprintOf = async (given: unknown): Promise<string> =>
  toHex(await crypto.subtle.digest('SHA-256', encoder.encode(JSON.stringify(given))))

async function* usersOf(session: DirectorySession, search: UserSearch): AsyncGenerator<UserPage> {
  if (search.matchGroup && search.matchGroupIterate) {
    yield* usersOfGroup(session, search)
    return
  }
  const members = search.matchGroup ? await membersOfGroup(session, search) : undefined
  const client = await session.clientFor(search.baseDN)
  for await (const page of client.search({
    ...wantedOf(search),
    baseDN: search.baseDN,
    isSubtree: search.scopeSubtree,
  })) {
    yield pageOf(search, members === undefined ? page : page.filter(({ dnKey }) => members.has(dnKey)))
  }
}

/** Returns what a search demands of entries, and what is read of them. */
const wantedOf = ({ filter, usernameAttr, fullNameAttr }: UserSearch) => ({
  filter,
  having: [usernameAttr],
  attributes: fullNameAttr === '' ? [usernameAttr] : [usernameAttr, fullNameAttr],
})

/** Reads the distinguished names of the direct members of the group, as keys. */
async function membersOfGroup(
  session: DirectorySession,
  { matchGroupDN, matchGroupMemberAttr }: UserSearch,
): Promise<ReadonlySet<string>> {
  const client = await session.clientFor(matchGroupDN)
  const keys = new Set<string>()
  for await (const range of bounded(client.readMembers(matchGroupDN, matchGroupMemberAttr))) {
    for (const dn of range) keys.add(dnKeyOf(dn))
  }
  return keys
}

/** The members that are looked up at once: a server lets a client have a hundred questions that wait. */
const membersOfPage = 50

/** Looks each member of the group up, if it stands where the search looks. */
async function* usersOfGroup(session: DirectorySession, search: UserSearch): AsyncGenerator<UserPage> {
  const { matchGroupDN, matchGroupMemberAttr, baseDN } = search
  const groups = await session.clientFor(matchGroupDN)
  const client = await session.clientFor(baseDN)
  const baseKey = dnKeyOf(baseDN)
  const { attributes, ...wanted } = wantedOf(search)
  for await (const range of groups.readMembers(matchGroupDN, matchGroupMemberAttr)) {
    const members = range.filter((dn) => isInScope(dnKeyOf(dn), baseKey, search.scopeSubtree))
    for (let at = 0; at < members.length; at += membersOfPage) {
      yield pageOf(search, await client.readEntries(members.slice(at, at + membersOfPage), attributes, wanted))
    }
  }
}

const isMissing = (error: unknown): boolean => error instanceof DirectoryFault && error.why === 'no-such-entry'

function pageOf(search: UserSearch, entries: readonly DirectoryEntry[]): UserPage {
  const users: DirectoryUser[] = []
  const withoutId: string[] = []
  for (const entry of entries) {
    const { subject, name, fullName, dn } = userOf(entry, search)
    if (name === '') continue
    if (subject === undefined) {
      withoutId.push(dn)
      continue
    }
    users.push({ subject, name, fullName, dn })
  }
  const [first] = withoutId
  if (first === undefined) return { users, lines: [] }
  const some = withoutId.length === 1 ? first : `${first} and ${withoutId.length - 1} more`
  const why = 'as the server shows no id that never changes (entryUUID, objectGUID): let the reader see it'
  return { users, lines: [`left out: ${some}, ${why}`] }
}

/** Finds whom the options name. A group, or a base, that is not there is told apart from an empty one. */
async function membersOf(session: DirectorySession, options: MemberSyncOptions): Promise<NamedEntries> {
  try {
    return options.selectGroupMembers ? await membersByGroup(session, options) : await membersBySearch(session, options)
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing' }
    throw error
  }
}

async function membersByGroup(
  session: DirectorySession,
  { groupDN, groupMemberAttr }: MemberSyncOptions,
): Promise<NamedEntries> {
  const client = await session.clientFor(groupDN)
  const dns: string[] = []
  for await (const range of bounded(client.readMembers(groupDN, groupMemberAttr))) {
    for (const dn of range) dns.push(dn)
  }
  return { kind: 'dns', dns }
}

async function membersBySearch(
  session: DirectorySession,
  { searchBaseDN, searchScopeSubtree, searchFilter }: MemberSyncOptions,
): Promise<NamedEntries> {
  const client = await session.clientFor(searchBaseDN)
  const ids: string[] = []
  const search = { baseDN: searchBaseDN, isSubtree: searchScopeSubtree, filter: searchFilter, attributes: [] }
  for await (const page of bounded(client.search(search))) {
    for (const { subject } of page) if (subject !== undefined) ids.push(subject)
  }
  return { kind: 'ids', ids }
}

/** Ends with a fault where a directory names more than a turn can hold. @throws DirectoryFault `answer-too-large` */
async function* bounded<Item>(pages: AsyncIterable<readonly Item[]>): AsyncGenerator<readonly Item[]> {
  let named = 0
  for await (const page of pages) {
    named += page.length
    if (named > mostNamedEntries) throw new DirectoryFault('search', 'answer-too-large')
    yield page
  }
}
