import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DirectoryUser } from '../../../src/identity/sync/staging-store.ts'
import { planUsers, type NameVerdict, type UserStep } from '../../../src/identity/sync/plan.ts'
import type { KnownUser, Pair } from '../../../src/identity/sync/users-store.ts'
import { isAccountName, parseAccountName } from '../../../src/names.ts'

const accountNameFor = (name: string): NameVerdict =>
  isAccountName(name) ? { name } : { refused: `${name} is no name of an account` }

const user = (subject: string, name: string): DirectoryUser => ({ subject, name, fullName: name, dn: `uid=${name}` })

const known = (subject: string, name: string, more: Partial<KnownUser> = {}): KnownUser => ({
  ...user(subject, name),
  accountId: `account-${subject}`,
  accountName: parseAccountName(name),
  isActive: true,
  isAdmin: false,
  isVanished: false,
  isLocal: false,
  ...more,
})

const rules = { makesAccounts: true, accountNameFor, administrators: 2 }
const plan = (pair: Partial<Pair>, more: Partial<typeof rules> = {}) =>
  planUsers([{ found: undefined, known: undefined, isTaken: false, ...pair }], { ...rules, ...more })

describe('a user that the directory shows', () => {
  it('gets an account', () => {
    expect(plan({ found: user('1', 'ada') }).steps).toEqual([
      { kind: 'create', user: user('1', 'ada'), accountName: 'ada' },
    ])
  })

  it('gets none from a sync while logins make accounts', () => {
    expect(plan({ found: user('1', 'ada') }, { makesAccounts: false })).toEqual({ steps: [], lines: [] })
  })

  it('gets none under a name that an account has, or that no account can have, and the log says so', () => {
    const taken = plan({ found: user('1', 'ada'), isTaken: true })
    expect(taken.steps).toEqual([])
    expect(taken.lines).toEqual([
      'no account for uid=ada: another account has the name ada; change the name in the directory, or delete that account',
    ])
    expect(plan({ found: user('1', '_ada') }).lines).toEqual(['no account for uid=_ada: _ada is no name of an account'])
  })

  it('is told one by one up to a bound where many get none, as machines do at each sync', () => {
    const pairs = Array.from({ length: 150 }, (_, at) => ({ found: user(`${at}`, `pc${at}$`) }))
    const { lines } = planUsers(
      pairs.map(({ found }) => ({ known: undefined, isTaken: false, found })),
      rules,
    )
    expect(lines).toHaveLength(101)
    expect(lines.at(-1)).toBe('no account for 50 more: narrow the search if they are no users')
  })

  it('keeps account and namespace under a new name', () => {
    const renamed = plan({ found: user('1', 'lovelace'), known: known('1', 'ada') }, { makesAccounts: false })
    expect(renamed.steps).toEqual([{ kind: 'update', accountId: 'account-1', user: user('1', 'lovelace') }])
    expect(renamed.lines).toEqual(['renamed: ada logs in as lovelace, and keeps the account and the namespace ada'])
  })

  it('comes back if a sync deactivated it, and not if an administrator did', () => {
    const back = plan({ found: user('1', 'ada'), known: known('1', 'ada', { isActive: false, isVanished: true }) })
    expect(back.steps).toEqual([{ kind: 'reactivate', accountId: 'account-1' }])
    expect(plan({ found: user('1', 'ada'), known: known('1', 'ada', { isActive: false }) }).steps).toEqual([])
  })
})

describe('a user that vanished', () => {
  it('is deactivated, also while logins make accounts', () => {
    for (const makesAccounts of [true, false]) {
      expect(plan({ known: known('1', 'ada') }, { makesAccounts }).steps).toEqual([
        { kind: 'deactivate', accountId: 'account-1' },
      ])
    }
  })

  it('is left alone if it is a user of the registry', () => {
    const local = known('1', 'ada', { isLocal: true })
    expect(plan({ known: local }).steps).toEqual([])
    expect(plan({ known: local, found: user('1', 'lovelace') }).steps).toEqual([])
  })

  it('stays as the last administrator', () => {
    const two = ['1', '2'].map((subject) => ({
      found: undefined,
      known: known(subject, `user${subject}`, { isAdmin: true }),
      isTaken: false,
    }))
    const { steps, lines } = planUsers(two, rules)
    expect(steps).toEqual([{ kind: 'deactivate', accountId: 'account-1' }])
    expect(lines.at(-1)).toBe('kept user2, who vanished (uid=user2): it is the last active administrator')
  })
})

/** What the registry knows of a user, in the simplest form: the model says what must be after a sync. */
interface World {
  readonly directory: ReadonlyMap<string, DirectoryUser>
  readonly registry: ReadonlyMap<string, KnownUser>
  readonly localNames: ReadonlySet<string>
}

