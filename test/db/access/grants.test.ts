import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { listRepositoryGrants, listTeamGrants } from '../../../src/db/access/grants.ts'
import { listNamespaceGrants } from '../../../src/db/access/namespace-grants.ts'
import { parseAccountName } from '../../../src/names.ts'
import { anOrganization, aRepository } from '../../support/people.ts'
import { rowsReadBy } from '../../support/counting.ts'

const page = { from: '', limit: 11, isCounted: true }

/** An organization with three grants, and a registry with a lot besides. */
beforeEach(async () => {
  await anOrganization('acme', { teams: { developers: [] } })
  for (const name of ['acme/a', 'acme/b', 'acme/c']) await aRepository(name)
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO repository_grants (repository_id, team_id, rank)
       SELECT repositories.id, teams.id, 1 FROM repositories, teams WHERE teams.name = 'developers'`,
    ),
    env.DB.prepare(`UPDATE teams SET namespace_rank = 1`),
    env.DB.prepare(`INSERT INTO accounts (id, name, is_organization, created_at) VALUES ('other', 'another', 1, 1)`),
    env.DB.prepare(
      `INSERT INTO repositories (name, namespace, created_at)
       SELECT 'another/app' || value, 'another', 1 FROM json_each(?1)`,
    ).bind(JSON.stringify(Array.from({ length: 500 }, (_, at) => at))),
    env.DB.prepare(
      `INSERT INTO teams (id, organization_id, name, namespace_rank, created_at)
       SELECT 'team' || value, 'other', 'team' || value, 1, 1 FROM json_each(?1)`,
    ).bind(JSON.stringify(Array.from({ length: 500 }, (_, at) => at))),
  ])
})

it('a page of grants reads what was given, and nothing of the rest of the registry', async () => {
  const one = await env.DB.prepare(`SELECT repository_id AS id, team_id AS team FROM repository_grants LIMIT 1`).first<{
    id: number
    team: string
  }>()
  if (one === null) throw new Error('nothing was given')
  expect(await rowsReadBy((db) => listTeamGrants(db, one.team, '', page))).toBeLessThan(30)
  expect(await rowsReadBy((db) => listRepositoryGrants(db, one.id, '', page))).toBeLessThan(30)
  expect(await rowsReadBy((db) => listNamespaceGrants(db, parseAccountName('acme'), '', page))).toBeLessThan(30)
})
