/** A database whose tables a restoration has taken away, as far as requests notice. */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { forgetHealth } from '../../src/replicas/health-check.ts'
import { forgetClusterView } from '../../src/replicas/view-cache.ts'
import { endReplica, withCluster } from './replicas.ts'
import { dropEverything, rowsOf } from './schema.ts'

/** Takes all tables away but those that a restoration keeps; `bringTablesBack` brings them back, empty. */
export async function takeTablesAway(backup: string): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO restoration (id, restore_id, backup_id, begun_by, begun_at, token_hash, tables_are_away, wanted, progress,
       lease_holder, lease_until) VALUES (1, 'restore', ?, '', 1, '', 1, '{}', '{}', '', 0)`,
  )
    .bind(backup)
    .run()
  const triggers = await rowsOf<{ name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'trigger'`)
  const tables = await rowsOf<{ name: string }>(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'
     AND name NOT IN ('d1_migrations', 'restoration')`,
  )
  await env.DB.batch([
    ...triggers.map(({ name }) => env.DB.prepare(`DROP TRIGGER ${name}`)),
    ...tables.map(({ name }) => env.DB.prepare(`ALTER TABLE ${name} RENAME TO restoring_${name}`)),
  ])
}

/** Makes today's schema again after tables were taken away, and a cluster in place of the one that was known. */
export async function bringTablesBack(): Promise<void> {
  const [kept] = await rowsOf<{ name: string }>(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('cluster', 'restoring_cluster')`,
  )
  const replicas =
    kept === undefined
      ? []
      : await rowsOf<{ id: string }>(`SELECT value ->> 'id' AS id FROM ${kept.name}, json_each(members)`)
  await dropEverything()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  forgetHealth(env.REPLICAS)
  forgetClusterView(env.REPLICAS)
  for (const { id } of replicas) await endReplica(id)
  await withCluster()
}
