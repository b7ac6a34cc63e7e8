/** The schema of the test database: read, and taken away. */
import { env } from 'cloudflare:workers'

export const rowsOf = async <Row>(sql: string): Promise<Row[]> => (await env.DB.prepare(sql).all<Row>()).results

/** Drops every table. One goes when no other refers to it any more, so this goes round until none is left. */
export async function dropEverything(): Promise<void> {
  const list = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`
  for (let tables = await rowsOf<{ name: string }>(list); tables.length > 0; tables = await rowsOf(list)) {
    for (const { name } of tables) {
      await env.DB.prepare(`DROP TABLE ${name}`)
        .run()
        .catch(() => undefined)
    }
  }
}
