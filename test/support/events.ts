/** Reads the events that were written. */
import { env } from 'cloudflare:workers'

export interface ShownEvent {
  readonly actor: string
  readonly type: string
  readonly objectType: string
  readonly objectName: string
  readonly repository: string | null
  readonly content: unknown
}

/** In the order in which they were written. */
export async function events(where = 'true'): Promise<ShownEvent[]> {
  const { results } = await env.DB.prepare(
    `SELECT actor, type, object_type AS objectType, object_name AS objectName, repository, content
     FROM events WHERE ${where} ORDER BY id`,
  ).all<ShownEvent & { content: string | null }>()
  return results.map(({ content, ...event }) =>
    Object.assign(event, { content: content === null ? null : (JSON.parse(content) as unknown) }),
  )
}
