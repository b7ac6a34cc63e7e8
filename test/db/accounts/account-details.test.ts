/** What is counted of organizations and teams: exactly where one is shown, at a bounded cost where many are. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { findAccountFacts, listAccounts } from '../../../src/db/accounts/account-details.ts'
import { openDatabase, type Database } from '../../../src/db/database.ts'
import { listOrganizationsOf } from '../../../src/db/accounts/organizations.ts'
import { findTeam, listTeams, listTeamsOf } from '../../../src/db/accounts/teams.ts'
import { rowsReadBy } from '../../support/counting.ts'

const db = openDatabase(env.DB)
const organizations = ['acme', 'beta', 'gamma']
const teams = ['developers', 'readers', 'testers']

/** The users `user-<from>` to `user-<to>`, who are in every organization, and in every team of `acme`. */
async function join(from: number, to: number): Promise<void> {
  const each = `WITH RECURSIVE users (n) AS (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT n + 1 FROM users WHERE n < ?2)`
  await env.DB.batch(
    [
      `INSERT INTO accounts (id, name, created_at) ${each} SELECT 'user-' || n, 'user-' || n, 1 FROM users`,
      `INSERT INTO members (organization_id, user_id) ${each} SELECT id, 'user-' || n FROM users, accounts
        WHERE is_organization = 1`,
      `INSERT INTO team_members (team_id, organization_id, user_id) ${each} SELECT teams.id, 'acme', 'user-' || n
        FROM users, teams`,
    ].map((statement) => env.DB.prepare(statement).bind(from, to)),
  )
}

beforeEach(async () => {
  const organization = env.DB.prepare(
    'INSERT INTO accounts (id, name, is_organization, created_at) VALUES (?1, ?1, 1, 1)',
  )
  const team = env.DB.prepare("INSERT INTO teams (id, organization_id, name, created_at) VALUES (?1, 'acme', ?1, 1)")
  await env.DB.batch([...organizations.map((name) => organization.bind(name)), ...teams.map((name) => team.bind(name))])
})

const page = { start: '', limit: 10 }
const lists: Record<string, (searched: Database) => Promise<{ membersCount: number; teamsCount?: number }[]>> = {
  'of organizations': async (searched) => {
    const query = { filter: 'orgs', prefix: '', descending: false, ...page } as const
    const { accounts } = await listAccounts(searched, query)
    return accounts.map(({ counts }) => ({ membersCount: counts?.members ?? 0, teamsCount: counts?.teams ?? 0 }))
  },
  'of the organizations of a user': async (searched) => {
    const found = await listOrganizationsOf(searched, 'user-1', page)
    return found.organizations.map(({ organization: { counts } }) => ({ membersCount: counts?.members ?? 0 }))
  },
  'of teams': async (searched) => {
    const found = await listTeams(searched, 'acme', page)
    return found.teams.map(({ membersCount }) => ({ membersCount }))
  },
  'of the teams of a member': async (searched) => {
    const found = await listTeamsOf(searched, 'acme', 'user-1', page)
    return found.teams.map(({ team: { membersCount } }) => ({ membersCount }))
  },
}

for (const [which, list] of Object.entries(lists)) {
  it(`a list ${which} counts up to 100 of each, however many there are`, async () => {
    await join(1, 7)
    expect((await list(db)).map(({ membersCount }) => membersCount)).toEqual([7, 7, 7])
    await join(8, 150)
    const read = await rowsReadBy(list)
    await join(151, 1500)
    expect((await list(db)).map(({ membersCount }) => membersCount)).toEqual([100, 100, 100])
    // The total of users, which stands beside the list of organizations, is counted once, not for each of them.
    expect(await rowsReadBy(list)).toBeLessThanOrEqual(read + (which === 'of organizations' ? 1350 : 0))
    expect(read).toBeLessThan(700)
  })
}

it('an organization and a team that are shown alone are counted far further', async () => {
  await join(1, 1234)
  const facts = await findAccountFacts(db, 'user-1', 'acme')
  expect(facts?.account.counts).toEqual({ members: 1234, teams: 3 })
  expect(await findTeam(db, 'readers')).toMatchObject({ membersCount: 1234 })
})
