/** The teams of a user who logs in: those that are linked to a group follow the groups, and the others stay. */
import type { OwnedTeam } from '../../accounts/teams.ts'
import type { Context } from '../../context.ts'
import type { Database } from '../../db/database.ts'
import type { Attribution } from '../../db/events/events.ts'
import { mostTeamsOfGroup } from '../../limits.ts'
import { ssoError } from './failures.ts'
import { changeTeams, linkedTeams, writeGroup, type LinkedTeams } from './group-store.ts'

/** Decides which teams a user joins and leaves. */
export function planTeams({ wanted, current }: LinkedTeams): { readonly joins: string[]; readonly leaves: string[] } {
  const [wantedIds, currentIds] = [new Set(wanted), new Set(current)]
  return {
    joins: [...wantedIds].filter((id) => !currentIds.has(id)),
    leaves: [...currentIds].filter((id) => !wantedIds.has(id)),
  }
}

/** Lets the linked teams of a user follow the groups of a login. */
export async function followGroups(
  { db, now }: Pick<Context, 'db' | 'now'>,
  accountId: string,
  groups: readonly string[],
): Promise<void> {
  const plan = planTeams(await linkedTeams(db, accountId, groups))
  if (plan.joins.length + plan.leaves.length > 0) await changeTeams(db, accountId, plan, { by: '', now })
}

/**
 * Lets a team follow a group, or none.
 *
 * @returns the group, undefined for none
 * @throws RegistryError `group-name-missing` or `too-many-teams-of-group`
 */
export async function linkGroup(
  db: Database,
  owned: OwnedTeam,
  { enableLink, groupName }: { readonly enableLink: boolean; readonly groupName: string },
  attribution: Attribution,
): Promise<string | undefined> {
  if (enableLink && groupName === '') throw ssoError({ kind: 'group-name-missing' })
  const wanted = enableLink ? groupName : undefined
  if (!(await writeGroup(db, owned, wanted, attribution))) {
    throw ssoError({ kind: 'too-many-teams-of-group', limit: mostTeamsOfGroup })
  }
  return wanted
}
