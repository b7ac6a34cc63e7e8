/** One valid request for each endpoint of the administrative API, so that tests can walk them all. */
import { env } from 'cloudflare:workers'
import { readClusterRow } from '../../src/db/cluster/cluster.ts'
import { openDatabase } from '../../src/db/database.ts'
import { existingOfCapabilities, factsOfCapabilities, statementsOfCapabilities } from './capability-endpoints.ts'
import { endpointOf } from './endpoints.ts'

const secret = 'f'.repeat(64)
const robot = 'robot.acme.ci'

/** A valid body for each operation that has one, so that nothing but access can be refused. */
const bodies: Record<string, unknown> = {
  'POST /api/v0/api_tokens': { tokenLabel: 'x' },
  'PATCH /api/v0/api_tokens/:hashedtoken': { tokenLabel: 'x' },
  'POST /api/v0/meta/settings': { createRepositoryOnPush: true },
  'POST /api/v0/admin/read_only': { on: true },
  'POST /api/v0/admin/replicas/:id/drill': { seconds: 60 },
  'POST /api/v0/jobs': { action: 'sleep', parameters: { seconds: 0 } },
  'POST /api/v0/crons': { action: 'sleep', schedule: '@daily' },
  'POST /api/v0/repositories/:namespace': { name: 'made' },
  'PATCH /api/v0/repositories/:namespace/:reponame': { shortDescription: 'x' },
  'PUT /api/v0/repositories/:namespace/:reponame/teamAccess/:teamname': { accessLevel: 'admin' },
  'PUT /api/v0/repositoryNamespaces/:namespace/teamAccess/:teamname': { accessLevel: 'admin' },
  'POST /enzi/v0/accounts': { name: 'made', password: 'password of made' },
  'PATCH /enzi/v0/accounts/:accountNameOrID': { fullName: 'x' },
  'POST /enzi/v0/accounts/:username/changePassword': { newPassword: 'another password' },
  'POST /enzi/v0/accounts/:orgname/serviceAccounts': { name: 'made' },
  'PATCH /enzi/v0/accounts/:orgname/serviceAccounts/:servicename': { isActive: false },
  'POST /enzi/v0/accounts/:orgname/serviceAccounts/:servicename/tokens': { tokenLabel: 'x' },
  'PUT /enzi/v0/config/sessions': { lifetimeMinutes: 60, renewalThresholdMinutes: 20, perUserLimit: 10 },
  'POST /enzi/v0/accounts/:orgname/teams': { name: 'made' },
  'PATCH /enzi/v0/accounts/:orgname/teams/:teamname': { description: 'x' },
  'PUT /enzi/v0/accounts/:orgname/members/:membername': { isAdmin: true },
  'PUT /enzi/v0/accounts/:orgname/teams/:teamname/members/:membername': { isAdmin: true },
}

/** What else a request may name. */
const queries: Record<string, string> = {
  'GET /api/v0/api_tokens': '?username=:username',
  'POST /api/v0/api_tokens': '?username=:username',
  'DELETE /api/v0/api_tokens': '?username=:username&generatedby=any&usedbefore=2030-01-01T00%3A00%3A00Z',
  'GET /api/v0/index/autocomplete': '?query=:reponame',
  'GET /api/v0/index/dockersearch': '?q=:reponame',
  'GET /v1/search': '?q=:reponame',
}

/** The path of an endpoint with the query of its valid request; names stand in it as `:reponame`. */
export const templateOf = (operation: string): string => `${endpointOf(operation).path}${queries[operation] ?? ''}`

/** Whether the valid request of an endpoint has a query. */
export const hasQuery = (operation: string): boolean => queries[operation] !== undefined

/** The body of the valid request of an endpoint, as JSON; undefined for endpoints that take none. */
export function bodyOf(operation: string): string | undefined {
  const body = bodies[operation] ?? factsOfCapabilities[operation]?.body
  return body === undefined ? undefined : JSON.stringify(body)
}

/** @param names by the parameters of paths, such as `reponame` */
export function targetOf(operation: string, names: Readonly<Record<string, string>>): string {
  return templateOf(operation).replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = names[name]
    if (value === undefined) throw new Error(`no value for :${name} of ${operation}`)
    return value
  })
}

/** The account of a path is root, the organization acme, and so on. */
export const existing: Record<string, string> = {
  namespace: 'acme',
  reponame: 'app',
  orgname: 'acme',
  username: 'root',
  accountNameOrID: 'root',
  membername: 'reader',
  teamname: 'developers',
  reference: 'latest',
  hashedtoken: secret,
  servicename: robot,
  servicetoken: 'd'.repeat(64),
  sessionID: 'a'.repeat(64),
  ...existingOfCapabilities,
  jobID: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
  action: 'onlinegc_joblogs',
  consumer: 'webhook',
  eventID: '7',
  id: 'set before each test',
}

/**
 * Makes what the requests name, for the repository acme/app with its image, the team developers and the account root,
 * which must be there.
 */
export async function whatRequestsName(): Promise<void> {
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO repository_grants (repository_id, team_id, rank)
       SELECT repositories.id, teams.id, 1 FROM repositories, teams`,
    ),
    env.DB.prepare(
      `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
       SELECT ?, id, 'of root', 'root', '', 1 FROM accounts WHERE name = 'root'`,
    ).bind(secret),
    env.DB.prepare(`INSERT INTO accounts (id, name, created_at) VALUES ('id of a robot', ?, 1)`).bind(robot),
    env.DB.prepare(
      `INSERT INTO service_accounts (account_id, organization_id, created_by, created_at)
       SELECT 'id of a robot', id, 'root', 1 FROM accounts WHERE name = 'acme'`,
    ),
    env.DB.prepare(
      `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
       VALUES (?, 'id of a robot', 'of a robot', 'root', '', 1)`,
    ).bind(existing['servicetoken']),
    env.DB.prepare(
      `INSERT INTO sessions (hash, account_id, expires_at) SELECT ?, id, ? FROM accounts WHERE name = 'root'`,
    ).bind(existing['sessionID'], Date.now() + 3_600_000),
    env.DB.prepare(
      `INSERT INTO jobs (id, status, action, scheduled_at, last_updated, retries_left, retries_total, capacity_map,
         parameters, deadline, stop_timeout, attempt, deaths, line_count)
       VALUES (?, 'waiting', 'sleep', ?, 1, 0, 0, '{}', '{}', '', '', 0, 0, 0)`,
    ).bind(existing['jobID'], Date.now() + 3_600_000),
    env.DB.prepare(
      `INSERT INTO crons (action, id, schedule, retries, capacity_map, parameters, deadline, stop_timeout, next_run)
       VALUES (?, 'a schedule', '@daily', 0, '{}', '{}', '', '', ?)`,
    ).bind(existing['action'], Date.now() + 3_600_000),
    env.DB.prepare(
      `INSERT INTO event_consumers (name, cursor, attempts, next_attempt_at, missed) VALUES (?, 7, 0, 0, 0)`,
    ).bind(existing['consumer']),
    env.DB.prepare(
      `INSERT INTO parked_events (consumer, event_id, published_at, actor, type, object_type, object_id, object_name,
         parked_at, reason, is_retried) VALUES (?, ?, 1, 'alice', 'CREATE', 'tag', 'id', 'latest', 1, 'refused', 0)`,
    ).bind(existing['consumer'], existing['eventID']),
    ...statementsOfCapabilities(env.DB),
  ])
  const [replica] = (await readClusterRow(openDatabase(env.DB)))?.members ?? []
  if (replica === undefined) throw new Error('there is no replica to name')
  existing.id = replica.id
}
