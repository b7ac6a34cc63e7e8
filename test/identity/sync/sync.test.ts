import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { updateAccount } from '../../../src/db/accounts/accounts.ts'
import { findOrganization } from '../../../src/db/accounts/organizations.ts'
import { DirectoryFault } from '../../../src/identity/ldap/faults.ts'
import { writeMemberSync } from '../../../src/identity/sync/member-syncs-store.ts'
import { syncAlerts } from '../../../src/identity/sync/alerts.ts'
import { allowAdministrators } from '../../../src/identity/sync/applying.ts'
import { writeAdministrators } from '../../../src/identity/sync/administrators-store.ts'
import { syncReadings } from '../../../src/identity/sync/readings.ts'
import { readSyncState, recordDone, recordUndone } from '../../../src/identity/sync/state-store.ts'
import { writeUsers } from '../../../src/identity/sync/users-store.ts'
import { parseAccountName, parseTeamName } from '../../../src/names.ts'
import { anOrganization, aTeam } from '../../support/people.ts'
import { aDirectoryUser, byGroup, MemoryDirectory, sync, users } from './memory-directory.ts'

const db = openDatabase(env.DB)

async function all<Row>(query: string, ...parameters: readonly unknown[]): Promise<Row[]> {
  const { results } = await env.DB.prepare(query)
    .bind(...parameters)
    .all<Row>()
  return results
}

const names = async (query: string): Promise<string[]> =>
  (await all<{ name: string }>(`SELECT name FROM accounts WHERE ${query} ORDER BY name`)).map(({ name }) => name)

const imported = async (): Promise<string[]> => names('is_imported = 1 AND is_active = 1')

const membersOf = async (team: string): Promise<string[]> =>
  (
    await all<{ name: string }>(
      `SELECT accounts.name FROM team_members JOIN teams ON teams.id = team_id JOIN accounts ON accounts.id = user_id
       WHERE teams.name = ? ORDER BY accounts.name`,
      team,
    )
  ).map(({ name }) => name)

/** All that a sync could change, and its events. */
const everything = async (): Promise<unknown> => ({
  accounts: await all('SELECT * FROM accounts ORDER BY id'),
  identities: await all('SELECT * FROM identities ORDER BY subject'),
  members: await all('SELECT * FROM members ORDER BY organization_id, user_id'),
  teamMembers: await all('SELECT * FROM team_members ORDER BY team_id, user_id'),
  tokens: await all('SELECT * FROM access_tokens ORDER BY hash'),
  sessions: await all('SELECT * FROM sessions ORDER BY hash'),
  events: await all("SELECT * FROM events WHERE object_type <> 'job' ORDER BY id"),
})

let directory: MemoryDirectory
let acme = ''
beforeEach(() => {
  directory = new MemoryDirectory()
})

const setting = (group: string) => ({ options: byGroup(group), isEnabled: true })

/** Syncs a team of acme with a group. */
async function syncTeam(team: string, group: string): Promise<void> {
  const found = await findOrganization(db, '', parseAccountName('acme'), parseTeamName(team))
  if (found?.team === undefined) throw new Error(`there is no team ${team}`)
  await writeMemberSync(db, { organization: found.organization, team: found.team }, setting(group), { by: '', now: 1 })
}

async function syncOwners(group: string): Promise<void> {
  const found = await findOrganization(db, '', parseAccountName('acme'), undefined)
  if (found === undefined) throw new Error('there is no organization')
  await writeMemberSync(db, { organization: found.organization, team: undefined }, setting(group), { by: '', now: 1 })
}

