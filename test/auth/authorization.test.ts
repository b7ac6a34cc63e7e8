/** DTR's table of who may do what, row by row: every principal × visibility × grants × operation. */
import { describe, expect, it } from 'vitest'
import {
  grantScopes,
  isAllowed,
  isOpen,
  levelOn,
  levelOnNamespace,
  mayInNamespace,
  mayInRegistry,
  permitOf,
  repositoriesIn,
  type Account,
  type NamespaceOperation,
  type RegistryOperation,
  type RepositoryOperation,
} from '../../src/auth/authorization.ts'
import type { RepositoryStanding } from '../../src/db/access/standings.ts'
import { accessLevels, visibilities, type Level, type Visibility } from '../../src/access-levels.ts'
import { namespaceOf, parseAccountName, parseRepositoryName } from '../../src/names.ts'

const name = parseRepositoryName('acme/app')
const anAccount = (isAdmin: boolean): Account => ({ id: '1', name: parseAccountName('alice'), isAdmin })
const levels: readonly Level[] = ['none', ...accessLevels]

/** How a principal of DTR's table stands to the repository, before any grant. */
interface Principal {
  readonly account: Account | undefined
  readonly standing: Partial<RepositoryStanding>
  /** A team of the organization may have given them something. */
  readonly hasTeams: boolean
}

const principals: Record<string, Principal> = {
  'an anonymous caller': { account: undefined, standing: {}, hasTeams: false },
  'a stranger': { account: anAccount(false), standing: {}, hasTeams: false },
  'the user of the namespace': {
    account: anAccount(false),
    standing: { kind: 'user', isOwn: true },
    hasTeams: false,
  },
  'another user': { account: anAccount(false), standing: { kind: 'user' }, hasTeams: false },
  'a member without a team': { account: anAccount(false), standing: { isMember: true }, hasTeams: false },
  'a member of teams': { account: anAccount(false), standing: { isMember: true }, hasTeams: true },
  'an owner of the organization': {
    account: anAccount(false),
    standing: { isMember: true, isOwner: true },
    hasTeams: false,
  },
  'a system administrator': { account: anAccount(true), standing: {}, hasTeams: false },
}

const existences = [...visibilities, undefined]

function standingOf(
  { standing }: Principal,
  visibility: Visibility | undefined,
  grants: { namespace: Level; repository: Level },
  createsOnPush = true,
): RepositoryStanding {
  return {
    namespace: namespaceOf(name),
    kind: 'organization',
    namespaceId: 'the id of acme',
    isOwn: false,
    isMember: false,
    isOwner: false,
    namespaceLevel: grants.namespace,
    createsOnPush,
    name,
    repository: visibility === undefined ? undefined : { id: 1, visibility },
    repositoryLevel: visibility === undefined ? 'none' : grants.repository,
    ...standing,
  }
}

/** DTR's answer, written down a second time as a table: the level by principal alone, and what a grant adds. */
const levelWithoutGrants: Record<string, { public: Level; private: Level; missing: Level }> = {
  'an anonymous caller': { public: 'read-only', private: 'none', missing: 'none' },
  'a stranger': { public: 'read-only', private: 'none', missing: 'none' },
  'the user of the namespace': { public: 'admin', private: 'admin', missing: 'admin' },
  'another user': { public: 'read-only', private: 'none', missing: 'none' },
  'a member without a team': { public: 'read-only', private: 'none', missing: 'none' },
  'a member of teams': { public: 'read-only', private: 'none', missing: 'none' },
  'an owner of the organization': { public: 'admin', private: 'admin', missing: 'admin' },
  'a system administrator': { public: 'admin', private: 'admin', missing: 'admin' },
}

/** The rows of DTR's table of permission levels. */
const operations: Record<RepositoryOperation, readonly Level[]> = {
  view: ['read-only', 'read-write', 'admin'],
  pull: ['read-only', 'read-write', 'admin'],
  'see-events': ['read-only', 'read-write', 'admin'],
  push: ['read-write', 'admin'],
  'delete-content': ['read-write', 'admin'],
  'delete-immutable-tags': ['admin'],
  'see-pulls': ['admin'],
  edit: ['admin'],
  'see-access': ['admin'],
  'manage-access': ['admin'],
  'delete-repository': ['admin'],
}

const higher = (one: Level, other: Level): Level => (levels.indexOf(one) > levels.indexOf(other) ? one : other)

