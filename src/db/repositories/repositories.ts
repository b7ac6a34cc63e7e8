/** Creates, edits and finds repositories. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { Visibility } from '../../access-levels.ts'
import { namespaceOf, type RepositoryName } from '../../names.ts'
import { runBatch, type Database } from '../database.ts'
import { recordEvent, type Attribution } from '../events/events.ts'
import { nameOfHolder, type Right } from '../access/rights.ts'
import { isOn } from '../settings/settings.ts'
import {
  isThere,
  repositoryColumns,
  repositoryRecord,
  type RepositoryRecord,
  type RepositoryRow,
} from './visible-repositories.ts'

/** The right of a push, and whether it may create the repository. */
export interface Push {
  readonly right: Right
  readonly creates: boolean
}

/**
 * Returns the statements with which a push creates its missing repository: private, in an existing namespace. Returns
 * none for a push that may not create it.
 * Index: accounts_name_unique, repositories_name_unique.
 *
 * @param when a further condition of the batch
 */
export function makeRepositoryOnPush({ right, creates }: Push, now: number, when: SQL = sql`true`): SQL[] {
  if (!creates) return []
  const { repository: name } = right
  const isMissing = sql`
    NOT EXISTS (SELECT 1 FROM repositories WHERE name = ${name})
    AND EXISTS (SELECT 1 FROM accounts WHERE name = ${namespaceOf(name)})
    AND ${isOn('createRepositoryOnPush')}
    AND ${when}`
  return [
    recordEvent(
      {
        actor: nameOfHolder(right),
        type: 'CREATE',
        objectType: 'repository',
        objectId: name,
        objectName: name,
        repository: name,
        now,
      },
      isMissing,
    ),
    sql`
      INSERT INTO repositories (name, namespace, created_at)
      SELECT ${name}, ${namespaceOf(name)}, ${now} WHERE ${isMissing}`,
  ]
}

/** Selects the id of a repository by its name, for other statements. Index: repositories_name_unique. */
export const repositoryIdOf = (name: RepositoryName): SQL => sql`(SELECT id FROM repositories WHERE name = ${name})`

/** The settings of a repository, which its administrators change. */
export interface RepositorySettings {
  readonly visibility: Visibility
  readonly shortDescription: string
  readonly longDescription: string
  readonly immutableTags: boolean
  /** Zero for no limit. */
  readonly tagLimit: number
}

export type RepositoryChanges = {
  readonly [Setting in keyof RepositorySettings]?: RepositorySettings[Setting] | undefined
}

/**
 * A repository that a request has seen. Ids are never reused, so a change cannot hit a later repository of the name.
 */
export interface RepositoryKey {
  readonly id: number
  readonly name: RepositoryName
}

export async function findRepository(db: Database, { id }: RepositoryKey): Promise<RepositoryRecord | undefined> {
  const [row] = await db.all<RepositoryRow>(selectRecord(sql`repositories.id = ${id}`))
  return row === undefined ? undefined : repositoryRecord(row)
}

/**
 * Inserts a repository.
 *
 * @throws a unique violation if the name is taken, and a foreign key violation if the namespace does not exist
 */
export async function insertRepository(
  db: Database,
  name: RepositoryName,
  settings: RepositorySettings,
  { by, now }: Attribution,
): Promise<RepositoryRecord> {
  const { made } = await runBatch(db, {
    inserted: sql`
      INSERT INTO repositories (name, namespace, created_at, visibility, short_description, long_description,
        immutable_tags, tag_limit)
      VALUES (${name}, ${namespaceOf(name)}, ${now}, ${settings.visibility}, ${settings.shortDescription},
        ${settings.longDescription}, ${Number(settings.immutableTags)}, ${settings.tagLimit})`,
    event: recordEvent({ ...eventOn(name), actor: by, type: 'CREATE', content: noteworthy(settings), now }),
    made: selectRecord(sql`repositories.name = ${name}`),
  })
  if (made.first === undefined) throw new Error('D1 lost a repository within the batch that made it')
  return repositoryRecord(made.first)
}

/**
 * Changes settings of a repository; undefined leaves a setting as it is.
 * Key: repositories.
 *
 * @returns the repository as it is then; undefined when it is gone
 */
export async function updateRepository(
  db: Database,
  { id, name }: RepositoryKey,
  changes: RepositoryChanges,
  { by, now }: Attribution,
): Promise<RepositoryRecord | undefined> {
  const assignments = assignmentsOf(changes)
  if (assignments.length === 0) return findRepository(db, { id, name })
  const differs = sql.join(
    assignments.map(({ column, value }) => sql`${column} <> ${value}`),
    sql` OR `,
  )
  const { found } = await runBatch(db, {
    event: recordEvent(
      { ...eventOn(name), actor: by, type: 'UPDATE', content: noteworthy(changes), now },
      sql`EXISTS (SELECT 1 FROM repositories WHERE id = ${id} AND ${isThere} AND (${differs}))`,
    ),
    updated: sql`
      UPDATE repositories SET ${sql.join(
        assignments.map(({ column, value }) => sql`${column} = ${value}`),
        sql`, `,
      )} WHERE id = ${id} AND ${isThere} AND (${differs})`,
    found: selectRecord(sql`repositories.id = ${id}`),
  })
  return found.first === undefined ? undefined : repositoryRecord(found.first)
}

/**
 * Selects the rows of records.
 * Index: accounts_name_unique, repositories_name_unique. Key: repositories.
 *
 * @param which a condition on `repositories`
 */
export const selectRecord = (which: SQL): SQL<RepositoryRow> => sql`
  SELECT ${repositoryColumns}
  FROM repositories LEFT JOIN accounts AS owner ON owner.name = repositories.namespace
  WHERE ${which} AND ${isThere}`

const eventOn = (name: RepositoryName) =>
  ({ objectType: 'repository', objectId: name, objectName: name, repository: name }) as const

/** Returns the settings that an event records, with only the length of the long description. */
function noteworthy({ longDescription, ...settings }: RepositoryChanges): Record<string, unknown> {
  return longDescription === undefined
    ? settings
    : { ...settings, longDescription: `${longDescription.length} characters` }
}

const settingColumns = {
  visibility: sql`visibility`,
  shortDescription: sql`short_description`,
  longDescription: sql`long_description`,
  immutableTags: sql`immutable_tags`,
  tagLimit: sql`tag_limit`,
}
const settingNames = ['visibility', 'shortDescription', 'longDescription', 'immutableTags', 'tagLimit'] as const

function assignmentsOf(changes: RepositoryChanges): { column: SQL; value: string | number }[] {
  return settingNames.flatMap((name) => {
    const value = changes[name]
    if (value === undefined) return []
    return [{ column: settingColumns[name], value: typeof value === 'boolean' ? Number(value) : value }]
  })
}