describe('a sync of users', () => {
  it('makes accounts, and does nothing the second time', async () => {
    directory.searches = [users('ada', 'bob'), users('bob', 'carl')]
    const { status, log } = await sync(directory)
    expect(status).toBe('done')
    expect(await imported()).toEqual(['ada', 'bob', 'carl'])
    expect(log).toContain('created: ada, bob')
    expect(await all("SELECT full_name FROM accounts WHERE name = 'ada'")).toEqual([{ full_name: 'Full ada' }])
    expect(await all("SELECT type FROM events WHERE object_type = 'account' AND object_name = 'ada'")).toHaveLength(1)
    const before = await everything()
    expect((await sync(directory)).status).toBe('done')
    expect(await everything()).toEqual(before)
    expect(await all('SELECT 1 FROM found_users')).toEqual([])
  })

  it('leaves a user inactive whom an administrator deactivated after a sync had done so', async () => {
    directory.searches = [users('ada', 'bob')]
    await sync(directory)
    directory.searches = [users('bob')]
    await sync(directory)
    const [ada] = await all<{ id: string }>("SELECT id FROM accounts WHERE name = 'ada' AND is_active = 0")
    for (const isActive of [true, false]) await updateAccount(db, ada?.id ?? '', { isActive }, { by: '', now: 1 })
    directory.searches = [users('ada', 'bob')]
    await sync(directory)
    expect(await imported()).toEqual(['bob'])
  })

  it('writes what a directory names into one line of its log, without what a terminal obeys', async () => {
    const name = 'two words'
    directory.searches = [
      [{ ...aDirectoryUser(name), dn: 'cn=x\n2026-01-01T00:00:00Z canceled by admin\u001b[2J,dc=example' }],
    ]
    const { log } = await sync(directory)
    expect(log.join('|')).toContain('canceled by admin')
    for (const control of ['\n', '\u001b']) expect(log.join('|')).not.toContain(control)
  })

  it('keeps the account of a renamed user, and refuses a name that is taken', async () => {
    directory.searches = [users('ada', 'bob')]
    await sync(directory)
    directory.searches = [
      [aDirectoryUser('lovelace', 'id-ada'), aDirectoryUser('ada', 'id-other'), aDirectoryUser('bob')],
    ]
    const { log } = await sync(directory)
    expect(await imported()).toEqual(['ada', 'bob'])
    expect(log).toContain('renamed: ada logs in as lovelace, and keeps the account and the namespace ada')
    expect(log.filter((line) => line.startsWith('no account for uid=ada,'))).toHaveLength(1)
    expect(await all("SELECT name FROM identities WHERE subject = 'id-ada'")).toEqual([{ name: 'lovelace' }])
  })

  it('ends what a vanished user logs in with, and takes the user back', async () => {
    directory.searches = [users('ada', 'bob')]
    await sync(directory)
    await env.DB.batch([
      env.DB.prepare(
        "INSERT INTO sessions (hash, account_id, expires_at) SELECT 'h', id, 99999999999999 FROM accounts WHERE name = 'bob'",
      ),
      env.DB.prepare(
        `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
         SELECT 'h', id, 'ci', 'bob', '', 1 FROM accounts WHERE name = 'bob'`,
      ),
    ])
    directory.searches = [users('ada')]
    directory.makesAccounts = false
    await sync(directory)
    expect(await imported()).toEqual(['ada'])
    expect(await all("SELECT 1 FROM sessions WHERE hash = 'h'")).toEqual([])
    expect(await all("SELECT is_active FROM access_tokens WHERE hash = 'h'")).toEqual([{ is_active: 0 }])
    expect(await all("SELECT object_name FROM events WHERE object_type = 'token'")).toEqual([{ object_name: 'bob/ci' }])
    directory.searches = [users('ada', 'bob')]
    await sync(directory)
    expect(await imported()).toEqual(['ada', 'bob'])
  })

  it('leaves users alone that the registry made itself', async () => {
    await env.DB.prepare("INSERT INTO accounts (id, name, created_at) VALUES ('1', 'zoe', 1)").run()
    directory.searches = [users('ada', 'zoe')]
    const { log } = await sync(directory)
    expect(await names('is_imported = 0')).toContain('zoe')
    expect(await imported()).toEqual(['ada'])
    expect(log.some((line) => line.includes('another account has the name zoe'))).toBe(true)
    directory.searches = [users('ada')]
    await sync(directory)
    expect(await names("name = 'zoe' AND is_active = 1")).toEqual(['zoe'])
  })
})

