/** The schema of the test database: read, taken away, and as releases left it. */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { dropCluster, withCluster } from './replicas.ts'

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

/** An empty registry of the first, second, third or fourth release, each of which brought one migration. */
export async function registryOfRelease(release: number): Promise<void> {
  await dropEverything()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS.slice(0, release))
}

/** Makes today's schema again, which the other tests work with. */
export async function backToToday(): Promise<void> {
  await dropCluster()
  await dropEverything()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  await withCluster()
}