describe('the level on a repository', () => {
  for (const [who, principal] of Object.entries(principals)) {
    for (const visibility of existences) {
      for (const namespace of principal.hasTeams ? levels : (['none'] as const)) {
        for (const repository of principal.hasTeams && visibility !== undefined ? levels : (['none'] as const)) {
          const expected = higher(
            levelWithoutGrants[who]?.[visibility ?? 'missing'] ?? 'none',
            higher(namespace, repository),
          )
          it(`of ${who}, ${visibility ?? 'missing'}, namespace ${namespace}, repository ${repository}: ${expected}`, () => {
            const standing = standingOf(principal, visibility, { namespace, repository })
            const level = levelOn(principal.account, standing)
            expect(level).toBe(expected)
            for (const [operation, allowed] of Object.entries(operations) as [RepositoryOperation, Level[]][]) {
              expect([operation, isAllowed(level, operation)]).toEqual([operation, allowed.includes(expected)])
            }
          })
        }
      }
    }
  }
})

describe('a permit of the distribution API', () => {
  for (const [who, principal] of Object.entries(principals)) {
    for (const visibility of existences) {
      for (const namespace of principal.hasTeams ? levels : (['none'] as const)) {
        for (const createsOnPush of [true, false]) {
          it(`of ${who}, ${visibility ?? 'missing'}, namespace ${namespace}, creation ${createsOnPush ? 'on' : 'off'}`, () => {
            const standing = standingOf(principal, visibility, { namespace, repository: 'none' }, createsOnPush)
            const level = levelOn(principal.account, standing)
            const { actions, creates } = permitOf(principal.account, standing)
            const administers = levelOnNamespace(principal.account, standing) === 'admin'
            expect(creates).toBe(createsOnPush && administers)
            expect(actions.includes('pull')).toBe(operations.pull.includes(level))
            expect(actions.includes('delete')).toBe(operations['delete-content'].includes(level))
            expect(actions.includes('push')).toBe(
              operations.push.includes(level) && (visibility !== undefined || creates),
            )
          })
        }
      }
    }
  }

  it('never creates a repository in a namespace that does not exist', () => {
    const standing = {
      ...standingOf(principals['a stranger'] as Principal, undefined, grantsOf('none')),
      kind: undefined,
    }
    expect(mayInNamespace(anAccount(true), standing, 'create-repository')).toBe(false)
    expect(permitOf(anAccount(true), standing)).toEqual({ actions: ['pull', 'delete'], creates: false })
  })
})

const grantsOf = (level: Level) => ({ namespace: level, repository: level })

describe('what is granted of what is asked', () => {
  const repository = (...actions: string[]) => ({ type: 'repository', name: 'acme/app', actions })
  const writer = standingOf(principals['a member of teams'] as Principal, 'private', {
    namespace: 'none',
    repository: 'read-write',
  })
  const owner = standingOf(principals['an owner of the organization'] as Principal, 'private', grantsOf('none'))
  const stranger = standingOf(principals['a stranger'] as Principal, 'private', grantsOf('none'))
  const account = anAccount(false)
  const ofRepository = { ground: { repositoryId: 1 }, creates: false, readsUnsigned: true }
  const ofNamespace = { ground: { namespaceId: 'the id of acme' }, readsUnsigned: true }

  it('is the subset that the account may do', () => {
    expect(grantScopes(account, [repository('push', 'pull', 'fly')], [writer])).toEqual([
      { ...repository('pull', 'push'), ...ofRepository },
    ])
    expect(grantScopes(account, [repository('push', 'pull')], [stranger])).toEqual([])
  })

  it('grants pull with push, and creation to administrators of the namespace', () => {
    expect(grantScopes(account, [repository('push')], [owner])).toEqual([
      { ...repository('pull', 'push'), ...ofNamespace, creates: true },
    ])
    expect(grantScopes(account, [repository('pull')], [owner])).toEqual([{ ...repository('pull'), ...ofRepository }])
  })

  it('is given on the namespace where there is no repository yet', () => {
    const missing = standingOf(principals['an owner of the organization'] as Principal, undefined, grantsOf('none'))
    expect(grantScopes(account, [repository('pull')], [missing])).toEqual([
      { ...repository('pull'), ...ofNamespace, creates: false },
    ])
  })

  it('says of a pull whether the account may push, and so read what is not signed yet', () => {
    const reader = standingOf(principals['a member of teams'] as Principal, 'private', {
      namespace: 'none',
      repository: 'read-only',
    })
    const readsUnsigned = (standing: RepositoryStanding, ...actions: string[]) =>
      grantScopes(account, [repository(...actions)], [standing]).map((granted) => granted.readsUnsigned)
    expect(readsUnsigned(writer, 'pull')).toEqual([true])
    expect(readsUnsigned(reader, 'pull', 'push', '*')).toEqual([undefined])
  })

  it('is everything for *', () => {
    expect(grantScopes(account, [repository('*')], [writer])).toMatchObject([repository('pull', 'push', 'delete')])
  })

  it('is for * no more than the account may do', () => {
    const reader = standingOf(principals['a member of teams'] as Principal, 'private', {
      namespace: 'none',
      repository: 'read-only',
    })
    const open = standingOf(principals['a stranger'] as Principal, 'public', grantsOf('none'))
    const actionsFor = (who: typeof account | undefined, standing: RepositoryStanding) =>
      grantScopes(who, [repository('*')], [standing]).flatMap(({ actions }) => actions)
    expect(actionsFor(account, stranger)).toEqual([])
    expect(actionsFor(undefined, stranger)).toEqual([])
    expect(actionsFor(account, reader)).toEqual(['pull'])
    expect(actionsFor(account, open)).toEqual(['pull'])
    expect(actionsFor(undefined, open)).toEqual(['pull'])
  })

  it('is nothing for names that break the grammar and for unknown types', () => {
    const odd = [
      { type: 'repository', name: 'NOT/A NAME', actions: ['pull'] },
      { type: 'plugin', name: 'acme/app', actions: ['pull'] },
    ]
    expect(repositoriesIn([...odd, repository('pull')])).toEqual(['acme/app'])
    expect(grantScopes(anAccount(true), odd, [owner])).toEqual([])
  })

  it('is the catalog for all users who have logged in', () => {
    const catalog = { type: 'registry', name: 'catalog', actions: ['*'] }
    expect(grantScopes(account, [catalog], [])).toEqual([{ ...catalog, creates: false }])
    expect(grantScopes(undefined, [catalog], [])).toEqual([])
  })

  it('is not the catalog for a scope that differs from it in anything', () => {
    const catalog = { type: 'registry', name: 'catalog', actions: ['*'] }
    const others = [
      { ...catalog, type: 'repository' },
      { ...catalog, name: 'catalogs' },
      { ...catalog, name: '' },
      { ...catalog, actions: [] },
      { ...catalog, actions: ['pull', 'push', 'delete'] },
    ]
    expect(grantScopes(account, others, [])).toEqual([])
    expect(grantScopes(anAccount(true), others, [])).toEqual([])
  })
})