describe('a sync that must not be believed', () => {
  it('changes nothing when a search finds no user, and tells it', async () => {
    directory.searches = [users('ada', 'bob', 'carl')]
    await sync(directory)
    const before = await everything()
    directory.searches = [[]]
    const { status, log } = await sync(directory)
    expect(status).toBe('errored')
    expect(log.at(-1)).toContain('the search search 0 finds 0 entries, before 3')
    expect(await everything()).toEqual(before)
    expect((await readSyncState(db))?.outcome).toBe('held')
    // The next one that is whole is carried out.
    directory.searches = [users('ada', 'bob')]
    expect((await sync(directory)).status).toBe('done')
    expect(await readSyncState(db)).toMatchObject({ outcome: 'done', reason: '' })
    expect(await imported()).toEqual(['ada', 'bob'])
  })

  it('changes nothing below the share of an administrator, unless it is forced', async () => {
    directory.searches = [users('ada', 'bob', 'carl')]
    await sync(directory)
    directory.searches = [users('ada')]
    expect((await sync(directory)).status).toBe('errored')
    expect(await imported()).toEqual(['ada', 'bob', 'carl'])
    expect((await sync(directory, { force: true })).status).toBe('done')
    expect(await imported()).toEqual(['ada'])
  })

  it('changes nothing when the directory dies at any question', async () => {
    acme = await anOrganization('acme')
    await aTeam(acme, 'dev')
    await syncTeam('dev', 'cn=dev')
    directory.pageSize = 2
    directory.groups = { 'cn=dev': ['ada', 'bob'] }
    directory.searches = [users('ada', 'bob', 'carl'), users('dora', 'emil')]
    await sync(directory)
    const whole = directory.questions
    expect(whole).toBe(4)
    const before = await everything()
    directory.searches = [users('ada', 'bob', 'fritz'), users('dora', 'gerd')]
    directory.groups = { 'cn=dev': ['fritz', 'gerd'] }
    for (let answers = 0; answers < whole; answers++) {
      directory.answersLeft = answers
      const { status, log } = await sync(directory)
      expect({ answers, status, line: log.at(-1) }).toEqual({
        answers,
        status: 'errored',
        line: 'failed: the directory went away',
      })
      expect(await everything()).toEqual(before)
      expect((await readSyncState(db))?.outcome).toBe('failed')
    }
    directory.answersLeft = Infinity
    expect((await sync(directory)).status).toBe('done')
    expect(await membersOf('dev')).toEqual(['fritz', 'gerd'])
  })

  it('changes nothing in a dry run, which says what a sync would do', async () => {
    acme = await anOrganization('acme')
    await aTeam(acme, 'dev')
    await syncTeam('dev', 'cn=dev')
    directory.groups = { 'cn=dev': ['ada'] }
    directory.searches = [users('ada', 'bob')]
    await sync(directory)
    const before = await everything()
    directory.searches = [users('ada', 'carl')]
    directory.groups = { 'cn=dev': ['bob', 'ada'] }
    const { status, log } = await sync(directory, { dryRun: true })
    expect(status).toBe('done')
    expect(await everything()).toEqual(before)
    expect(log).toContain('created: carl')
    expect(log.at(-1)).toBe(
      'would be done: accounts created: 1, updated: 0, reactivated: 0, deactivated: 1, administrators appointed: 0, dismissed: 0, memberships added: 0, removed: 0',
    )
  })

  it('changes no team and no administrator in a dry run', async () => {
    acme = await anOrganization('acme')
    await aTeam(acme, 'dev')
    await syncTeam('dev', 'cn=dev')
    directory.groups = { 'cn=dev': ['ada'], 'cn=admins': ['bob'] }
    directory.searches = [users('ada', 'bob')]
    await sync(directory)
    const before = await everything()
    directory.administrators = byGroup('cn=admins')
    directory.groups = { 'cn=dev': ['bob'], 'cn=admins': ['bob'] }
    const { log } = await sync(directory, { dryRun: true })
    expect(await everything()).toEqual(before)
    expect(log).toContain('the team acme/dev: joined: bob; left: ada')
    expect(log.at(-1)).toContain('administrators appointed: 1, dismissed: 0, memberships added: 1, removed: 1')
  })
})

