/** Events: who did what, when. The batch of a change writes its event, so there is never one without the other. */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName, RepositoryName, WorkloadName } from '../../names.ts'
import { accountIdOf } from '../accounts/account-id.ts'
import type { Database } from '../database.ts'
import type { ObjectType } from './object-types.ts'
import type { EventType } from './schema.ts'

export interface NewEvent {
  /** The name of the account or the workload; empty for anonymous callers and for the registry itself. */
  readonly actor: AccountName | WorkloadName | ''
  readonly type: EventType
  readonly objectType: ObjectType
  /** Identifies the object for a program: a digest, the id of an account. */
  readonly objectId: string
  /** Identifies the object for a person. */
  readonly objectName: string
  readonly repository?: RepositoryName
  readonly content?: Readonly<Record<string, unknown>> | undefined
  readonly now: number
}

/** The name and the time that the event of a change records; no name for the registry itself. */
export interface Attribution {
  readonly by: AccountName | ''
  readonly now: number
}

/**
 * Builds the statement that writes an event.
 *
 * @param when a condition on the state before the rest of the batch; without it no event is written
 */
export function recordEvent(event: NewEvent, when: SQL = sql`true`): SQL {
  const { objectId, objectName } = event
  return recordEvents(event, {
    objectId: sql`${objectId}`,
    objectName: sql`${objectName}`,
    from: sql`(SELECT 1) WHERE ${when}`,
  })
}

/**
 * Builds the statement that writes an event for each row of a source.
 *
 * @param source what stands after FROM, and the expressions that name the object of each row and, where they differ,
 *   its repository and its content (JSON)
 */
export function recordEvents(
  event: Omit<NewEvent, 'objectId' | 'objectName'>,
  {
    objectId,
    objectName,
    from,
    repository = sql`${event.repository ?? null}`,
    content = sql`${event.content === undefined ? null : JSON.stringify(event.content)}`,
  }: {
    readonly objectId: SQL
    readonly objectName: SQL
    readonly from: SQL
    readonly repository?: SQL
    readonly content?: SQL
  },
): SQL {
  const { actor, type, objectType, now } = event
  return insertEvents(
    { type, now },
    {
      actorId: accountIdOf(actor),
      actor: sql`${actor}`,
      objectType: sql`${objectType}`,
      objectId,
      objectName,
      repository,
      content,
      foldedSince: sql`NULL`,
    },
    from,
  )
}

/** The values that differ between the events of one statement: expressions over a row of its source. */
export interface EventValues {
  readonly actorId: SQL
  readonly actor: SQL
  readonly objectType: SQL
  readonly objectId: SQL
  readonly objectName: SQL
  readonly repository: SQL
  /** JSON. */
  readonly content: SQL
  /** The beginning of the hour whose pulls the event stands for, anonymous or refused; NULL for any other event. */
  readonly foldedSince: SQL
}

/** Builds every statement that writes events. @param from what stands after FROM */
export const insertEvents = (
  { type, now }: Pick<NewEvent, 'type' | 'now'>,
  { actorId, actor, objectType, objectId, objectName, repository, content, foldedSince }: EventValues,
  from: SQL,
): SQL => sql`
  INSERT INTO events (published_at, actor_id, actor, type, object_type, object_id, object_name, repository, content,
    folded_since)
  SELECT ${now}, ${actorId}, ${actor}, ${type}, ${objectType}, ${objectId}, ${objectName}, ${repository}, ${content},
    ${foldedSince}
  FROM ${from}`

export interface StoredEvent {
  readonly id: number
  readonly publishedAt: number
  readonly actorId: string | null
  readonly actor: string
  readonly type: EventType
  readonly objectType: ObjectType
  readonly objectId: string
  readonly objectName: string
  readonly repository: RepositoryName | null
  /** JSON. */
  readonly content: string | null
}

/** Columns under the names of `StoredEvent`, without the id, in the table `events` and in that of parked copies. */
export const eventColumns = sql.raw(
  `published_at AS publishedAt, actor_id AS actorId, actor, type, object_type AS objectType, object_id AS objectId,
   object_name AS objectName, repository, content`,
)

export interface EventFilter {
  /** Events of the repository that has the name now; undefined for the whole registry. */
  readonly repository?: RepositoryName | undefined
  readonly actorId?: string | undefined
  /** A type outside `eventTypes` finds nothing. */
  readonly type?: string | undefined
  /** An unknown type of objects finds nothing. */
  readonly objectType?: string | undefined
  readonly publishedBefore?: number | undefined
  readonly publishedAfter?: number | undefined
  /** Leaves out pulls, also those that were refused. */
  readonly withoutPulls: boolean
  /**
   * The types of objects that the caller may see; undefined for all, also those of capabilities that are not installed.
   */
  readonly onlyObjects: readonly string[] | undefined
}