const owners = ['the user of the namespace', 'an owner of the organization', 'a system administrator']

/** The rows of DTR's table for namespaces: who may by themselves, and what a team on the namespace must have. */
interface Entitled {
  readonly who: readonly string[]
  readonly levels: readonly Level[]
}
const namespaceTable: Record<NamespaceOperation, Entitled> = {
  view: { who: [...owners, 'a member without a team', 'a member of teams'], levels: accessLevels },
  'create-repository': { who: owners, levels: ['admin'] },
  'see-access': { who: owners, levels: ['admin'] },
  'manage-access': { who: owners, levels: ['admin'] },
  empty: { who: owners, levels: [] },
}

describe('in a namespace', () => {
  const rows = Object.entries(namespaceTable) as [NamespaceOperation, Entitled][]
  for (const [operation, { who: entitled, levels: granting }] of rows) {
    for (const [who, principal] of Object.entries(principals)) {
      for (const namespace of principal.hasTeams ? levels : (['none'] as const)) {
        const may = entitled.includes(who) || granting.includes(namespace)
        it(`${who} with ${namespace} by teams ${may ? 'may' : 'may not'} ${operation}`, () => {
          const standing = standingOf(principal, undefined, { namespace, repository: 'none' })
          expect(mayInNamespace(principal.account, standing, operation)).toBe(may)
          expect(mayInNamespace(principal.account, { ...standing, kind: undefined }, operation)).toBe(false)
        })
      }
    }
  }
})

describe('in the registry', () => {
  const table: Record<RegistryOperation, { anonymous: boolean; user: boolean; administrator: boolean }> = {
    'list-catalog': { anonymous: false, user: true, administrator: true },
    'find-accounts': { anonymous: false, user: true, administrator: true },
    administer: { anonymous: false, user: false, administrator: true },
  }
  for (const [operation, { anonymous, user, administrator }] of Object.entries(table) as [
    RegistryOperation,
    (typeof table)['administer'],
  ][]) {
    it(`an anonymous caller, a user and an administrator may ${operation}: ${anonymous}, ${user}, ${administrator}`, () => {
      expect(mayInRegistry(undefined, operation)).toBe(anonymous)
      expect(mayInRegistry(anAccount(false), operation)).toBe(user)
      expect(mayInRegistry(anAccount(true), operation)).toBe(administrator)
    })
  }
})

describe('without a login', () => {
  it('a repository can be seen and pulled from, and nothing else is done with it', () => {
    expect(Object.keys(operations).filter((operation) => isOpen(operation as RepositoryOperation))).toEqual([
      'view',
      'pull',
    ])
  })
})