describe('a sync of administrators', () => {
  it('never dismisses the last active one, whatever was counted before', async () => {
    const zoe = {
      target: 'leave',
      targetName: '',
      userId: '1',
      name: parseAccountName('zoe'),
      change: 'leave',
    } as const
    expect(allowAdministrators([{ ...zoe, isActive: true }], 1)).toEqual({
      allowed: [],
      lines: ['kept zoe as an administrator: no other active one is left'],
    })
    expect(allowAdministrators([{ ...zoe, isActive: true }], 2).allowed).toHaveLength(1)
    await env.DB.prepare("INSERT INTO accounts (id, name, created_at, is_admin) VALUES ('1', 'zoe', 1, 1)").run()
    const changes = { created: [], updated: [], reactivated: [], deactivated: ['1'] }
    await expect(writeUsers(db, changes, 2)).rejects.toThrow()
    await expect(writeAdministrators(db, [zoe], 2)).rejects.toThrow()
    expect(await names('is_admin = 1 AND is_active = 1')).toEqual(['zoe'])
    await env.DB.prepare("INSERT INTO accounts (id, name, created_at, is_admin) VALUES ('2', 'yan', 1, 1)").run()
    await writeUsers(db, changes, 2)
    expect(await names('is_admin = 1 AND is_active = 1')).toEqual(['yan'])
  })

  it('appoints and dismisses users of the directory, and no others', async () => {
    await env.DB.prepare("INSERT INTO accounts (id, name, created_at, is_admin) VALUES ('1', 'zoe', 1, 1)").run()
    directory.searches = [users('ada', 'bob', 'carl')]
    directory.administrators = byGroup('cn=admins')
    directory.groups = { 'cn=admins': ['ada', 'bob'] }
    await sync(directory)
    expect(await names('is_admin = 1')).toEqual(['ada', 'bob', 'zoe'])
    directory.groups = { 'cn=admins': ['bob', 'carl'] }
    await sync(directory)
    expect(await names('is_admin = 1')).toEqual(['bob', 'carl', 'zoe'])
    // A group that is suddenly empty, or gone, dismisses no administrator.
    directory.groups = { 'cn=admins': [] }
    const { log } = await sync(directory)
    expect(log).toContain('left the administrators as it is: the directory names 0 users for it, before 2')
    directory.groups = {}
    await sync(directory)
    expect(await names('is_admin = 1')).toEqual(['bob', 'carl', 'zoe'])
  })
})

