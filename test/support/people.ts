/** Users, organizations, teams and repositories, made straight in D1; and those who act in their name. */
import { env } from 'cloudflare:workers'
import type { AccessLimit } from '../../src/access-limit.ts'
import { hashOpaqueToken, makeOpaqueToken } from '../../src/auth/opaque-token.ts'
import { hashPassword } from '../../src/auth/password.ts'
import { insertAccount, type AccountRecord } from '../../src/db/accounts/accounts.ts'
import { openDatabase } from '../../src/db/database.ts'
import type { Right } from '../../src/db/access/rights.ts'
import type { Viewer } from '../../src/db/repositories/visible-repositories.ts'
import { parseAccountName, type RepositoryName } from '../../src/names.ts'
import { findAccountId, tokenFor, withPassword, withToken, type Send } from './client.ts'

/** One exchange of JSON. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<Response>

export const asking =
  (client: Send): Ask =>
  (method, path, body) =>
    body === undefined ? client(method, path) : sendJson(client, method, path, body)

/** A request with a JSON body. */
export const sendJson = (client: Send, method: string, path: string, body: unknown): Promise<Response> =>
  client(method, path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** A user with a password, which costs hashing it. */
export async function anAccount(username: string, password: string, isAdmin = false): Promise<AccountRecord> {
  return insertAccount(
    openDatabase(env.DB),
    {
      name: parseAccountName(username),
      isOrganization: false,
      fullName: '',
      passwordHash: await hashPassword(password),
      isAdmin,
      isActive: true,
    },
    { by: '', now: 1 },
  )
}

export interface Person {
  readonly id: string
  readonly name: string
  /** As this person, who has a session. */
  readonly ask: Ask
  readonly client: Send
}

/** A user without a password, who has a session: good for the administrative API. */
export async function aPerson(name: string, { isAdmin = false, isActive = true } = {}): Promise<Person> {
  const id = await insertUser(name, isAdmin, isActive)
  const client = await aSession(name)
  return { id, name, client, ask: asking(client) }
}

/**
 * A user without a password, good for every endpoint: with a session at those of the administrative API, which the others do
 * not take, and with an access token there.
 */
export async function aUser(name: string, { isAdmin = false } = {}): Promise<Send> {
  await insertUser(name, isAdmin, true)
  const [byToken, bySession] = [await aLogin(name), await aSession(name)]
  return async (method, path, sending) =>
    /^\/(?:api|enzi|v1)\//.test(path) ? bySession(method, path, sending) : byToken(method, path, sending)
}

/** A session of a user. */
export async function aSession(name: string): Promise<Send> {
  const { secret, hash } = await makeOpaqueToken('session')
  const now = Date.now()
  await run(
    `INSERT INTO sessions (hash, account_id, expires_at, created_at, last_used_at)
     SELECT ?, id, ?, ?, ? FROM accounts WHERE name = ?`,
    hash,
    now + 3_600_000,
    now,
    now,
    name,
  )
  return withToken(secret)
}

/** A login of a user by an access token. */
export const aLogin = async (name: string): Promise<Send> => withPassword(name, await anAccessToken(name))

/** An access token of a user. */
export async function anAccessToken(name: string): Promise<string> {
  const { secret } = await makeOpaqueToken('access')
  await run(
    `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
     SELECT ?, id, 'login of a test', '', '', 1 FROM accounts WHERE name = ?`,
    await hashOpaqueToken(secret),
    name,
  )
  return secret
}

export interface Organization {
  readonly owners?: readonly string[]
  readonly members?: readonly string[]
  /** The members of each team, who become members of the organization too. */
  readonly teams?: Readonly<Record<string, readonly string[]>>
}

/** @returns its id */
export async function anOrganization(
  name: string,
  { owners = [], members = [], teams = {} }: Organization = {},
): Promise<string> {
  const id = crypto.randomUUID()
  await run('INSERT INTO accounts (id, name, is_organization, created_at) VALUES (?, ?, 1, 1)', id, name)
  for (const owner of owners) await aMember(id, { name: owner }, true)
  for (const member of [...members, ...Object.values(teams).flat()]) await aMember(id, { name: member })
  for (const [team, people] of Object.entries(teams)) {
    const teamId = await aTeam(id, team)
    for (const user of people) await aTeamMember(teamId, { name: user })
  }
  return id
}

/** Who is a member already stays what they are. */
export async function aMember(organizationId: string, { name }: Pick<Person, 'name'>, isAdmin = false): Promise<void> {
  await run(
    `INSERT INTO members (organization_id, user_id, is_admin)
     SELECT ?, id, ? FROM accounts WHERE name = ? ON CONFLICT DO NOTHING`,
    organizationId,
    Number(isAdmin),
    name,
  )
}

/** @returns its id */
export async function aTeam(organizationId: string, name: string): Promise<string> {
  const id = crypto.randomUUID()
  await run('INSERT INTO teams (id, organization_id, name, created_at) VALUES (?, ?, ?, 1)', id, organizationId, name)
  return id
}

/** The user must be a member of the organization. */
export async function aTeamMember(teamId: string, { name }: Pick<Person, 'name'>, isAdmin = false): Promise<void> {
  await run(
    `INSERT INTO team_members (team_id, organization_id, user_id, is_admin)
     SELECT teams.id, teams.organization_id, accounts.id, ? FROM teams, accounts WHERE teams.id = ? AND accounts.name = ?`,
    Number(isAdmin),
    teamId,
    name,
  )
}

/** A repository without content. */
export async function aRepository(name: string, { visibility = 'private' } = {}): Promise<void> {
  await run(
    'INSERT INTO repositories (name, namespace, visibility, created_at) VALUES (?, ?, ?, 1)',
    name,
    namespaceOf(name),
    visibility,
  )
}

/** Creates namespaces for tests without logins: organizations without members. */
export async function namespaces(...names: readonly string[]): Promise<void> {
  const insert = env.DB.prepare(
    'INSERT INTO accounts (id, name, is_organization, created_at) VALUES (?, ?, 1, 1) ON CONFLICT DO NOTHING',
  )
  await env.DB.batch(names.map((name) => insert.bind(crypto.randomUUID(), name)))
}

/** A client that may do everything in the repositories named, whose namespaces it makes if need be. */
export async function clientOf(...repositories: string[]): Promise<Send> {
  await namespaces('alice', ...repositories.map(namespaceOf))
  const access = repositories.map((name) => ({ type: 'repository', name, actions: ['pull', 'push', 'delete'] }))
  return withToken(await tokenFor('alice', access))
}

/** The right of an account to a repository, which it may make: both must be there, or the right is to nothing. */
export async function rightTo(repository: RepositoryName, holder = 'alice'): Promise<Right> {
  const namespaceId = (await findAccountId(namespaceOf(repository))) ?? ''
  const id = (await findAccountId(holder)) ?? ''
  return { repository, ground: { namespaceId }, holder: { id, name: parseAccountName(holder) }, scope: undefined }
}

/** An account as a viewer of lists. */
export const viewerOf = async (name: string | undefined, limit?: AccessLimit): Promise<Viewer> =>
  name === undefined ? undefined : { id: (await findAccountId(name)) ?? '', limit }

const namespaceOf = (repository: string): string => repository.split('/')[0] ?? ''

/** @returns its id */
async function insertUser(name: string, isAdmin: boolean, isActive: boolean): Promise<string> {
  const id = crypto.randomUUID()
  await run(
    'INSERT INTO accounts (id, name, is_admin, is_active, created_at) VALUES (?, ?, ?, ?, 1)',
    id,
    name,
    Number(isAdmin),
    Number(isActive),
  )
  return id
}

async function run(sql: string, ...values: unknown[]): Promise<void> {
  await env.DB.prepare(sql)
    .bind(...values)
    .run()
}
