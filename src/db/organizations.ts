/** Organisations and who belongs to them. Each function is one round trip to D1. */
import { sql } from 'drizzle-orm'
import type { AccountName, TeamName } from '../names.ts'
import type { Database } from './database.ts'

export interface OrganizationRecord {
  readonly id: string
  readonly name: AccountName
  readonly isOrganization: boolean
}

export interface TeamRecord {
  readonly id: string
  readonly name: TeamName
  readonly description: string
}

/** An organisation, a team of it if one is named, and how an account stands to both. */
export interface OrganizationFacts {
  /** May also be a user: whoever asks must look. */
  readonly organization: OrganizationRecord
  /** Undefined when none is asked for, and when there is none of the name. */
  readonly team: TeamRecord | undefined
  readonly isMember: boolean
  readonly isOwner: boolean
  readonly isTeamMember: boolean
  readonly isTeamAdmin: boolean
}

interface Row {
  id: string
  name: AccountName
  isOrganization: number
  isOwner: number | null
  teamId: string | null
  teamName: TeamName | null
  description: string | null
  isTeamAdmin: number | null
}

export async function findOrganization(
  db: Database,
  accountId: string,
  name: AccountName,
  team: TeamName | undefined,
): Promise<OrganizationFacts | undefined> {
  const [row] = await db.all<Row>(sql`
    SELECT accounts.id, accounts.name, accounts.is_organization AS isOrganization, members.is_admin AS isOwner,
      teams.id AS teamId, teams.name AS teamName, teams.description, team_members.is_admin AS isTeamAdmin
    FROM accounts
    LEFT JOIN members ON members.organization_id = accounts.id AND members.user_id = ${accountId}
    LEFT JOIN teams ON teams.organization_id = accounts.id AND teams.name = ${team ?? ''}
    LEFT JOIN team_members ON team_members.team_id = teams.id AND team_members.user_id = ${accountId}
    WHERE accounts.name = ${name}`)
  if (row === undefined) return undefined
  const { id, isOrganization, teamId, teamName, description } = row
  return {
    organization: { id, name: row.name, isOrganization: isOrganization === 1 },
    team:
      teamId === null || teamName === null ? undefined : { id: teamId, name: teamName, description: description ?? '' },
    isMember: row.isOwner !== null,
    isOwner: row.isOwner === 1,
    isTeamMember: row.isTeamAdmin !== null,
    isTeamAdmin: row.isTeamAdmin === 1,
  }
}
