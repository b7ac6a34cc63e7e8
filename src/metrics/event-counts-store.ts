/** Events, counted by what they tell of. */
import { sql, type SQL } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import type { ObjectType } from '../db/events/object-types.ts'
import type { EventType } from '../db/events/schema.ts'

export interface EventCount {
  readonly type: EventType
  readonly objectType: ObjectType
  readonly count: number
}

/** Lists the counts, one for each pair of types that ever was. Key: event_counts. */
export async function listEventCounts(db: Database): Promise<EventCount[]> {
  return db.all<EventCount>(
    sql`SELECT type, object_type AS objectType, count FROM event_counts ORDER BY type, object_type`,
  )
}

/** Makes the statement that adds events to the counts. */
export const addEventCounts = (events: readonly Omit<EventCount, 'count'>[]): SQL => sql`
  INSERT INTO event_counts (type, object_type, count)
  SELECT value ->> 'type', value ->> 'objectType', count(*)
  FROM json_each(${JSON.stringify(events.map(({ type, objectType }) => ({ type, objectType })))})
  WHERE true GROUP BY 1, 2
  ON CONFLICT (type, object_type) DO UPDATE SET count = count + excluded.count`
