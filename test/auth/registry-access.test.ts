/** What a registry token opens, claim by claim. Whatever the tables do not grant is refused. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Action, GrantedScope } from '../../src/auth/authorization.ts'
import type { Caller } from '../../src/auth/authentication.ts'
import {
  readableAmong,
  readableByToken,
  requireAccess,
  requireCatalog,
  requireIdentity,
} from '../../src/auth/registry-access.ts'
import { openDatabase } from '../../src/db/database.ts'
import { RegistryError } from '../../src/errors.ts'
import { parseAccountName, parseRepositoryName, type RepositoryName } from '../../src/names.ts'
import { withSql } from '../support/bounds.ts'
import { anOrganization, aPerson, aRepository, type Person } from '../support/people.ts'

const db = openDatabase(env.DB)
const account = { id: 'the id of alice', name: parseAccountName('alice') }
const ground = { repositoryId: 1 }
const app = parseRepositoryName('alice/app')
const actions: readonly Action[] = ['pull', 'push', 'delete']

const claim = (name: string, ...granted: string[]): GrantedScope => ({
  type: 'repository',
  name,
  actions: granted,
  ground,
  creates: false,
})
const tokenWith = (...access: readonly GrantedScope[]): Caller => ({ kind: 'token', grant: { account, access } })

/** What a caller may do with a repository by the distribution API. */
async function openedTo(caller: Caller, repository = app): Promise<Action[]> {
  const opened: Action[] = []
  for (const action of actions) {
    const granted = await requireAccess(db, caller, action, repository).catch(() => undefined)
    if (granted !== undefined) opened.push(action)
  }
  return opened
}

describe('a token opens alice/app', () => {
  const all = claim('alice/app', ...actions)
  const table: Record<string, readonly [access: readonly GrantedScope[], opened: readonly Action[]]> = {
    'to all that three actions name': [[all], actions],
    'to a pull by `pull`': [[claim('alice/app', 'pull')], ['pull']],
    'to a push by `push`': [[claim('alice/app', 'push')], ['push']],
    'to a deletion by `delete`': [[claim('alice/app', 'delete')], ['delete']],
    'by its own claim among others': [[claim('alice/other', ...actions), claim('alice/app', 'pull')], ['pull']],
    'to nothing by no claim': [[], []],
    'to nothing by no action': [[claim('alice/app')], []],
    'to nothing by `*`, which the token endpoint spells out': [[claim('alice/app', '*')], []],
    'to nothing by actions that only look alike': [[claim('alice/app', 'PULL', 'pull ', 'pull,push', '')], []],
    'to nothing by a claim of another type': [
      [
        { ...all, type: 'registry' },
        { ...all, type: 'repository(plugin)' },
        { ...all, type: '' },
      ],
      [],
    ],
    'to nothing by a claim that was given on nothing': [[{ ...all, ground: undefined }], []],
    'to nothing by the catalog': [[{ ...all, type: 'registry', name: 'catalog', actions: ['*'] }], []],
  }
  for (const [how, [access, opened]] of Object.entries(table)) {
    it(how, async () => {
      expect(await openedTo(tokenWith(...access))).toEqual(opened)
    })
  }

  const others = ['alice/app/sub', 'alice/app2', 'alice/ap', 'alice', 'alice/', 'alice/*', '*', '', 'bob/app', 'app']
  for (const name of others) {
    it(`to nothing by a claim on "${name}"`, async () => {
      expect(await openedTo(tokenWith(claim(name, ...actions)))).toEqual([])
    })
  }

  it('and no repository below it', async () => {
    expect(await openedTo(tokenWith(all), parseRepositoryName('alice/app/sub'))).toEqual([])
    expect(await openedTo(tokenWith(all), parseRepositoryName('alice/app2'))).toEqual([])
  })

  it('and says of the push what its claims say', async () => {
    const granted = async (access: GrantedScope) => requireAccess(db, tokenWith(access), 'pull', app)
    const may = { ...all, creates: true }
    expect(await granted(may)).toMatchObject({ pushes: true, creates: true })
    expect(await granted({ ...may, creates: false })).toMatchObject({ pushes: true, creates: false })
    expect(await granted({ ...may, actions: ['pull', 'delete'] })).toMatchObject({ pushes: false })
    expect((await granted(may)).right).toMatchObject({ repository: app, ground, holder: account })
  })
})

