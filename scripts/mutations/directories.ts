/** Planted bugs about users of a directory and of single sign-on: logins, links, and the sync. */
import { plantedIn } from './mutation.ts'

const login = 'test/identity/ldap/login.test.ts'
const findUser = 'test/identity/ldap/find-user.test.ts'
const filter = 'test/identity/ldap/search-filter.test.ts'
const provision = 'test/identity/links/provision.test.ts'
const plan = 'test/identity/sync/plan.test.ts'
const sync = 'test/identity/sync/sync.test.ts'
const newcomer = 'test/identity/sync/newcomer.test.ts'

export const directories = [
  ...plantedIn(
    'src/identity/ldap/search-filter.ts',
    [filter],
    [
      {
        breaks: 'what is special in a name is special in the filter',
        find: 'new EqualityFilter(one)',
        replace: 'FilterParser.parseString(`(${one.attribute}=${one.value})`)',
      },
      {
        breaks: 'a login ignores the filter of its search',
        find: "filter === '' ? [] : [parsedFilter(filter)]",
        replace: "filter === '' || matching.length > 0 ? [] : [parsedFilter(filter)]",
      },
      {
        breaks: 'a search finds entries without a name',
        find: '...having.map((attribute) => new PresenceFilter({ attribute })),',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/ldap/filter-grammar.ts',
    ['test/identity/ldap/filter-grammar.test.ts'],
    [
      {
        breaks: 'what stands behind a filter is not read',
        find: 'reader.filter() ?? reader.end()',
        replace: 'reader.filter()',
      },
      {
        breaks: 'a parenthesis stands in a value as it is',
        find: "next === undefined || next === ')' ?",
        replace: "next === undefined || next === ')' || next === '(' ?",
      },
    ],
  ),
  ...plantedIn(
    'src/identity/ldap/login.ts',
    [login],
    [
      {
        breaks: 'a directory is asked for an empty password',
        find: '      if (!mayBeOfDirectory(attempt.password)) return undefined\n',
        replace: '',
      },
      {
        breaks: 'a user without an id that stays gets in',
        find: "  if (subject === undefined) throw directoryError({ kind: 'directory-unavailable' })\n  const identity = { provider: ldapProvider, subject, ...user }",
        replace: '  const identity = { provider: ldapProvider, subject: subject ?? user.name, ...user }',
      },
      {
        breaks: 'a login makes an account where the sync alone does',
        find: 'sessionOf().configuration.jitUserProvisioning',
        replace: 'sessionOf().configuration.serverURL',
      },
      {
        breaks: 'a new user waits for the sync to be in a team',
        find: "  if (made.outcome === 'made') await place(context, sessionOf(), made.identity)\n",
        replace: '',
      },
      {
        breaks: 'an account that is deactivated here logs in with a password of the directory',
        find: "?? 'inactive'",
        replace: '?? { ...linked.account, passwordHash: null }',
      },
      {
        breaks: 'a server that failed is asked by every login',
        find: 'resting.open(server, context.clock, open)',
        replace: 'open(server, () => undefined)',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/ldap/find-user.ts',
    [findUser],
    [
      {
        breaks: 'a name of a later search counts while an earlier one could not be asked',
        find: " || kind === 'failed')",
        replace: ')',
      },
      {
        breaks: 'a wrong password tells that there is such a user while a server is down',
        find: '  if (fault !== undefined) throw fault\n',
        replace: '',
      },
      {
        breaks: 'a name of two entries is that of the first',
        find: "  if (others.length > 0) return { kind: 'several' }\n",
        replace: '',
      },
      {
        breaks: 'a user outside of the group of a search gets in',
        find: "isMember ? { kind: 'found', entry } : { kind: 'not-in-group', entry }",
        replace: "{ kind: isMember || others.length === 0 ? 'found' : 'not-in-group', entry }",
      },
      {
        breaks: 'an unknown name costs no bind',
        find: 'const isRight = await client.bind(dn, password)',
        replace: 'const isRight = user !== undefined && (await client.bind(dn, password))',
      },
      {
        breaks: 'an unknown name costs no question to a group',
        find: '    !matchGroup ||\n',
        replace: '    !matchGroup ||\n    entry === undefined ||\n',
      },
      {
        breaks: 'a later search is asked only for names that an earlier one does not find',
        find: 'for (const search of searches) findings.push(await triedIn(session, search, name))',
        replace:
          "for (const search of searches) {\n    if (findings.some(({ kind }) => kind === 'found')) break\n    findings.push(await triedIn(session, search, name))\n  }",
      },
      {
        breaks: 'a password is that of no entry',
        find: 'return user !== undefined && isRight',
        replace: 'return isRight',
        equivalent: 'a caller looks at the user alone, who is undefined then',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/ldap/settings.ts',
    ['test/identity/ldap/settings.test.ts'],
    [
      {
        breaks: 'the password of a reader goes to another server',
        find: 'kept?.serverURL !== serverURL || kept.readerDN !== readerDN',
        replace: 'kept === undefined',
      },
      {
        breaks: 'a wrong filter is stored',
        find: 'for (const { place: where, filter } of filters) requireFilter(where, filter)',
        replace: 'void [filters, requireFilter]',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/links/provision.ts',
    [provision],
    [
      {
        breaks: 'a name of a directory takes over the account that has it',
        find: "raced === undefined ? { outcome: 'refused', refusal: 'taken' }",
        replace: "raced === undefined ? { outcome: 'refused', refusal: 'reserved' }",
      },
      {
        breaks: 'a full name has several lines',
        find: "    .replaceAll(/[\\p{Cc}\\p{Cf}\\s]+/gu, ' ')\n",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/links/names.ts',
    ['test/identity/links/names.test.ts'],
    [
      {
        breaks: 'a user of a directory is the administrator of the registry',
        find: "  if (folded === firstAdministrator) return { refusal: 'reserved' }\n",
        replace: '',
      },
      {
        breaks: 'a user of a directory is named as an id',
        find: "  if (hasFormOfId(folded)) return { refusal: 'like-id' }\n",
        replace: '',
      },
      {
        breaks: 'a user of a directory is named as a service account',
        find: "  if (hasFormOfServiceAccount(folded)) return { refusal: 'like-service-account' }\n",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/links/identity-store.ts',
    [provision],
    [
      {
        breaks: 'an identity is found by its name',
        within: 'export async function findIdentity(',
        find: 'identities.subject = ${subject}',
        replace: 'identities.name = ${subject}',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/links/dn.ts',
    ['test/identity/links/dn.test.ts'],
    [
      {
        breaks: 'an escaped comma parts a distinguished name',
        find: "character === '\\\\' ? text.slice(at, at + 2) : character",
        replace: 'character',
      },
      {
        breaks: 'an entry is below a base whose name its own ends with',
        find: 'dnKey.endsWith(`,${baseKey}`)',
        replace: 'dnKey.endsWith(baseKey)',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sync/guards.ts',
    ['test/identity/sync/guards.test.ts'],
    [
      {
        breaks: 'a search that finds nothing is believed where the share is zero',
        find: '(found === 0 || found * 100 < before * minimumShare)',
        replace: 'found * 100 < before * minimumShare',
      },
      {
        breaks: 'users that no search finds are lost at any share',
        find: '  if (hasShrunk(accounts, minimumShare)) {',
        replace: '  if (hasShrunk(accounts, 0)) {',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sync/admission.ts',
    ['test/identity/sync/admission.test.ts'],
    [
      {
        breaks: 'the last result of a name wins',
        find: '  if (owner === undefined) return undefined\n',
        replace: '  if (owner !== subject) return undefined\n',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sync/plan.ts',
    [plan],
    [
      {
        breaks: 'a sync changes local users',
        find: '  if (known.isLocal) return nothing\n',
        replace: '',
      },
      {
        breaks: 'the last administrator is deactivated',
        find: 'isAdmin && rules.administrators <= 1',
        replace: 'isAdmin && rules.administrators < 1',
      },
      {
        breaks: 'a sync takes back what an administrator has done',
        find: '  if (known.isVanished) {',
        replace: '  if (!known.isActive) {',
      },
      {
        breaks: 'a sync takes a name that an account has',
        find: '  if (isTaken) return { steps: [], lines: [`no account for ${user.dn}: ${takenName(verdict.name)}`] }\n',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sync/users-store.ts',
    [sync],
    [
      {
        breaks: 'the access tokens of a vanished user stay',
        find: '  sql`UPDATE access_tokens SET is_active = 0 WHERE account_id IN (SELECT value FROM json_each(${ids})) AND is_active = 1`,\n',
        replace: '',
      },
      {
        breaks: 'the sessions of a vanished user stay',
        find: '  sql`DELETE FROM sessions WHERE account_id IN (SELECT value FROM json_each(${ids}))`,\n',
        replace: '',
      },
      {
        breaks: 'a vanished user who is back stays deactivated',
        find: 'SET vanished_at = ${now}',
        replace: 'SET last_seen_at = ${now}',
      },
      {
        breaks: 'a batch takes the last administrator',
        find: '      guarded: deactivated.length === 0 ? undefined : keepsAdministrator(JSON.stringify(deactivated)),\n',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sync/turn.ts',
    [sync],
    [
      {
        breaks: 'a sync believes a directory that shows nothing',
        find: 'if (reasons.length === 0) return',
        replace: 'if (reasons.length >= 0) return',
      },
      {
        breaks: 'a dry run is recorded as a sync',
        find: 'if (!this.#isDryRun) await recordDone(db, done)',
        replace: 'await recordDone(db, done)',
      },
      {
        breaks: 'a failed sync is not told',
        find: "if (!passes(error)) await this.#recordUndone('failed', messageOf(error))",
        replace: 'void [passes, messageOf]',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sync/applying.ts',
    [sync],
    [
      {
        breaks: 'a dry run changes users',
        find: 'if (!isDryRun && steps.length > 0)',
        replace: 'if (steps.length > 0)',
      },
      {
        breaks: 'a dry run changes teams',
        find: 'if (!isDryRun && changes.length > 0)',
        replace: 'if (changes.length > 0)',
      },
      {
        breaks: 'a dry run appoints administrators',
        find: 'if (!isDryRun && allowed.length > 0)',
        replace: 'if (allowed.length > 0)',
      },
      {
        breaks: 'the last administrator is dismissed',
        find: "one.change === 'leave' && one.isActive && left <= 1",
        replace: "one.change === 'leave' && one.isActive && left < 1",
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sync/members-store.ts',
    [sync],
    [
      {
        breaks: 'a sync takes local members out of teams',
        find: 'WHERE ${isImported(sql`account.id`)} AND NOT ${isWanted(part, sql`team.value`, sql`account.id`)}`,',
        replace: 'WHERE NOT ${isWanted(part, sql`team.value`, sql`account.id`)}`,',
      },
      {
        breaks: 'an owner who is one no more stays an owner for a team',
        find: '      demotions: sql`\n        UPDATE members SET is_admin = 0',
        replace: '      demotions: sql`\n        UPDATE members SET is_admin = is_admin',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sync/newcomer.ts',
    [newcomer],
    [
      {
        breaks: 'a new user joins teams of searches elsewhere in the tree',
        find: '  if (!isInScope(dnKey, dnKeyOf(searchBaseDN), searchScopeSubtree)) return false\n',
        replace: '  void [isInScope, dnKeyOf, dnKey, searchScopeSubtree]\n',
      },
      {
        breaks: 'a team that the directory does not tell of costs the login',
        find: 'if (isOfQuestion(error)) return false\n',
        replace: 'void isOfQuestion\n',
      },
      {
        breaks: 'a directory that goes away fails the first login',
        find: '    if (!(error instanceof DirectoryFault)) throw error\n  }\n  //',
        replace: '    throw error\n  }\n  //',
      },
      {
        breaks: 'a new user joins the owners of teams',
        find: "teamName === null ? 'owners' : 'teams'",
        replace: "teamName === null ? 'teams' : 'owners'",
      },
    ],
  ),
  ...plantedIn(
    'src/identity/oidc/id-token.ts',
    ['test/identity/oidc/id-token.test.ts'],
    [
      {
        breaks: 'an ID token of another login is taken',
        find: "  if (nonce !== expected.nonce) throw refused({ kind: 'claim', claim: 'nonce' })\n",
        replace: '',
      },
      {
        breaks: 'an ID token for another client is taken',
        find: '      audience: clientId,\n',
        replace: '',
      },
      {
        breaks: 'an ID token of another issuer is taken',
        find: '      issuer,\n      audience',
        replace: '      audience',
      },
      {
        breaks: 'an ID token ends sessions as a logout token',
        find: "  if (!isObject(events) || !isObject(events[logoutEvent])) throw refused({ kind: 'claim', claim: 'events' })\n",
        replace: '',
      },
    ],
  ),
]
