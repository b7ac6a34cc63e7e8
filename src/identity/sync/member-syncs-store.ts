/** Which teams and owners come from the directory. Each function is one round trip. */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvents, type Attribution } from '../../db/events/events.ts'
import type { OrganizationRecord, TeamRecord } from '../../db/accounts/organizations.ts'

/** A team of an organization, or its owners. */
export interface SyncedGroup {
  readonly organization: OrganizationRecord
  /** Undefined for the owners. */
  readonly team: TeamRecord | undefined
}

const idOf = ({ organization, team }: SyncedGroup): string => (team ?? organization).id

/** Reads where the members come from, as JSON; undefined where it was never set. Key: member_syncs. */
export async function readMemberSync(db: Database, group: SyncedGroup): Promise<string | undefined> {
  const [row] = await db.all<{ options: string }>(sql`SELECT options FROM member_syncs WHERE id = ${idOf(group)}`)
  return row?.options
}

/**
 * Sets where the members come from. The core is told along: it refuses to add or remove users of the directory by hand.
 * Key: member_syncs, accounts, teams.
 *
 * @returns false when the team or the organization is gone
 */
export async function writeMemberSync(
  db: Database,
  group: SyncedGroup,
  { options, isEnabled }: { readonly options: object; readonly isEnabled: boolean },
  { by, now }: Attribution,
): Promise<boolean> {
  const { organization, team } = group
  const id = idOf(group)
  const isSynced = Number(isEnabled)
  const teamId = team?.id ?? null
  const there =
    team === undefined ? sql`accounts WHERE id = ${id} AND is_organization = 1` : sql`teams WHERE id = ${id}`
  const name: SQL = team === undefined ? sql`name` : sql`${`${organization.name}/`} || name`
  const content = { [team === undefined ? 'adminMemberSync' : 'memberSync']: options }
  const { written } = await runBatch(
    db,
    {
      event: recordEvents(
        { actor: by, type: 'UPDATE', objectType: team === undefined ? 'account' : 'team', content, now },
        {
          objectId: sql`id`,
          objectName: name,
          from: sql`${there} AND NOT EXISTS (
            SELECT 1 FROM member_syncs WHERE id = ${id} AND options = ${JSON.stringify(options)})`,
        },
      ),
      written: sql`
        INSERT INTO member_syncs (id, organization_id, team_id, is_enabled, options)
        SELECT ${id}, ${organization.id}, ${teamId}, ${isSynced}, ${JSON.stringify(options)} FROM ${there}
        ON CONFLICT (id) DO UPDATE SET is_enabled = excluded.is_enabled, options = excluded.options RETURNING id`,
      told:
        team === undefined
          ? sql`UPDATE accounts SET owners_synced = ${isSynced} WHERE id = ${id}`
          : sql`UPDATE teams SET members_synced = ${isSynced} WHERE id = ${id}`,
    },
    'repeatable',
  )
  return written.rows.length === 1
}

/** A team, or the owners of an organization, that are synced. */
export interface EnabledSync {
  readonly id: string
  readonly organizationName: string
  /** Null for owners. */
  readonly teamName: string | null
  /** JSON. */
  readonly options: string
}

/**
 * Lists a page of what is synced, in the order of ids. Index: member_syncs_enabled. Key: accounts, teams.
 *
 * @param after the last id of the page before
 */
export async function pageOfEnabledSyncs(
  db: Database,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly EnabledSync[]> {
  return db.all<EnabledSync>(sql`
    SELECT sync.id, organization.name AS organizationName, teams.name AS teamName, sync.options
    FROM (SELECT * FROM member_syncs WHERE is_enabled = 1 AND id > ${after} ORDER BY id LIMIT ${limit}) AS sync
    CROSS JOIN accounts AS organization ON organization.id = sync.organization_id
    LEFT JOIN teams ON teams.id = sync.team_id
    ORDER BY sync.id`)
}