describe('a sync of teams', () => {
  beforeEach(async () => {
    acme = await anOrganization('acme')
    await aTeam(acme, 'dev')
    await syncTeam('dev', 'cn=dev')
  })

  it('follows the group, and leaves local members', async () => {
    await env.DB.batch([
      env.DB.prepare("INSERT INTO accounts (id, name, created_at) VALUES ('1', 'zoe', 1)"),
      env.DB.prepare("INSERT INTO members SELECT id, '1', 0 FROM accounts WHERE name = 'acme'"),
      env.DB.prepare("INSERT INTO team_members SELECT id, organization_id, '1', 0 FROM teams WHERE name = 'dev'"),
    ])
    directory.searches = [users('ada', 'bob', 'carl')]
    directory.groups = { 'cn=dev': ['ada', 'bob', 'stranger'] }
    const { log } = await sync(directory)
    expect(await membersOf('dev')).toEqual(['ada', 'bob', 'zoe'])
    expect(log).toContain('the team acme/dev: joined: ada, bob')
    directory.groups = { 'cn=dev': ['bob', 'carl'] }
    await sync(directory)
    expect(await membersOf('dev')).toEqual(['bob', 'carl', 'zoe'])
    const before = await everything()
    await sync(directory)
    expect(await everything()).toEqual(before)
  })

  it('leaves a team whose group is empty or gone, and goes on with the others', async () => {
    await aTeam(acme, 'ops')
    await syncTeam('ops', 'cn=ops')
    directory.searches = [users('ada', 'bob')]
    directory.groups = { 'cn=dev': ['ada'], 'cn=ops': ['ada'] }
    await sync(directory)
    directory.groups = { 'cn=dev': [], 'cn=ops': ['bob'] }
    const { status, log } = await sync(directory)
    expect(status).toBe('done')
    expect(log).toContain('left the team acme/dev as it is: the directory names 0 users for it, before 1')
    expect([await membersOf('dev'), await membersOf('ops')]).toEqual([['ada'], ['bob']])
    directory.groups = { 'cn=ops': ['bob', 'ada'] }
    expect((await sync(directory)).log).toContain('left the team acme/dev as it is: the directory does not have cn=dev')
    expect(await membersOf('dev')).toEqual(['ada'])
  })

  // Owners of organizations choose what their teams are synced with: they must not end the sync of all others.
  it.each([
    new DirectoryFault('search', 'refused', { code: 34 }),
    new DirectoryFault('search', 'not-permitted', { code: 50 }),
    new DirectoryFault('search', 'timeout', { code: 3 }),
  ])('leaves a team as it is that the directory refuses to name: %s', async (fault) => {
    await aTeam(acme, 'ops')
    await syncTeam('ops', 'cn=ops')
    directory.searches = [users('ada', 'bob')]
    directory.groups = { 'cn=dev': ['ada'], 'cn=ops': ['ada'] }
    await sync(directory)
    directory.searches = [users('ada')]
    directory.faults = { 'cn=dev': fault }
    const { status, log } = await sync(directory)
    expect(status).toBe('done')
    expect(log.join('\n')).toContain(`left the team acme/dev as it is: ${fault.advice}`)
    expect(await imported()).toEqual(['ada'])
  })

  it('changes nothing when the connection breaks at a team', async () => {
    directory.searches = [users('ada', 'bob')]
    directory.groups = { 'cn=dev': ['ada'] }
    await sync(directory)
    directory.searches = [users('ada')]
    directory.faults = { 'cn=dev': new DirectoryFault('search', 'closed') }
    expect((await sync(directory)).status).toBe('errored')
    expect(await imported()).toEqual(['ada', 'bob'])
  })

  it('says that a group names no user whom a search finds, as one that holds names does', async () => {
    directory.searches = [users('ada')]
    directory.groups = { 'cn=dev': ['stranger', 'another'] }
    const { log } = await sync(directory)
    expect(log.filter((line) => line.startsWith('no search finds a user among the 2 entries'))).toHaveLength(1)
    directory.groups = { 'cn=dev': ['stranger', 'ada'] }
    expect((await sync(directory)).log.join()).not.toContain('no search finds a user among')
  })

  it('alerts of a team that was left as it is, until a sync follows its group again', async () => {
    directory.searches = [users('ada', 'bob')]
    directory.groups = { 'cn=dev': ['ada'] }
    await sync(directory)
    expect(await syncAlerts({ db })).toEqual([])
    directory.groups = { 'cn=dev': [] }
    await sync(directory)
    const [alert] = await syncAlerts({ db })
    expect(alert).toMatchObject({ id: 'directory_sync_left', class: 'warning' })
    expect(alert?.message).toContain('left the team acme/dev as it is: the directory names 0 users for it, before 1')
    directory.groups = {}
    await sync(directory)
    expect((await syncAlerts({ db }))[0]?.message).toContain('the directory does not have cn=dev')
    directory.groups = { 'cn=dev': [] }
    await sync(directory, { force: true })
    expect(await membersOf('dev')).toEqual([])
    expect(await syncAlerts({ db })).toEqual([])
  })

  it('makes owners, and members only through teams', async () => {
    await syncOwners('cn=owners')
    directory.searches = [users('ada', 'bob', 'carl')]
    directory.groups = { 'cn=dev': ['bob'], 'cn=owners': ['ada', 'bob'] }
    const roles = async (): Promise<unknown> =>
      all(`SELECT accounts.name, members.is_admin AS owner FROM members JOIN accounts ON accounts.id = user_id
           WHERE is_imported = 1 ORDER BY name`)
    await sync(directory)
    expect(await roles()).toEqual([
      { name: 'ada', owner: 1 },
      { name: 'bob', owner: 1 },
    ])
    directory.groups = { 'cn=dev': ['bob'], 'cn=owners': ['carl'] }
    await sync(directory)
    expect(await roles()).toEqual([
      { name: 'bob', owner: 0 },
      { name: 'carl', owner: 1 },
    ])
    const before = await everything()
    await sync(directory)
    expect(await everything()).toEqual(before)
  })
})

