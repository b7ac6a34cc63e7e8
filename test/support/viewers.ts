/**
 * Repositories, and accounts that stand to them in every way there is, for comparing what a query finds with what the one
 * decision says of each.
 */
import { env } from 'cloudflare:workers'
import { levelOn, type Account } from '../../src/auth/authorization.ts'
import { openDatabase } from '../../src/db/database.ts'
import { findStandings } from '../../src/db/access/standings.ts'
import type { AccessLimit } from '../../src/access-limit.ts'
import { rankOf } from '../../src/access-levels.ts'
import { parseAccountName, parseRepositoryName, type RepositoryName } from '../../src/names.ts'

const db = openDatabase(env.DB)

/** Neighbors in ASCII order on purpose: "-" and "." come before "/", digits after it. */
export const organizations = ['acme', 'acme-labs', 'acme0', 'beta']
const users = ['alice', 'member', 'reader', 'writer', 'owner', 'root', 'gone', 'both']
const parts = ['app', 'app-two', 'app.three', 'app/deep', 'base', 'zoo/tools/x']
export const names = [...organizations, 'alice', 'both', 'gone'].flatMap((namespace) =>
  parts.map((part) => parseRepositoryName(`${namespace}/${part}`)),
)
const isPublic = (name: RepositoryName): boolean => names.indexOf(name) % 4 === 0

/** Who looks, by what their teams and memberships make of them. */
export const viewers: Record<string, string | undefined> = {
  'an anonymous caller': undefined,
  'an unknown user': 'nobody-has-this-name',
  'the user of a namespace': 'alice',
  'a member without a team': 'member',
  'a member of a team with the namespace': 'reader',
  'a member of a team with some repositories': 'writer',
  'an owner of an organization': 'owner',
  'a viewer with several of these': 'both',
  'a system administrator': 'root',
  'a deactivated account': 'gone',
}

const members = [
  ['acme', 'member', 0],
  ['acme', 'reader', 0],
  ['acme', 'writer', 0],
  ['beta', 'owner', 1],
  ['acme', 'both', 0],
  ['acme-labs', 'both', 1],
  ['beta', 'both', 0],
  ['beta', 'gone', 1],
] as const
const teams = [
  ['acme', 'readers', rankOf('read-only'), ['reader', 'both']],
  ['acme', 'writers', null, ['writer', 'both']],
  ['acme', 'nothing', null, ['member']],
  ['beta', 'admins', rankOf('admin'), ['gone']],
  ['beta', 'writers', null, ['both']],
] as const
const grants: readonly (readonly [string, string, number])[] = [
  ['acme-writers', 'acme/app-two', rankOf('read-only')],
  ['acme-writers', 'acme/zoo/tools/x', rankOf('read-write')],
  ['acme-readers', 'acme/app-two', rankOf('admin')],
  ['beta-writers', 'beta/app/deep', rankOf('read-write')],
  ['beta-writers', 'beta/base', rankOf('admin')],
]

