/** A backup of an earlier release becomes a database of this one. */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { migrations } from '../../../src/backup/load/migrations.ts'
import { dropTables } from '../../../src/backup/load/schema-store.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { tables } from '../../../src/installed.ts'
import { contextOf, exportAll } from '../support/exporting.ts'
import { load, loadingOf } from './support/loading.ts'
import { objectsOf } from './support/databases.ts'

it('the bundled migrations are those of the folder', () => {
  const asOne = (queries: readonly string[]): string =>
    queries
      .join('\n')
      .replaceAll(/--> statement-breakpoint|^--.*$/gm, '')
      .replaceAll(/[\s;]/g, '')
  const bundled = new Map(migrations.map(({ name, statements }) => [name, asOne(statements)]))
  expect([...bundled.keys()]).toEqual(env.TEST_MIGRATIONS.map(({ name }) => name))
  const others = env.TEST_MIGRATIONS.filter(({ name, queries }) => bundled.get(name) !== asOne(queries))
  expect(others.map(({ name }) => name)).toEqual([])
})

/** Makes a backup of a database that has the first migrations alone. */
async function backupOf(count: number): Promise<void> {
  const db = openDatabase(env.DRILL)
  await dropTables(db)
  await applyD1Migrations(env.DRILL, env.TEST_MIGRATIONS.slice(0, count))
  await env.DRILL.batch(
    [
      `INSERT INTO accounts (id, name, is_organization, created_at) VALUES ('x', 'acme', 1, 1)`,
      `INSERT INTO repositories (id, name, namespace, visibility, created_at) VALUES (7, 'acme/one', 'acme', 'private', 1)`,
      `INSERT INTO blobs (digest, size_bytes, session_id, created_at) VALUES ('sha256:b', 0, 's', 1)`,
      `INSERT INTO repository_blobs (repository_id, digest, linked_at) VALUES (7, 'sha256:b', 1)`,
      `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at, subject, artifact_type)
       VALUES (7, 'sha256:a', 'application/vnd.oci.image.manifest.v1+json', 2, '{}', 'alice', 5, 'sha256:s', 'application/vnd.cncf.notary.signature')`,
      `INSERT INTO manifest_blobs (repository_id, manifest_digest, blob_digest) VALUES (7, 'sha256:a', 'sha256:b')`,
      `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at) VALUES (7, 'v1', 'sha256:a', 'alice', 6)`,
    ].map((text) => env.DRILL.prepare(text)),
  )
  const { results } = await env.DRILL.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all<{
    name: string
  }>()
  const there = new Set(results.map(({ name }) => name))
  const declared = tables
    .filter(({ name }) => there.has(name))
    .map((table) =>
      'refersTo' in table && table.refersTo !== undefined
        ? Object.assign({}, table, { refersTo: table.refersTo.filter((name) => there.has(name)) })
        : table,
    )
  await exportAll({ ...contextOf('older', declared), db })
  await dropTables(db)
}

it.each([14, 18, 24, 26])('a backup of a database with %i migrations', async (count) => {
  await backupOf(count)
  const loading = await loadingOf('older', { mended: tables })
  expect(loading.manifest.schema).toBe(migrations[count - 1]?.name)
  expect((await load(loading)).dropped).toEqual({})
  expect(await objectsOf(env.DRILL)).toEqual(await objectsOf(env.DB))
  const read = async (text: string) => (await env.DRILL.prepare(text).all()).results
  expect(await read('SELECT name, digest FROM tags')).toEqual([{ name: 'v1', digest: 'sha256:a' }])
  // What a migration makes of the rows, by the trigger or by itself.
  expect(await read('SELECT digest, subject FROM signature_manifests')).toEqual([
    { digest: 'sha256:a', subject: 'sha256:s' },
  ])
  expect(await read('SELECT count FROM namespace_tags')).toEqual([{ count: 1 }])
  expect(await read('SELECT name FROM d1_migrations ORDER BY id')).toEqual(migrations.map(({ name }) => ({ name })))
})