/** A place in the list of events. */
export interface EventPlace {
  /** The id of the first event, which older ones follow; undefined for the newest. */
  readonly from: number | undefined
  readonly limit: number
}

/** The most events that are looked at to find those of a filter, so that no list reads the whole history. */
const mostEventsLookedAt = 10_000

/** An event has the time at which its request began, but its id is from the end, less than this later. */
const longestRequest = 24 * 3600 * 1000

/** Matches what an index finds of a filter. Index: events_by_time. Key: events. */
function found({ repository, actorId, publishedBefore, publishedAfter }: EventFilter, from: number | undefined): SQL {
  const conditions: SQL[] = [sql`true`]
  if (from !== undefined) conditions.push(sql`id <= ${from}`)
  if (repository !== undefined) conditions.push(sql`repository = ${repository}`)
  else if (actorId !== undefined) conditions.push(sql`actor_id = ${actorId}`)
  if (publishedBefore !== undefined) {
    conditions.push(sql`
      id < coalesce((SELECT id FROM events WHERE published_at >= ${publishedBefore + longestRequest}
        ORDER BY published_at LIMIT 1), ${Number.MAX_SAFE_INTEGER})`)
  }
  if (publishedAfter !== undefined) {
    conditions.push(sql`
      id > coalesce((SELECT id FROM events WHERE published_at <= ${publishedAfter - longestRequest}
        ORDER BY published_at DESC LIMIT 1), 0)`)
  }
  return sql.join(conditions, sql` AND `)
}

/**
 * Matches the rest of the filter, which is asked of each event that an index found.
 * Index: repositories_name_unique.
 */
function wanted(filter: EventFilter): SQL {
  const conditions: SQL[] = [sql`true`]
  if (filter.repository !== undefined) {
    // A name may be reused by an account that must not learn what was there before.
    conditions.push(sql`published_at >= (SELECT created_at FROM repositories WHERE name = ${filter.repository})`)
  }
  if (filter.actorId !== undefined) conditions.push(sql`actor_id = ${filter.actorId}`)
  if (filter.type !== undefined) conditions.push(sql`type = ${filter.type}`)
  if (filter.objectType !== undefined) conditions.push(sql`object_type = ${filter.objectType}`)
  if (filter.publishedBefore !== undefined) conditions.push(sql`published_at < ${filter.publishedBefore}`)
  if (filter.publishedAfter !== undefined) conditions.push(sql`published_at > ${filter.publishedAfter}`)
  if (filter.withoutPulls) {
    conditions.push(sql`type <> 'GET' AND NOT (type = 'FAIL' AND object_type IN ('tag', 'manifest'))`)
  }
  if (filter.onlyObjects !== undefined) {
    conditions.push(sql`object_type IN (SELECT value FROM json_each(${JSON.stringify(filter.onlyObjects)}))`)
  }
  return sql.join(conditions, sql` AND `)
}

/**
 * Selects the events to look at, the newest first; SQLite reads only as many as the query takes.
 * Index: events_by_repository, events_by_actor. Key: events. Scan: events, the newest first until enough are found.
 */
const lookedAt = (filter: EventFilter, from: number | undefined): SQL => sql`
  SELECT id, published_at, actor_id, actor, type, object_type, object_id, object_name, repository, content
  FROM events WHERE ${found(filter, from)} ORDER BY id DESC LIMIT ${mostEventsLookedAt}`

/** Lists events, the newest first, among a bounded number that it looks at (see `firstNotLookedAt`). */
export async function listEvents(
  db: Database,
  filter: EventFilter,
  { from, limit }: EventPlace,
): Promise<StoredEvent[]> {
  // Sorted again it would have to be whole first; nothing disturbs the order that it has.
  return db.all<StoredEvent>(sql`
    SELECT id, ${eventColumns} FROM (${lookedAt(filter, from)}) WHERE ${wanted(filter)} LIMIT ${limit}`)
}

/**
 * Returns the id at which a list goes on that found too few; undefined when there is nothing more.
 * Index: events_by_repository, events_by_actor. Key: events. Scan: events, the newest first until enough are found.
 */
export async function firstNotLookedAt(
  db: Database,
  filter: EventFilter,
  from: number | undefined,
): Promise<number | undefined> {
  const [row] = await db.all<{ id: number }>(sql`
    SELECT id FROM events WHERE ${found(filter, from)} ORDER BY id DESC LIMIT 1 OFFSET ${mostEventsLookedAt}`)
  return row?.id
}

/** Counts the matching events among the newest, of which it looks at a bounded number. */
export async function countEvents(db: Database, filter: EventFilter): Promise<number> {
  const [row] = await db.all<{ count: number }>(sql`
    SELECT count(*) AS count FROM (${lookedAt(filter, undefined)}) WHERE ${wanted(filter)}`)
  return row?.count ?? 0
}
