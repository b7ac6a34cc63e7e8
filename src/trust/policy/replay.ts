/**
 * Answers which of the recorded pulls a policy would have refused, had all been as it is now: signatures, teams, and who
 * may push. So it says exactly what the next pulls of the same kind meet.
 */
import { permitOf } from '../../auth/authorization.ts'
import { findStandingsOfMany } from '../../db/access/standings.ts'
import type { Database } from '../../db/database.ts'
import type { PolicyOwner, TeamReference } from './policy-store.ts'
import {
  findActiveUsers,
  findMissingOfMany,
  readPulls,
  type AskedImage,
  type PullPlace,
  type RecordedPulls,
} from './replay-store.ts'

export interface RefusedPulls extends RecordedPulls {
  /** The teams of which no member has signed. */
  readonly teams: readonly string[]
}

export interface ReplayPage {
  readonly refused: readonly RefusedPulls[]
  /** How many pulls were looked at. */
  readonly pulls: number
  /** Where the next page begins; undefined on the last one. */
  readonly next: number | undefined
}

export interface Replay {
  /** Whose pulls; undefined for all of the registry. */
  readonly owner: PolicyOwner | undefined
  /** In milliseconds since 1970. */
  readonly since: number
  /** The teams of a proposed policy; undefined for the policies that there are, as if all were enforced. */
  readonly proposed: readonly (TeamReference & { readonly id: string })[] | undefined
}

/** Replays a slice of the recorded pulls, in at most four round trips to D1. */
export async function replaySlice(
  db: Database,
  { owner, since, proposed }: Replay,
  place: PullPlace,
): Promise<ReplayPage> {
  const { pulls, next } = await readPulls(db, owner, since, place)
  const unsigned = await withMissing(db, pulls, proposed)
  return {
    refused: await withoutPushers(db, unsigned),
    pulls: pulls.reduce((sum, { count }) => sum + count, 0),
    next,
  }
}

/** Selects the pulls that lack signatures, and says of which teams. */
async function withMissing(
  db: Database,
  pulls: readonly RecordedPulls[],
  proposed: Replay['proposed'],
): Promise<RefusedPulls[]> {
  const keyOf = ({ repositoryId, digest }: AskedImage): string => `${repositoryId} ${digest}`
  const images = [...new Map(pulls.map((pull) => [keyOf(pull), pull])).values()]
  if (images.length === 0) return []
  const missing = await findMissingOfMany(db, images, proposed)
  const teamsOf = new Map(images.map((image, at) => [keyOf(image), missing[at] ?? []]))
  return pulls.flatMap((pull) => {
    const teams = teamsOf.get(keyOf(pull)) ?? []
    return teams.length === 0 ? [] : [{ ...pull, teams }]
  })
}

/** Leaves out the pulls by callers who may push, and so may read what is not signed. */
async function withoutPushers(db: Database, pulls: readonly RefusedPulls[]): Promise<RefusedPulls[]> {
  const ids = [...new Set(pulls.flatMap(({ actorId }) => actorId ?? []))]
  if (ids.length === 0) return [...pulls]
  const users = await findActiveUsers(db, ids)
  const asked = pulls.flatMap(({ actorId, repository: name }) => {
    const account = actorId === null ? undefined : users.get(actorId)
    return account === undefined ? [] : [{ account, accountId: account.id, name }]
  })
  const keyOf = (accountId: string, name: string): string => `${accountId} ${name}`
  const distinct = [...new Map(asked.map((one) => [keyOf(one.accountId, one.name), one])).values()]
  if (distinct.length === 0) return [...pulls]
  const standings = await findStandingsOfMany(db, distinct)
  const pushers = new Set(
    distinct.flatMap(({ account, name }, at) => {
      const standing = standings[at]
      const mayPush = standing !== undefined && permitOf(account, standing).actions.includes('push')
      return mayPush ? [keyOf(account.id, name)] : []
    }),
  )
  return pulls.filter(({ actorId, repository }) => actorId === null || !pushers.has(keyOf(actorId, repository)))
}
