/** Signature policies of repositories and namespaces. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import { accountIdOf } from '../../db/accounts/account-id.ts'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvents, type Attribution } from '../../db/events/events.ts'
import { declareObjectType } from '../../db/events/object-types.ts'
import { isThere } from '../../db/repositories/visible-repositories.ts'
import type { AccountName, RepositoryName, TeamName } from '../../names.ts'

export const signaturePolicyObject = declareObjectType('signaturePolicy', { isForAdministrators: true })

/** What a policy is of. */
export type PolicyOwner =
  | { readonly kind: 'repository'; readonly id: number; readonly name: RepositoryName }
  | { readonly kind: 'namespace'; readonly name: AccountName }

export const policyModes = ['report', 'enforce'] as const
export type PolicyMode = (typeof policyModes)[number]

export interface DemandedTeam {
  /** `acme/security`. */
  readonly name: string
  /** A deleted team is still demanded, and nothing meets that. */
  readonly exists: boolean
}

export interface PolicyRecord {
  readonly mode: PolicyMode
  readonly updatedAt: number
  readonly teams: readonly DemandedTeam[]
}

/** Matches the policy of an owner. */
const isOf = (owner: PolicyOwner): SQL =>
  owner.kind === 'repository'
    ? sql`trust_policies.repository_id = ${owner.id}`
    : sql`trust_policies.namespace_id = ${accountIdOf(owner.name)}`

/** Joins each demanded team of a policy with the team, as far as it exists. Key: trust_policy_teams, teams, accounts. */
export const demandedTeams = sql`
  trust_policy_teams
  LEFT JOIN teams ON teams.id = trust_policy_teams.team_id
  LEFT JOIN accounts AS organization ON organization.id = teams.organization_id`

/** Names a demanded team: as it is called now, or was when it was demanded. */
export const nameOfDemanded = sql`coalesce(organization.name || '/' || teams.name, trust_policy_teams.team_name)`

/** Finds the policy of an owner. Index: trust_policies_repository_id_unique, trust_policies_namespace_id_unique. */
export async function findPolicy(db: Database, owner: PolicyOwner): Promise<PolicyRecord | undefined> {
  const { policy, teams } = await runBatch(db, {
    policy: sql<{ mode: PolicyMode; updatedAt: number }>`
      SELECT mode, updated_at AS updatedAt FROM trust_policies WHERE ${isOf(owner)}`,
    teams: sql<{ name: string; isThere: number }>`
      SELECT ${nameOfDemanded} AS name, teams.id IS NOT NULL AS isThere FROM ${demandedTeams}
      WHERE trust_policy_teams.policy_id = (SELECT id FROM trust_policies WHERE ${isOf(owner)}) ORDER BY 1`,
  })
  if (policy.first === undefined) return undefined
  return { ...policy.first, teams: teams.rows.map((row) => ({ name: row.name, exists: row.isThere === 1 })) }
}

/** A team as a policy names it. */
export interface TeamReference {
  readonly organization: AccountName
  readonly team: TeamName
}

export const nameOfTeam = ({ organization, team }: TeamReference): string => `${organization}/${team}`

export interface ResolvedTeam extends TeamReference {
  /** Undefined for a team that does not exist, or that the viewer may not know of. */
  readonly id: string | undefined
}

/**
 * Finds teams by name: those that the viewer may know of, and those that the policy of the owner demands already, also
 * when they were deleted since.
 * Index: accounts_name_unique, teams_by_name, trust_policies_repository_id_unique, trust_policies_namespace_id_unique.
 * Key: members, trust_policy_teams.
 */
export async function resolveTeams(
  db: Database,
  wanted: readonly TeamReference[],
  owner: PolicyOwner | undefined,
  viewer: { readonly id: string; readonly isAdmin: boolean },
): Promise<ResolvedTeam[]> {
  const kept = sql`
    SELECT trust_policy_teams.team_id FROM trust_policies JOIN trust_policy_teams ON policy_id = trust_policies.id
    WHERE ${owner === undefined ? sql`false` : isOf(owner)} AND team_name = wanted.value ->> 0 || '/' || (wanted.value ->> 1)`
  const rows = await db.all<{ at: number; id: string | null }>(sql`
    SELECT wanted.key AS at, coalesce(teams.id, (${kept})) AS id
    FROM json_each(${JSON.stringify(wanted.map(({ organization, team }) => [organization, team]))}) AS wanted
    LEFT JOIN accounts AS organization ON organization.name = wanted.value ->> 0
    LEFT JOIN teams ON teams.organization_id = organization.id AND teams.name = wanted.value ->> 1
      AND (${Number(viewer.isAdmin)} OR EXISTS (
        SELECT 1 FROM members WHERE members.organization_id = organization.id AND members.user_id = ${viewer.id}))`)
  const ids = new Map(rows.map(({ at, id }) => [at, id ?? undefined]))
  return wanted.map((team, at) => ({ ...team, id: ids.get(at) }))
}

