/** Users, organisations and teams, made in the shortest way. */
import { env } from 'cloudflare:workers'
import { hashOpaqueToken, makeOpaqueToken } from '../../src/auth/opaque-token.ts'
import { withPassword, type Send } from './client.ts'

const run = async (sql: string, ...values: unknown[]): Promise<void> => {
  await env.DB.prepare(sql)
    .bind(...values)
    .run()
}

/** A user without a password, who logs in with an access token: that costs no hashing. */
export async function aUser(name: string, { isAdmin = false } = {}): Promise<Send> {
  await run(
    'INSERT INTO accounts (id, name, is_admin, created_at) VALUES (?, ?, ?, 1)',
    crypto.randomUUID(),
    name,
    Number(isAdmin),
  )
  return aLogin(name)
}

/** Another client of a user. */
export async function aLogin(name: string): Promise<Send> {
  const { secret } = await makeOpaqueToken('access')
  await run(
    `INSERT INTO access_tokens (hash, account_id, label, created_by, creator_agent, created_at)
     SELECT ?, id, 'login of a test', '', '', 1 FROM accounts WHERE name = ?`,
    await hashOpaqueToken(secret),
    name,
  )
  return withPassword(name, secret)
}

export interface Organization {
  readonly owners?: readonly string[]
  readonly members?: readonly string[]
  /** The members of each team, who become members of the organisation too. */
  readonly teams?: Readonly<Record<string, readonly string[]>>
}

export async function anOrganization(name: string, { owners = [], members = [], teams = {} }: Organization = {}) {
  await run(
    'INSERT INTO accounts (id, name, is_organization, created_at) VALUES (?, ?, 1, 1)',
    crypto.randomUUID(),
    name,
  )
  for (const owner of owners) await join(name, owner, true)
  for (const member of [...members, ...Object.values(teams).flat()]) await join(name, member, false)
  for (const [team, people] of Object.entries(teams)) await aTeam(name, team, people)
}

const join = (organization: string, user: string, isOwner: boolean): Promise<void> =>
  run(
    `INSERT INTO members (organization_id, user_id, is_admin)
     SELECT organization.id, account.id, ? FROM accounts AS organization, accounts AS account
     WHERE organization.name = ? AND account.name = ? ON CONFLICT DO NOTHING`,
    Number(isOwner),
    organization,
    user,
  )

async function aTeam(organization: string, team: string, people: readonly string[]): Promise<void> {
  await run(
    'INSERT INTO teams (id, organization_id, name, created_at) SELECT ?, id, ?, 1 FROM accounts WHERE name = ?',
    crypto.randomUUID(),
    team,
    organization,
  )
  for (const user of people) {
    await run(
      `INSERT INTO team_members (team_id, organization_id, user_id)
       SELECT teams.id, teams.organization_id, account.id
       FROM teams JOIN accounts AS organization ON organization.id = teams.organization_id, accounts AS account
       WHERE organization.name = ? AND teams.name = ? AND account.name = ?`,
      organization,
      team,
      user,
    )
  }
}

/** A repository without content. */
export async function aRepository(name: string, { visibility = 'private' } = {}): Promise<void> {
  const namespace = name.slice(0, name.indexOf('/'))
  await run(
    'INSERT INTO repositories (name, namespace, visibility, created_at) VALUES (?, ?, ?, 1)',
    name,
    namespace,
    visibility,
  )
}

/** A request with a JSON body. */
export const sendJson = (client: Send, method: string, path: string, body: unknown): Promise<Response> =>
  client(method, path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
