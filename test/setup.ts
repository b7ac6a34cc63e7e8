/**
 * Every test starts with empty storage and today's schema. Rows and objects are deleted one by one: the runtime's own
 * `reset` would break off answers that a test did not read to their end.
 */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach } from 'vitest'
import { coreApp, wholeApp } from '../src/answer.ts'
import { keptAnswers } from '../src/db/cache.ts'
import { loadAll } from '../src/util/lazy.ts'
import { clusterViewNow, holdClusterView } from '../src/replicas/view-cache.ts'
import { testContext } from './support/context.ts'
import { undecidedCluster } from './support/replicas.ts'

/** The replicas live on from test to test, and so must what D1 knows of them. */
const kept = new Set(['cluster', 'replica_heartbeats', 'write_gate'])

const longestTestMilliseconds = 600_000

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  // Requests of a test that load a module at the same time would wait for each other, and for ever for one that is broken off.
  await coreApp()
  await wholeApp()
  await loadAll()
  // So that no test pays for making them.
  await undecidedCluster()
  await clusterViewNow({ ...testContext(), background: () => {} })
})

beforeEach(async () => {
  const { objects } = await env.BUCKET.list()
  if (objects.length > 0) await env.BUCKET.delete(objects.map(({ key }) => key))
  const { objects: backups } = await env.BACKUPS.list()
  if (backups.length > 0) await env.BACKUPS.delete(backups.map(({ key }) => key))
  await emptyTables()
  // What the isolate keeps was true of those rows.
  keptAnswers(env.DB).drop()
  // On a busy machine a replica may find for a moment that D1 is too slow. Only tests of the replicas are about that, and
  // those look again.
  holdClusterView(env.REPLICAS, Date.now() + longestTestMilliseconds)
})

/** Triggers write rows for what is deleted, as a revocation for an account. */
const mostRounds = 10
/** D1 answers no more than 100. */
const columnsOfLook = 50

/** Deletes all rows. Most tables have none, and a look at all of them is cheaper than a statement for each. */
async function emptyTables(): Promise<void> {
  const names = await tablesToEmpty()
  // First, as it may forbid the deletions that follow. Its token stays: the replicas only give higher ones.
  const openGate = env.DB.prepare("UPDATE write_gate SET closed = 0, reason = '', until = NULL, passing = NULL")
  const looks = looksAt(names).map((look) => env.DB.prepare(look))
  let filled: string[] = []
  for (let round = 0; round < mostRounds; round++) {
    const [, ...found] = await env.DB.batch<Record<string, number>>([openGate, ...looks])
    const counts = found.flatMap(({ results }) => results).flatMap((row) => Object.entries(row))
    filled = counts.filter(([, isFilled]) => isFilled === 1).map(([name]) => name)
    if (filled.length === 0) return
    const deletions = filled.map((name) => env.DB.prepare(`DELETE FROM ${name}`))
    await env.DB.batch([env.DB.prepare('PRAGMA defer_foreign_keys = on'), openGate, ...deletions])
  }
  throw new Error(`tables fill again whenever they are emptied: ${filled.join(', ')}`)
}

/** Lists all tables but those that are kept, with those that a test has made. */
async function tablesToEmpty(): Promise<string[]> {
  const { results } = await env.DB.prepare(
    `SELECT name FROM sqlite_schema
     WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name != 'd1_migrations'`,
  ).all<{ name: string }>()
  return results.map(({ name }) => name).filter((name) => !kept.has(name))
}

/** Writes the statements that tell of each table whether it has rows. */
function looksAt(names: readonly string[]): string[] {
  const starts = Array.from({ length: Math.ceil(names.length / columnsOfLook) }, (_, at) => at * columnsOfLook)
  return starts.map((start) => {
    const columns = names.slice(start, start + columnsOfLook).map((name) => `EXISTS (SELECT 1 FROM ${name}) AS ${name}`)
    return `SELECT ${columns.join(', ')}`
  })
}
