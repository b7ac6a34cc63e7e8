/**
 * Events: who did what, when. Each is written by the batch that does it, so that nothing happens without its event and
 * no event tells of what did not happen.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName, RepositoryName } from '../names.ts'
import type { Database } from './database.ts'
import type { EventType, ObjectType } from './schema/records.ts'

export interface NewEvent {
  /** The account's name; empty for somebody unknown, and for the registry itself. */
  readonly actor: AccountName | ''
  readonly type: EventType
  readonly objectType: ObjectType
  /** What identifies it for a program: a digest, an account's id. */
  readonly objectId: string
  /** What identifies it for a person. */
  readonly objectName: string
  readonly repository?: RepositoryName
  readonly content?: Readonly<Record<string, unknown>>
  readonly now: number
}

/**
 * The statement that writes an event.
 *
 * @param when a condition on the state before the batch goes on: the event is written only where it holds
 */
export function recordEvent(event: NewEvent, when: SQL = sql`true`): SQL {
  const { objectId, objectName } = event
  return recordEvents(event, { objectId: sql`${objectId}`, objectName: sql`${objectName}`, from: sql`(SELECT 1) WHERE ${when}` })
}

/**
 * The statement that writes an event for each row of a source.
 *
 * @param source what stands after FROM, and the expressions that name the object of each row
 */
export function recordEvents(
  event: Omit<NewEvent, 'objectId' | 'objectName'>,
  { objectId, objectName, from }: { readonly objectId: SQL; readonly objectName: SQL; readonly from: SQL },
): SQL {
  const content = event.content === undefined ? null : JSON.stringify(event.content)
  return sql`
    INSERT INTO events (published_at, actor_id, actor, type, object_type, object_id, object_name, repository, content)
    SELECT ${event.now}, (SELECT id FROM accounts WHERE name = ${event.actor}), ${event.actor}, ${event.type},
      ${event.objectType}, ${objectId}, ${objectName}, ${event.repository ?? null}, ${content}
    FROM ${from}`
}

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

export interface EventFilter {
  /** Undefined: of the whole registry. */
  readonly repository?: RepositoryName | undefined
  readonly actorId?: string | undefined
  readonly type?: EventType | undefined
  readonly objectType?: ObjectType | undefined
  readonly publishedBefore?: number | undefined
  readonly publishedAfter?: number | undefined
  readonly withoutPulls: boolean
  /** Only of this id and older ones. */
  readonly from?: number | undefined
  readonly limit: number
}

/** Newest first (index `events_by_repository`, `events_by_actor` or the primary key). */
export async function listEvents(db: Database, filter: EventFilter): Promise<StoredEvent[]> {
  const conditions: SQL[] = [sql`true`]
  if (filter.repository !== undefined) conditions.push(sql`repository = ${filter.repository}`)
  if (filter.actorId !== undefined) conditions.push(sql`actor_id = ${filter.actorId}`)
  if (filter.type !== undefined) conditions.push(sql`type = ${filter.type}`)
  if (filter.objectType !== undefined) conditions.push(sql`object_type = ${filter.objectType}`)
  if (filter.publishedBefore !== undefined) conditions.push(sql`published_at < ${filter.publishedBefore}`)
  if (filter.publishedAfter !== undefined) conditions.push(sql`published_at > ${filter.publishedAfter}`)
  if (filter.withoutPulls) conditions.push(sql`type <> 'GET'`)
  if (filter.from !== undefined) conditions.push(sql`id <= ${filter.from}`)
  return db.all<StoredEvent>(sql`
    SELECT id, published_at AS publishedAt, actor_id AS actorId, actor, type, object_type AS objectType,
      object_id AS objectId, object_name AS objectName, repository, content
    FROM events WHERE ${sql.join(conditions, sql` AND `)} ORDER BY id DESC LIMIT ${filter.limit}`)
}

/**
 * Deletes the oldest events, a bounded number of them: those from before a time, and those beyond a number.
 *
 * @param keep how many may stay; ids have no gaps but at the old end, so the highest tells which are too many
 * @returns how many went
 */
export async function trimEvents(
  db: Database,
  limits: { readonly before: number | undefined; readonly keep: number | undefined },
  most: number,
): Promise<number> {
  const { before, keep } = limits
  const { meta } = await db.run(sql`
    DELETE FROM events WHERE id IN (
      SELECT id FROM (SELECT id FROM events WHERE published_at < ${before ?? -1} ORDER BY published_at LIMIT ${most})
      UNION
      SELECT id FROM (
        SELECT id FROM events WHERE id <= (SELECT max(id) FROM events) - ${keep ?? null} ORDER BY id LIMIT ${most})
    )`)
  return meta.changes
}