/** @param among how many private repositories of `acme` are there before those of the list */
export async function furnish({ among = 0 } = {}): Promise<void> {
  const account = env.DB.prepare(
    'INSERT INTO accounts (id, name, is_organization, is_admin, is_active, created_at) VALUES (?, ?, ?, ?, ?, 1)',
  )
  const member = env.DB.prepare('INSERT INTO members (organization_id, user_id, is_admin) VALUES (?, ?, ?)')
  const team = env.DB.prepare(
    'INSERT INTO teams (id, organization_id, name, namespace_rank, created_at) VALUES (?, ?, ?, ?, 1)',
  )
  const teamMember = env.DB.prepare('INSERT INTO team_members (team_id, organization_id, user_id) VALUES (?, ?, ?)')
  const repository = env.DB.prepare(
    'INSERT INTO repositories (name, namespace, visibility, created_at) VALUES (?, ?, ?, 1)',
  )
  const grant = env.DB.prepare(
    'INSERT INTO repository_grants (team_id, repository_id, rank) VALUES (?, (SELECT id FROM repositories WHERE name = ?), ?)',
  )
  await env.DB.batch([
    ...organizations.map((name) => account.bind(`id-${name}`, name, 1, 0, 1)),
    ...users.map((name) => account.bind(`id-${name}`, name, 0, Number(name === 'root'), Number(name !== 'gone'))),
    ...members.map(([organization, user, isOwner]) => member.bind(`id-${organization}`, `id-${user}`, isOwner)),
    ...teams.map(([organization, name, rank]) =>
      team.bind(`${organization}-${name}`, `id-${organization}`, name, rank),
    ),
    ...teams.flatMap(([organization, name, , people]) =>
      people.map((user) => teamMember.bind(`${organization}-${name}`, `id-${organization}`, `id-${user}`)),
    ),
    crowding('acme', 1, among),
    ...names.map((name) => repository.bind(name, name.split('/')[0], isPublic(name) ? 'public' : 'private')),
    ...grants.map(([to, name, rank]) => grant.bind(to, name, rank)),
  ])
}

/** An account that may not log in counts as anonymous. */
function accountOf(viewer: string | undefined): Account | undefined {
  if (viewer === undefined || viewer === 'gone' || !users.includes(viewer)) return undefined
  return { id: `id-${viewer}`, name: parseAccountName(viewer), isAdmin: viewer === 'root' }
}

/** What the decision says that a viewer sees, in the order of names. */
export async function visibleTo(viewer: string | undefined, limit?: AccessLimit): Promise<RepositoryName[]> {
  const found = accountOf(viewer)
  const account = found === undefined ? undefined : { ...found, limit }
  const standings = await findStandings(db, account?.id, names)
  return standings
    .filter((standing) => levelOn(account, standing) !== 'none')
    .map(({ name }) => name)
    .sort()
}

/** The namespaces that a viewer reads as a whole, where nothing can be added that they do not see. */
const whole: Record<string, readonly string[]> = { reader: ['acme'], owner: ['beta'], both: ['acme', 'acme-labs'] }

/** Limits of every form, which name what is there and what is not. */
export const limits: Record<string, AccessLimit> = {
  'to pulls': { level: 'read-only' },
  'to nothing': { level: 'all', within: { repositories: [], namespaces: [] } },
  'to a namespace': { level: 'read-only', within: { repositories: [], namespaces: [parseAccountName('acme')] } },
  'to repositories': {
    level: 'read-write',
    within: {
      repositories: ['acme/app', 'acme/app-two', 'alice/base', 'acme/missing'].map(parseRepositoryName),
      namespaces: [],
    },
  },
  'to several of these': {
    level: 'all',
    within: {
      repositories: ['acme/zoo/tools/x', 'acme/base', 'beta/app'].map(parseRepositoryName),
      namespaces: ['acme-labs', 'beta', 'both', 'missing'].map(parseAccountName),
    },
  },
}

/** Where repositories can be added that a viewer, who is no administrator, does not see. */
export const notWhollyFor = (viewer: string | undefined): string[] =>
  organizations.filter((namespace) => whole[viewer ?? '']?.includes(namespace) !== true)

/** Makes private repositories, so many in each namespace, among and around those that are there. */
export async function crowd(namespaces: readonly string[], from: number, to: number): Promise<void> {
  await env.DB.batch(namespaces.map((namespace) => crowding(namespace, from, to)))
}

const crowding = (namespace: string, from: number, to: number): D1PreparedStatement =>
  env.DB.prepare(
    `WITH RECURSIVE numbers (n) AS (SELECT CAST(?2 AS INTEGER) WHERE ?2 <= ?3 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?3)
     INSERT INTO repositories (name, namespace, created_at) SELECT ?1 || '/app-' || n, ?1, 1 FROM numbers`,
  ).bind(namespace, from, to)
