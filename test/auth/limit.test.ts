/** The limit of a login: for any facts a decision is the lower of what the account may and what the limit leaves. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accessLevels, rankOf, visibilities, type Level } from '../../src/access-levels.ts'
import { limitLevels, type AccessLimit } from '../../src/access-limit.ts'
import { mayActFor, mayWithAccount, type AccountOperation } from '../../src/auth/account-access.ts'
import {
  grantScopes,
  isAllowed,
  levelOn,
  levelOnNamespace,
  limitOfGrant,
  mayInNamespace,
  mayInRegistry,
  permitOf,
  type Account,
  type GrantedScope,
  type NamespaceOperation,
  type RegistryOperation,
} from '../../src/auth/authorization.ts'
import { grantFacet, type Facet } from '../../src/auth/facet.ts'
import {
  mayInOrganization,
  mayWithMember,
  type MemberOperation,
  type OrganizationOperation,
} from '../../src/auth/organization-access.ts'
import type { RepositoryStanding } from '../../src/db/access/standings.ts'
import { namespaceOf, parseAccountName, parseRepositoryName } from '../../src/names.ts'

const namespaces = ['acme', 'beta', 'alice'].map(parseAccountName)
const repositories = namespaces.flatMap((namespace) =>
  ['app', 'app/deep'].map((part) => parseRepositoryName(`${namespace}/${part}`)),
)
const alice = parseAccountName('alice')
const level = fc.constantFrom<Level>('none', ...accessLevels)

const anyAccount = fc.record({ id: fc.constant('1'), name: fc.constant(alice), isAdmin: fc.boolean() })
const anyLimit: fc.Arbitrary<AccessLimit> = fc.record({
  level: fc.constantFrom(...limitLevels),
  within: fc.option(fc.record({ repositories: fc.subarray(repositories), namespaces: fc.subarray(namespaces) }), {
    nil: undefined,
  }),
})
const anyStanding: fc.Arbitrary<RepositoryStanding> = fc
  .record({
    name: fc.constantFrom(...repositories),
    kind: fc.constantFrom('user' as const, 'organization' as const, undefined),
    namespaceId: fc.constant('the id'),
    isOwn: fc.boolean(),
    isMember: fc.boolean(),
    isOwner: fc.boolean(),
    namespaceLevel: level,
    createsOnPush: fc.boolean(),
    repository: fc.option(fc.record({ id: fc.constant(1), visibility: fc.constantFrom(...visibilities) }), {
      nil: undefined,
    }),
    repositoryLevel: level,
  })
  .map((standing) => Object.assign(standing, { namespace: namespaceOf(standing.name) }))

/** What a limit leaves on a repository, written down a second time. */
function leaves(limit: AccessLimit, standing: RepositoryStanding): Level {
  const highest = limit.level === 'all' ? 'admin' : limit.level
  if (limit.within === undefined) return highest
  const names = new Set<string>([...limit.within.repositories, ...limit.within.namespaces])
  return names.has(standing.name) || names.has(standing.namespace) ? highest : 'none'
}

const lower = (one: Level, other: Level): Level => (rankOf(one) < rankOf(other) ? one : other)

const always = (
  check: (account: Account, limited: Account, standing: RepositoryStanding, limit: AccessLimit) => void,
) =>
  fc.assert(
    fc.property(anyAccount, anyStanding, anyLimit, (account, standing, limit) => {
      check(account, { ...account, limit }, standing, limit)
    }),
    { numRuns: 2000 },
  )

const implies = (one: boolean, other: boolean): boolean => !one || other