describe('a push that is refused', () => {
  const missing = parseRepositoryName('alice/none')
  let alice: Person
  let bob: Person

  beforeEach(async () => {
    await withSql("INSERT INTO settings (name, value) VALUES ('createRepositoryOnPush', 'false')")
    alice = await aPerson('alice')
    bob = await aPerson('bob')
    await aRepository(app)
  })

  const accountOf = ({ id, name }: Person) => ({ id, name: parseAccountName(name) })
  const byPassword = (person: Person): Caller => ({
    kind: 'account',
    account: { ...accountOf(person), isAdmin: false },
    proof: 'password',
  })
  const byToken = (person: Person): Caller => ({ kind: 'token', grant: { account: accountOf(person), access: [] } })

  const toldTo = (caller: Caller, repository: RepositoryName): Promise<string> =>
    requireAccess(db, caller, 'push', repository).then(
      () => 'nothing',
      (error: unknown) => (error instanceof RegistryError ? error.failure.kind : String(error)),
    )

  it('tells who could make the repository that pushes make none', async () => {
    expect(await toldTo(byPassword(alice), missing)).toBe('repository-not-created')
    expect(await toldTo(byToken(alice), missing)).toBe('repository-not-created')
  })

  it('tells others nothing of which repositories there are', async () => {
    for (const caller of [byPassword(bob), byToken(bob)]) {
      expect([await toldTo(caller, missing), await toldTo(caller, app)]).toEqual(['denied', 'denied'])
    }
  })

  it('tells nothing to the token of an account that was deactivated', async () => {
    await withSql("UPDATE accounts SET is_active = 0 WHERE name = 'alice'")
    expect(await toldTo(byToken(alice), missing)).toBe('denied')
  })
})

it('an account that may pull alone opens no push, and makes no repository', async () => {
  const bob = await aPerson('bob')
  await anOrganization('acme')
  await aRepository('acme/app', { visibility: 'public' })
  const name = parseRepositoryName('acme/app')
  const caller: Caller = {
    kind: 'account',
    account: { id: bob.id, name: parseAccountName('bob'), isAdmin: false },
    proof: 'password',
  }
  expect(await openedTo(caller, name)).toEqual(['pull'])
  expect(await requireAccess(db, caller, 'pull', name)).toMatchObject({ pushes: false, creates: false })
})

it('a caller without a login and a token that is dead open nothing', async () => {
  expect(await openedTo({ kind: 'anonymous' })).toEqual([])
  expect(await openedTo({ kind: 'dead-token', reason: 'expired' })).toEqual([])
})

it('every caller that has proved who it is may ask for /v2/, and no other', () => {
  expect(() => requireIdentity(tokenWith())).not.toThrow()
  expect(() => requireIdentity({ kind: 'anonymous' })).toThrow('you must log in')
  expect(() => requireIdentity({ kind: 'dead-token', reason: 'expired' })).toThrow('the token has expired')
})

describe('the sources of a mount', () => {
  const held = [{ repository: app, ground }]

  it('are the repositories that a token may pull from', () => {
    const readable = (...access: readonly GrantedScope[]) => readableByToken({ grant: { account, access } })
    expect(readable(claim('alice/app', 'pull'))).toEqual(held)
    expect(readable(claim('alice/app', 'push', 'delete', '*'))).toEqual([])
    expect(readable({ ...claim('alice/app', 'pull'), type: 'registry' })).toEqual([])
    expect(readable({ ...claim('alice/app', 'pull'), ground: undefined })).toEqual([])
    expect(readable(claim('NOT/A NAME', 'pull'))).toEqual([])
  })

  it('are those of them that the mount names', async () => {
    const token = tokenWith(claim('alice/app', 'pull'), claim('alice/other', 'pull'))
    expect(await readableAmong(db, token, [app])).toEqual(held)
    expect(await readableAmong(db, token, [parseRepositoryName('alice/app/sub')])).toEqual([])
    expect(await readableAmong(db, { kind: 'anonymous' }, [app])).toEqual([])
  })
})

describe('the catalog', () => {
  const catalog: GrantedScope = { type: 'registry', name: 'catalog', actions: ['*'], creates: false }

  it('opens to its own claim of an account', () => {
    expect(requireCatalog(tokenWith(catalog))).toEqual({ id: account.id, limit: undefined })
  })

  it('is for a limited login the list of what the limit leaves', () => {
    const limit = { level: 'read-only', within: { repositories: [], namespaces: [account.name] } } as const
    expect(requireCatalog({ kind: 'token', grant: { account, access: [catalog], limit } })).toEqual({
      id: account.id,
      limit,
    })
    expect(
      requireCatalog({ kind: 'account', account: { ...account, isAdmin: false, limit }, proof: 'access token' }),
    ).toEqual({ id: account.id, limit })
  })

  const closed: Record<string, Caller> = {
    'a token without a claim': tokenWith(),
    'a claim on a repository': tokenWith(claim('alice/app', ...actions)),
    'a claim of another type': tokenWith({ ...catalog, type: 'repository' }),
    'a claim of another name': tokenWith({ ...catalog, name: 'catalogue' }),
    'a token of no account': { kind: 'token', grant: { account: undefined, access: [catalog] } },
    'a caller without a login': { kind: 'anonymous' },
  }
  for (const [who, caller] of Object.entries(closed)) {
    it(`is closed to ${who}`, () => {
      expect(() => requireCatalog(caller)).toThrow('list the repositories')
    })
  }
})
