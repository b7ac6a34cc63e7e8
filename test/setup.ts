/**
 * Every test starts with empty storage and today's schema. Rows and objects are deleted one by one: the runtime's own
 * `reset` would break off answers that a test did not read to their end.
 */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach } from 'vitest'

beforeAll(() => applyD1Migrations(env.DB, env.TEST_MIGRATIONS))

beforeEach(async () => {
  const { objects } = await env.BUCKET.list()
  if (objects.length > 0) await env.BUCKET.delete(objects.map(({ key }) => key))
  const { results: tables } = await env.DB.prepare(
    `SELECT name FROM sqlite_schema
     WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name != 'd1_migrations'`,
  ).all<{ name: string }>()
  await env.DB.batch([
    env.DB.prepare('PRAGMA defer_foreign_keys = on'),
    // First, as one of them may forbid the deletions that follow.
    env.DB.prepare('DELETE FROM settings'),
    ...tables.map(({ name }) => env.DB.prepare(`DELETE FROM ${name}`)),
  ])
})
