/** People and organisations for tests, made straight in D1: no password has to be hashed. */
import { env } from 'cloudflare:workers'
import { makeOpaqueToken } from '../../src/auth/opaque-token.ts'
import { withToken, type Send } from './client.ts'

/** One exchange of JSON. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<Response>

export const asking =
  (client: Send): Ask =>
  (method, path, body) =>
    body === undefined
      ? client(method, path)
      : client(method, path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

export interface Person {
  readonly id: string
  readonly name: string
  /** As this person, who has a session. */
  readonly ask: Ask
  readonly client: Send
}

export async function aPerson(name: string, { isAdmin = false, isActive = true } = {}): Promise<Person> {
  const id = crypto.randomUUID()
  const { secret, hash } = await makeOpaqueToken('session')
  await env.DB.batch([
    env.DB.prepare('INSERT INTO accounts (id, name, is_admin, is_active, created_at) VALUES (?, ?, ?, ?, 1)').bind(
      id,
      name,
      Number(isAdmin),
      Number(isActive),
    ),
    env.DB.prepare('INSERT INTO sessions (hash, account_id, expires_at) VALUES (?, ?, ?)').bind(
      hash,
      id,
      Date.now() + 3_600_000,
    ),
  ])
  const client = withToken(secret)
  return { id, name, client, ask: asking(client) }
}

/** @returns its id */
export async function anOrganization(name: string): Promise<string> {
  const id = crypto.randomUUID()
  await env.DB.prepare('INSERT INTO accounts (id, name, is_organization, created_at) VALUES (?, ?, 1, 1)')
    .bind(id, name)
    .run()
  return id
}

export async function aMember(organizationId: string, { id }: Person, isAdmin = false): Promise<void> {
  await env.DB.prepare('INSERT INTO members (organization_id, user_id, is_admin) VALUES (?, ?, ?)')
    .bind(organizationId, id, Number(isAdmin))
    .run()
}

/** @returns its id */
export async function aTeam(organizationId: string, name: string): Promise<string> {
  const id = crypto.randomUUID()
  await env.DB.prepare('INSERT INTO teams (id, organization_id, name, created_at) VALUES (?, ?, ?, 1)')
    .bind(id, organizationId, name)
    .run()
  return id
}

/** The user must be a member of the organisation. */
export async function aTeamMember(teamId: string, { id }: Person, isAdmin = false): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO team_members (team_id, organization_id, user_id, is_admin)
     SELECT id, organization_id, ?, ? FROM teams WHERE id = ?`,
  )
    .bind(id, Number(isAdmin), teamId)
    .run()
}