const subjects = ['1', '2', '3', '4', '5', '6', '7', '8']
const worlds = fc
  .record({
    found: fc.uniqueArray(fc.constantFrom(...subjects)),
    moved: fc.uniqueArray(fc.constantFrom(...subjects)),
    known: fc.array(
      fc.record({
        subject: fc.constantFrom(...subjects),
        isActive: fc.boolean(),
        isAdmin: fc.boolean(),
        isVanished: fc.boolean(),
      }),
    ),
    local: fc.uniqueArray(fc.constantFrom(...subjects)),
  })
  .map(({ found, moved, known: some, local }): World => {
    const registry = new Map(some.map((one) => [one.subject, known(one.subject, `user${one.subject}`, one)]))
    const localNames = local.filter((subject) => !registry.has(subject)).map((subject) => `user${subject}`)
    const directory = found.map((subject): [string, DirectoryUser] => [
      subject,
      user(subject, moved.includes(subject) ? `moved${subject}` : `user${subject}`),
    ])
    return { directory: new Map(directory), registry, localNames: new Set(localNames) }
  })

const activeAdministrators = (registry: ReadonlyMap<string, KnownUser>, local: number): number =>
  local + [...registry.values()].filter(({ isAdmin, isActive }) => isAdmin && isActive).length

function carryOut(registry: Map<string, KnownUser>, step: UserStep): void {
  if (step.kind === 'create') {
    const { user: made, accountName } = step
    const { subject } = made
    const account = {
      accountId: `account-${subject}`,
      accountName,
      isActive: true,
      isAdmin: false,
      isVanished: false,
      isLocal: false,
    }
    registry.set(subject, { ...made, ...account })
    return
  }
  const one = [...registry.values()].find(({ accountId }) => accountId === step.accountId)
  if (one === undefined) throw new Error(`a step for an unknown account ${step.accountId}`)
  const changes = {
    update: () => (step.kind === 'update' ? step.user : {}),
    reactivate: () => ({ isActive: true, isVanished: false }),
    deactivate: () => ({ isActive: false, isVanished: true }),
  }
  registry.set(one.subject, { ...one, ...changes[step.kind]() })
}

/** Syncs in slices of a size, each decided on the registry as it is then. */
function sync(world: World, size: number, options: { makesAccounts: boolean; local: number }) {
  const registry = new Map(world.registry)
  let count = 0
  for (let at = 0; at < subjects.length; at += size) {
    const names = new Set([
      ...world.localNames,
      ...[...registry.values()].map(({ accountName }) => String(accountName)),
    ])
    const pairs = subjects.slice(at, at + size).map((subject): Pair => {
      const found = world.directory.get(subject)
      const isTaken = found !== undefined && names.has(found.name)
      return { found, known: registry.get(subject), isTaken }
    })
    const administrators = activeAdministrators(registry, options.local)
    const { steps } = planUsers(pairs, { makesAccounts: options.makesAccounts, accountNameFor, administrators })
    for (const step of steps) carryOut(registry, step)
    count += steps.length
  }
  return { registry, count }
}

/** Tells whether a user is active after a sync, without the rule of the last administrator. */
function isActiveAfter(before: KnownUser, isFound: boolean): boolean {
  if (!isFound) return false
  return before.isActive || before.isVanished
}

describe('a sync of users', () => {
  const options = fc.record({ makesAccounts: fc.boolean(), local: fc.integer({ min: 0, max: 1 }) })

  it('comes to what the model says, in slices of any size, and is at rest then', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 8 }), options, (world, size, given) => {
        const { registry } = sync(world, size, given)
        for (const subject of subjects) {
          const [found, before, after] = [world.directory, world.registry, registry].map((one) => one.get(subject))
          if (before === undefined) {
            const isMade = found !== undefined && given.makesAccounts && !world.localNames.has(found.name)
            expect(after !== undefined).toBe(isMade)
            continue
          }
          const expected = found === undefined ? before : { ...before, ...found }
          expect(after).toMatchObject({ name: expected.name, dn: expected.dn, accountName: `user${subject}` })
        }
        // An administrator who was kept as the last one may go when another has come back after it, in the same slice too.
        const second = sync({ ...world, registry }, size, given)
        expect(second.count).toBeLessThanOrEqual(1)
        expect(sync({ ...world, registry: second.registry }, size, given).count).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('deactivates exactly the vanished, but never the last active administrator', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 8 }), options, (world, size, given) => {
        const { registry } = sync(world, size, given)
        const kept: string[] = []
        for (const [subject, before] of world.registry) {
          const isFound = world.directory.has(subject)
          const isActive = registry.get(subject)?.isActive === true
          if (isActive !== isActiveAfter(before, isFound)) {
            kept.push(subject)
            expect({ isActive, isAdmin: before.isAdmin, isFound }).toEqual({
              isActive: true,
              isAdmin: true,
              isFound: false,
            })
          }
        }
        expect(kept.length).toBeLessThanOrEqual(1)
        if (activeAdministrators(world.registry, given.local) > 0) {
          expect(activeAdministrators(registry, given.local)).toBeGreaterThan(0)
        }
        // One is kept only while no other one is left.
        if (kept.length === 1 && size === subjects.length) {
          expect(given.local).toBe(0)
        }
      }),
      { numRuns: 500 },
    )
  })
})
