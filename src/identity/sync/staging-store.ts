/**
 * What a run gathers of the directory, in D1: nothing of it has an effect before the whole picture was judged. Each
 * function is one round trip.
 */
import { sql, type SQL } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { jsonPiecesOf } from '../../db/pieces.ts'

/** The rows that a statement deletes: D1 has to be quick for the others. */
const rowsOfSweep = 5000

/** A user as a directory shows it. */
export interface DirectoryUser {
  /** The immutable id of its entry. */
  readonly subject: string
  /** The name that it logs in with. */
  readonly name: string
  readonly fullName: string
  readonly dn: string
}

/** What earlier results hold of the names and the ids of this page. */
export interface Earlier {
  /** The id that has the name, by the form that is unique in a run. */
  readonly subjects: ReadonlyMap<string, string>
  /** The name that the id has. */
  readonly names: ReadonlyMap<string, string>
}

/** A user as it is kept, with the forms that find it. */
export interface StagedUser extends DirectoryUser {
  readonly nameKey: string
  readonly dnKey: string
  /** The name that an account would get; null where none fits. */
  readonly accountName: string | null
}

/** Returns a new part of a run. @param run the id of the job */
export const newPart = (run: string): string => `${run} ${crypto.randomUUID()}`

/** Matches the parts of a run: "!" comes after the space. */
const ofRun = (run: string): SQL => sql`part >= ${`${run} `} AND part < ${`${run}!`}`
/** Matches the parts of all other runs. */
const ofOtherRuns = (run: string): SQL => sql`(part < ${`${run} `} OR part >= ${`${run}!`})`

/**
 * Deletes what runs have gathered, a bounded number of rows.
 * Index: found_users_by_dn. Key: found_users, found_targets, found_members.
 *
 * @param which the rows of this run, or those of all others, so that no late statement deletes what a later worker needs
 * @returns whether there may be more
 */
export async function sweepStaging(db: Database, run: string, which: 'own' | 'others'): Promise<boolean> {
  const parts = which === 'own' ? ofRun(run) : ofOtherRuns(run)
  const { users, targets, members } = await runBatch(
    db,
    {
      users: sql`DELETE FROM found_users WHERE rowid IN (SELECT rowid FROM found_users WHERE ${parts} LIMIT ${rowsOfSweep})`,
      targets: sql`
        DELETE FROM found_targets WHERE rowid IN (SELECT rowid FROM found_targets WHERE ${parts} LIMIT ${rowsOfSweep})`,
      members: sql`
        DELETE FROM found_members WHERE rowid IN (SELECT rowid FROM found_members WHERE ${parts} LIMIT ${rowsOfSweep})`,
    },
    'repeatable',
  )
  return [users, targets, members].some(({ changes }) => changes >= rowsOfSweep)
}

/**
 * Reads what earlier results hold of the names and the ids of a page.
 * Index: found_users_by_name. Key: found_users.
 *
 * @param parts those of this run so far
 */
export async function findEarlier(
  db: Database,
  parts: readonly string[],
  users: readonly Pick<StagedUser, 'subject' | 'nameKey'>[],
): Promise<Earlier> {
  const listed = JSON.stringify(parts)
  // A server that knows no pages gives all users at once.
  const pieces = jsonPiecesOf(users.map(({ subject, nameKey }) => [subject, nameKey]))
  const { found } = await runBatch(db, {
    found: pieces.map(
      (wanted) => sql<{ subject: string; name: string; nameKey: string }>`
        SELECT found_users.subject, found_users.name, found_users.name_key AS nameKey
        FROM json_each(${listed}) AS part
        CROSS JOIN json_each(${wanted}) AS wanted
        CROSS JOIN found_users ON found_users.part = part.value AND found_users.subject = wanted.value ->> 0
        UNION
        SELECT found_users.subject, found_users.name, found_users.name_key
        FROM json_each(${listed}) AS part
        CROSS JOIN json_each(${wanted}) AS wanted
        CROSS JOIN found_users ON found_users.part = part.value AND found_users.name_key = wanted.value ->> 1`,
    ),
  })
  const rows = found.flatMap((one) => one.rows)
  return {
    subjects: new Map(rows.map(({ nameKey, subject }) => [nameKey, subject])),
    names: new Map(rows.map(({ name, subject }) => [subject, name])),
  }
}

/** Adds users to a part. */
export async function stageUsers(db: Database, part: string, users: readonly StagedUser[]): Promise<void> {
  const staged = jsonPiecesOf(users).map(
    (piece) => sql`
      INSERT OR IGNORE INTO found_users (part, subject, name, name_key, full_name, dn, dn_key, account_name)
      SELECT ${part}, value ->> 'subject', value ->> 'name', value ->> 'nameKey', value ->> 'fullName', value ->> 'dn',
        value ->> 'dnKey', value ->> 'accountName'
      FROM json_each(${piece})`,
  )
  await runBatch(db, { staged }, 'repeatable')
}

/** A user whom the directory names for a target: by the id of the entry, or by the key of its distinguished name. */
export interface NamedMember {
  readonly target: string
  readonly subject: string | null
  readonly dnKey: string | null
}

/**
 * Adds targets with those whom the directory names for them, as far as they are users of this run.
 * Index: found_users_by_dn. Key: found_users.
 *
 * @param part that of the targets
 * @param userParts those of the users
 */
export async function stageTargets(
  db: Database,
  { part, userParts }: { readonly part: string; readonly userParts: readonly string[] },
  targets: readonly { readonly target: string; readonly named: number }[],
  members: readonly NamedMember[],
): Promise<void> {
  const parts = JSON.stringify(userParts)
  const byId = members.filter(({ subject }) => subject !== null)
  const byDn = members.filter(({ dnKey }) => dnKey !== null)
  await runBatch(
    db,
    {
      byId: jsonPiecesOf(byId).map(
        (piece) => sql`
          INSERT OR IGNORE INTO found_members (part, target, subject)
          SELECT ${part}, named.value ->> 'target', found_users.subject
          FROM json_each(${piece}) AS named
          CROSS JOIN json_each(${parts}) AS user_part
          CROSS JOIN found_users
            ON found_users.part = user_part.value AND found_users.subject = named.value ->> 'subject'`,
      ),
      byDn: jsonPiecesOf(byDn).map(
        (piece) => sql`
          INSERT OR IGNORE INTO found_members (part, target, subject)
          SELECT ${part}, named.value ->> 'target', found_users.subject
          FROM json_each(${piece}) AS named
          CROSS JOIN json_each(${parts}) AS user_part
          CROSS JOIN found_users ON found_users.part = user_part.value AND found_users.dn_key = named.value ->> 'dnKey'`,
      ),
      // Last: a target counts as gathered once all of its members are there.
      targets: jsonPiecesOf(targets).map(
        (piece) => sql`
          INSERT INTO found_targets (part, target, named)
          SELECT ${part}, value ->> 'target', value ->> 'named' FROM json_each(${piece}) WHERE true
          ON CONFLICT (part, target) DO UPDATE SET named = excluded.named`,
      ),
    },
    'repeatable',
  )
}
