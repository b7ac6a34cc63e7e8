/** How an account stands to namespaces and repositories when it has several grants, or rights elsewhere. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { findStandings } from '../../../src/db/access/standings.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { parseRepositoryName } from '../../../src/names.ts'
import { aPerson, anOrganization, aRepository } from '../../support/people.ts'

const db = openDatabase(env.DB)

/** Teams that are given each rank in turn, so that no order of their rows hides which one counts. */
const teams = ['middle', 'highest', 'lowest'] as const
const ranks = { lowest: 1, middle: 2, highest: 3 }

let olga: string

beforeEach(async () => {
  olga = (await aPerson('olga')).id
  await aPerson('other')
  await anOrganization('beta', { owners: ['other'] })
  await anOrganization('acme', { owners: ['olga'], teams: Object.fromEntries(teams.map((team) => [team, ['olga']])) })
  await aRepository('acme/app')
  await aRepository('beta/app')
})

const standings = () => findStandings(db, olga, ['acme/app', 'beta/app'].map(parseRepositoryName))

it('an owner of one organization is neither an owner nor a member of another one', async () => {
  expect(await standings()).toMatchObject([
    { name: 'acme/app', isMember: true, isOwner: true },
    { name: 'beta/app', isMember: false, isOwner: false },
  ])
})

it('the highest of several grants counts, on a repository and on its namespace', async () => {
  for (const team of teams) {
    await env.DB.prepare(
      `INSERT INTO repository_grants (repository_id, team_id, rank)
       SELECT repositories.id, teams.id, ?1 FROM repositories, teams WHERE repositories.name = 'acme/app' AND teams.name = ?2`,
    )
      .bind(ranks[team], team)
      .run()
  }
  expect(await standings()).toMatchObject([
    { repositoryLevel: 'admin', namespaceLevel: 'none' },
    { repositoryLevel: 'none', namespaceLevel: 'none' },
  ])
  for (const team of teams) {
    await env.DB.prepare('UPDATE teams SET namespace_rank = ? WHERE name = ?').bind(ranks[team], team).run()
  }
  expect(await standings()).toMatchObject([{ namespaceLevel: 'admin' }, { namespaceLevel: 'none' }])
})