export interface NewPolicy {
  readonly mode: PolicyMode
  readonly teams: readonly (TeamReference & { readonly id: string })[]
}

/**
 * Sets the policy of an owner. Index: accounts_name_unique, trust_policies_repository_id_unique,
 * trust_policies_namespace_id_unique. Key: repositories, trust_policy_teams.
 *
 * @returns whether the owner is still there
 */
export async function putPolicy(
  db: Database,
  owner: PolicyOwner,
  { mode, teams }: NewPolicy,
  attribution: Attribution,
): Promise<boolean> {
  const id = crypto.randomUUID()
  const listed = JSON.stringify(teams.map((team) => [team.id, nameOfTeam(team)]))
  const values = sql`${id}, ${owner.kind === 'repository' ? sql`id, NULL` : sql`NULL, id`}, ${mode}, ${attribution.now}`
  const from =
    owner.kind === 'repository'
      ? sql`repositories WHERE id = ${owner.id} AND ${isThere}`
      : sql`accounts WHERE name = ${owner.name}`
  const policy = sql`SELECT id FROM trust_policies WHERE ${isOf(owner)}`
  const { stored } = await runBatch(db, {
    forgotten: sql`DELETE FROM trust_policy_teams WHERE policy_id = (${policy})`,
    stored: sql<{ id: string }>`
      INSERT INTO trust_policies (id, repository_id, namespace_id, mode, updated_at)
      SELECT ${values} FROM ${from}
      ON CONFLICT (${owner.kind === 'repository' ? sql`repository_id` : sql`namespace_id`})
      DO UPDATE SET mode = excluded.mode, updated_at = excluded.updated_at
      RETURNING id`,
    teams: sql`
      INSERT INTO trust_policy_teams (policy_id, team_id, team_name)
      SELECT policy.id, team.value ->> 0, team.value ->> 1 FROM (${policy}) AS policy, json_each(${listed}) AS team`,
    // A policy that was there before has another id.
    created: recordPolicy('CREATE', owner, sql`${isOf(owner)} AND trust_policies.id = ${id}`, attribution),
    updated: recordPolicy('UPDATE', owner, sql`${isOf(owner)} AND trust_policies.id <> ${id}`, attribution),
  })
  return stored.rows.length === 1
}

/** Deletes the policy of an owner. Index: trust_policies_repository_id_unique, trust_policies_namespace_id_unique. @returns whether it was there */
export async function deletePolicy(db: Database, owner: PolicyOwner, attribution: Attribution): Promise<boolean> {
  const { deleted } = await runBatch(db, {
    event: recordPolicy('DELETE', owner, isOf(owner), attribution),
    deleted: sql`DELETE FROM trust_policies WHERE ${isOf(owner)} RETURNING id`,
  })
  return deleted.rows.length === 1
}

/**
 * Records the policy as of this point of the batch.
 * Index: trust_policies_repository_id_unique, trust_policies_namespace_id_unique. Key: trust_policy_teams.
 */
function recordPolicy(
  type: 'CREATE' | 'UPDATE' | 'DELETE',
  owner: PolicyOwner,
  which: SQL,
  { by, now }: Attribution,
): SQL {
  const event = { actor: by, type, objectType: signaturePolicyObject.name, now }
  return recordEvents(owner.kind === 'repository' ? { ...event, repository: owner.name } : event, {
    objectId: sql`trust_policies.id`,
    objectName: sql`${owner.name}`,
    content: sql`json_object('mode', mode, 'teams', json((
      SELECT json_group_array(team_name) FROM (
        SELECT team_name FROM trust_policy_teams WHERE policy_id = trust_policies.id ORDER BY team_name))))`,
    from: sql`trust_policies WHERE ${which}`,
  })
}