describe('the log of a sync', () => {
  it('names users, teams and organizations in the order of their names, whatever their ids', async () => {
    acme = await anOrganization('acme')
    const teams = ['ops', 'dev', 'qa', 'all', 'web']
    for (const team of teams) {
      await aTeam(acme, team)
      await syncTeam(team, `cn=${team}`)
    }
    await syncOwners('cn=owners')
    const people = ['zoe', 'ada', 'mia', 'bob', 'eve', 'carl', 'dora']
    const sorted = people.toSorted()
    const joined = sorted.join(', ')
    directory.searches = [people.map((name, at) => aDirectoryUser(name, `id-${at}`))]
    directory.administrators = byGroup('cn=admins')
    directory.groups = Object.fromEntries([...teams, 'owners', 'admins'].map((group) => [`cn=${group}`, people]))
    const { log } = await sync(directory)
    expect(log).toContain(`created: ${joined}`)
    expect(log.filter((line) => line.startsWith('appointed'))).toEqual(
      sorted.map((name) => `appointed ${name} as an administrator`),
    )
    expect(log.filter((line) => line.startsWith('the team'))).toEqual(
      teams.toSorted().map((team) => `the team acme/${team}: joined: ${joined}`),
    )
    expect(log).toContain(`the owners of acme: joined: ${joined}`)
    directory.groups = { 'cn=admins': ['ada'] }
    directory.searches = [[aDirectoryUser('ada', 'id-1')]]
    const { log: last } = await sync(directory, { force: true })
    expect(last.filter((line) => line.startsWith('deactivated'))).toEqual(
      sorted.slice(1).map((name) => `deactivated ${name}: no search finds uid=${name},ou=people,dc=example`),
    )
    expect(last.filter((line) => line.startsWith('left the'))).toEqual([
      'left the owners of acme as it is: the directory does not have cn=owners',
      ...teams.toSorted().map((team) => `left the team acme/${team} as it is: the directory does not have cn=${team}`),
    ])
    expect(last.filter((line) => line.startsWith('dismissed'))).toEqual(
      sorted.slice(1).map((name) => `dismissed the administrator ${name}`),
    )
  })
})

describe('the numbers of syncs', () => {
  const numbers = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await syncReadings({ db })).map(({ name, value }) => [name.replace('breakwater_directory_sync_', ''), value]),
    )

  it('are none before the first, and then those of all, each job once', async () => {
    expect(await numbers()).toEqual({})
    directory.searches = [users('ada', 'bob', 'carl')]
    directory.answersLeft = 0
    await sync(directory)
    expect(await numbers()).toMatchObject({ last_success_timestamp_seconds: 0, duration_seconds: 0, failures_total: 1 })
    directory.answersLeft = Infinity
    const before = Date.now()
    await sync(directory, { dryRun: true })
    expect(await numbers()).toMatchObject({ users_created_total: 0 })
    await sync(directory)
    directory.searches = [users('ada', 'bob', 'dora')]
    await sync(directory)
    directory.searches = [[]]
    await sync(directory)
    const told = await numbers()
    expect(told).toMatchObject({ users_created_total: 4, users_deactivated_total: 1, failures_total: 2 })
    expect(told['last_success_timestamp_seconds']).toBeGreaterThanOrEqual(before / 1000)
    expect(told['duration_seconds']).toBeGreaterThan(0)
    expect(told['duration_seconds']).toBeLessThan(60)
  })

  it('do not count a job again that records its end again', async () => {
    const done = { jobId: 'one', searches: [], left: '', counts: { created: 2, deactivated: 1 }, startedAt: 1000 }
    const failed = { outcome: 'failed', reason: 'the directory is away', jobId: 'two', now: 4000 } as const
    for (const now of [2500, 3000]) await recordDone(db, { ...done, now })
    for (let time = 0; time < 2; time++) await recordUndone(db, failed)
    expect(await numbers()).toEqual({
      last_success_timestamp_seconds: 3,
      duration_seconds: 2,
      users_created_total: 2,
      users_deactivated_total: 1,
      failures_total: 1,
    })
  })
})