describe('a limited login', () => {
  it('has on a repository the lower of the level of the account and that of the limit', () => {
    always((account, limited, standing, limit) => {
      expect(levelOn(limited, standing)).toBe(lower(levelOn(account, standing), leaves(limit, standing)))
    })
  })

  it('has on a namespace no more than the account, and nothing outside of the namespaces of the limit', () => {
    always((account, limited, standing, limit) => {
      const isWithin = limit.within === undefined || limit.within.namespaces.includes(standing.namespace)
      const expected = isWithin ? lower(levelOnNamespace(account, standing), leaves(limit, standing)) : 'none'
      expect(levelOnNamespace(limited, standing)).toBe(expected)
      const operations: NamespaceOperation[] = ['view', 'create-repository', 'see-access', 'manage-access', 'empty']
      for (const operation of operations) {
        const may = mayInNamespace(limited, standing, operation)
        expect(implies(may, isWithin && mayInNamespace(account, standing, operation))).toBe(true)
        if (operation !== 'view' && limit.level !== 'all') expect(may).toBe(false)
      }
    })
  })

  it('gets by the distribution API what both the account and the limit allow', () => {
    always((account, limited, standing, limit) => {
      const [more, less] = [permitOf(account, standing), permitOf(limited, standing)]
      const left = leaves(limit, standing)
      for (const action of less.actions) {
        expect(more.actions).toContain(action)
        expect(isAllowed(left, action === 'delete' ? 'delete-content' : action)).toBe(true)
      }
      expect(implies(less.creates, more.creates && left === 'admin')).toBe(true)
      if (standing.repository !== undefined) {
        const both = more.actions.filter((action) => isAllowed(left, action === 'delete' ? 'delete-content' : action))
        expect(less.actions).toEqual(both)
      }
    })
  })

  it('gets in a registry token no scope that the account would not get', () => {
    const facet: Facet = {
      name: 'signatures',
      operations: { pull: 'pull', push: 'push', '*': 'edit' },
      find: async () => new Map(),
    }
    always((account, limited, standing, limit) => {
      const scope = { type: 'repository', name: standing.name, actions: ['pull', 'push', 'delete', '*'] }
      const among = (scopes: readonly GrantedScope[]): string[] => scopes.flatMap(({ actions }) => actions)
      const less = grantScopes(limited, [scope], [standing])
      expect(among(grantScopes(account, [scope], [standing]))).toEqual(expect.arrayContaining(among(less)))
      if (limit.level === 'read-only') {
        expect(less.some(({ creates, readsUnsigned }) => creates || readsUnsigned === true)).toBe(false)
      }
      const named = { scope, facet, repository: standing.name }
      const ofFacet = grantFacet(limited, named, standing)
      expect(grantFacet(account, named, standing).actions).toEqual(expect.arrayContaining([...ofFacet.actions]))
      expect(implies(ofFacet.actions.length > 0, leaves(limit, standing) !== 'none')).toBe(true)
    })
  })

  it('carries in a registry token a limit that decides the same about the repositories of the token', () => {
    always((account, limited, standing, limit) => {
      const carried = { ...account, limit: limitOfGrant(limit, [], [standing.name]) }
      expect(levelOn(carried, standing)).toBe(levelOn(limited, standing))
      expect(levelOnNamespace(carried, standing)).toBe(levelOnNamespace(limited, standing))
      const others = repositories.filter((name) => namespaceOf(name) !== standing.namespace)
      for (const name of others) {
        const elsewhere = { ...standing, name, namespace: namespaceOf(name) }
        expect(rankOf(levelOn(carried, elsewhere))).toBeLessThanOrEqual(rankOf(levelOn(limited, elsewhere)))
      }
    })
  })

  it('never administers the registry, and finds accounts only without named repositories', () => {
    always((account, limited, _standing, limit) => {
      expect(mayInRegistry(limited, 'administer')).toBe(false)
      expect(mayInRegistry(limited, 'find-accounts')).toBe(limit.within === undefined)
      const operations: RegistryOperation[] = ['administer', 'find-accounts', 'list-catalog']
      for (const operation of operations) {
        expect(implies(mayInRegistry(limited, operation), mayInRegistry(account, operation))).toBe(true)
      }
      expect(mayActFor(limited, alice)).toBe(false)
    })
  })

  it('reads of organizations what the account may, and changes nothing', () => {
    const anyRole = fc.record({
      isSelf: fc.boolean(),
      isMember: fc.boolean(),
      isOwner: fc.boolean(),
      isTeamMember: fc.boolean(),
      isTeamAdmin: fc.boolean(),
    })
    const reads: readonly OrganizationOperation[] = ['know', 'view', 'view-team']
    const changes: readonly OrganizationOperation[] = [
      'manage-team-members',
      'add-outsiders',
      'appoint-team-admins',
      'manage',
    ]
    const withMember: readonly MemberOperation[] = ['view', 'put', 'see-teams', 'remove']
    fc.assert(
      fc.property(anyAccount, anyRole, anyLimit, (account, role, limit) => {
        const limited = { ...account, limit }
        for (const operation of reads) {
          const expected = limit.within === undefined && mayInOrganization(account, role, operation)
          expect(mayInOrganization(limited, role, operation)).toBe(expected)
        }
        for (const operation of changes) expect(mayInOrganization(limited, role, operation)).toBe(false)
        for (const operation of withMember) {
          for (const member of namespaces) {
            const may = mayWithMember(limited, role, member, operation)
            expect(implies(may, mayWithMember(account, role, member, operation))).toBe(true)
          }
        }
        expect(mayWithMember(limited, role, alice, 'put') || mayWithMember(limited, role, alice, 'remove')).toBe(false)
      }),
    )
  })

  it('reads of accounts what the account may, of its own always, and changes nothing', () => {
    const anyRelation = fc.record({
      isSelf: fc.boolean(),
      isMember: fc.boolean(),
      isOwner: fc.boolean(),
      isOwnerOfTheirs: fc.boolean(),
    })
    const changes: readonly AccountOperation[] = [
      'describe',
      'change-password',
      'reset-password',
      'change-status',
      'delete',
    ]
    fc.assert(
      fc.property(anyAccount, anyRelation, anyLimit, (account, relation, limit) => {
        const limited = { ...account, limit }
        const seen = mayWithAccount(account, relation, 'view') && (limit.within === undefined || relation.isSelf)
        expect(mayWithAccount(limited, relation, 'view')).toBe(seen)
        for (const operation of changes) expect(mayWithAccount(limited, relation, operation)).toBe(false)
        expect(mayWithAccount(limited, relation, { words: 'register keys of' })).toBe(false)
      }),
    )
  })
})
