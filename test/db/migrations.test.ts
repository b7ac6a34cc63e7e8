/** What a registry of the first release becomes: nothing that it holds is lost, and all of it is reachable. */
import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it } from 'vitest'
import { hashPassword } from '../../src/auth/password.ts'
import { openDatabase } from '../../src/db/database.ts'
import { readClusterState } from '../../src/replicas/cluster.ts'
import { switchReadOnly } from '../../src/replicas/read-only.ts'
import { currentSettings } from '../../src/settings/settings.ts'
import { withPassword } from '../support/client.ts'
import { testContext } from '../support/context.ts'
import { clientOf } from '../support/people.ts'
import { backToToday, registryOfRelease, rowsOf } from '../support/schema.ts'

afterEach(backToToday)

it('a registry of the first release keeps its accounts, its repositories and their content', async () => {
  await registryOfRelease(1)
  await env.DB.batch(
    [
      `INSERT INTO accounts (id, username, password_hash, is_admin, is_active, created_at)
       VALUES (1, 'alice', '${await hashPassword('password of alice')}', 0, 1, 7), (2, 'root', 'x', 1, 0, 8)`,
      `INSERT INTO repositories (id, name, created_at)
       VALUES (1, 'alice/my-app', 1), (2, 'nobody/deep/er', 2), (3, 'nginx', 3), (4, 'nobody/more', 4),
         (5, 'alice', 5), (6, 'library/nginx', 6), (7, '${'x'.repeat(250)}', 7), (8, '${'y'.repeat(120)}/app', 8),
         (9, 'root', 9), (10, 'root/root', 10), (11, 'redis', 11)`,
      `INSERT INTO blobs (digest, size_bytes, session_id, created_at) VALUES ('sha256:b', 1, 's', 1)`,
      `INSERT INTO repository_blobs (repository_id, digest, linked_at) VALUES (1, 'sha256:b', 1)`,
      `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
       VALUES (1, 'sha256:a', 'application/vnd.oci.image.manifest.v1+json', 2, '{}', 'alice', 5)`,
      `INSERT INTO manifest_blobs VALUES (1, 'sha256:a', 'sha256:b')`,
      `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at) VALUES (1, 'v1', 'sha256:a', 'alice', 6)`,
    ].map((sql) => env.DB.prepare(sql)),
  )
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)

  const accounts = await rowsOf<{ id: string; name: string }>(
    'SELECT id, name, is_organization, is_admin, is_active, created_at FROM accounts ORDER BY name',
  )
  for (const { id } of accounts) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set(accounts.map(({ id }) => id)).size).toBe(4)
  expect(accounts).toMatchObject([
    { name: 'alice', is_organization: 0, is_admin: 0, is_active: 1, created_at: 7 },
    { name: 'library', is_organization: 1 },
    { name: 'nobody', is_organization: 1 },
    { name: 'root', is_organization: 0, is_admin: 1, is_active: 0, created_at: 8 },
  ])
  expect(await rowsOf('SELECT id, name, namespace, visibility FROM repositories ORDER BY id')).toEqual([
    { id: 1, name: 'alice/my-app', namespace: 'alice', visibility: 'private' },
    { id: 2, name: 'nobody/deep/er', namespace: 'nobody', visibility: 'private' },
    { id: 3, name: 'library/nginx-renamed-3', namespace: 'library', visibility: 'private' },
    { id: 4, name: 'nobody/more', namespace: 'nobody', visibility: 'private' },
    { id: 5, name: 'alice/alice', namespace: 'alice', visibility: 'private' },
    { id: 6, name: 'library/nginx', namespace: 'library', visibility: 'private' },
    { id: 7, name: 'library/renamed-7', namespace: 'library', visibility: 'private' },
    { id: 8, name: 'library/renamed-8', namespace: 'library', visibility: 'private' },
    { id: 9, name: 'library/root', namespace: 'library', visibility: 'private' },
    { id: 10, name: 'root/root', namespace: 'root', visibility: 'private' },
    { id: 11, name: 'library/redis', namespace: 'library', visibility: 'private' },
  ])
  expect(await rowsOf('SELECT word FROM repository_words WHERE repository_id = 1 ORDER BY word')).toEqual([
    { word: 'alice' },
    { word: 'app' },
    { word: 'my' },
  ])
  expect(await rowsOf('SELECT name, created_at, updated_at FROM tags')).toEqual([
    { name: 'v1', created_at: 6, updated_at: 6 },
  ])
  const response = await withPassword('alice', 'password of alice')('GET', '/v2/alice/my-app/manifests/v1')
  expect([response.status, await response.text()]).toEqual([200, '{}'])
  expect(await rowsOf('PRAGMA foreign_key_check')).toEqual([])
})

it('what the administrators had does not go to a user who happens to be called library', async () => {
  await registryOfRelease(1)
  await env.DB.batch(
    [
      `INSERT INTO accounts (username, password_hash, created_at) VALUES ('library', 'x', 1)`,
      `INSERT INTO repositories (name, created_at) VALUES ('redis', 1), ('library/own', 2)`,
    ].map((sql) => env.DB.prepare(sql)),
  )
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  expect(await rowsOf('SELECT name FROM repositories ORDER BY id')).toEqual([
    { name: 'library-of-before/redis' },
    { name: 'library/own' },
  ])
})

it('a repository that the Worker of before makes while a deployment spreads has its namespace, or is refused', async () => {
  await env.DB.prepare(`INSERT INTO accounts (id, name, created_at) VALUES ('1', 'alice', 1)`).run()
  const insert = env.DB.prepare('INSERT INTO repositories (name, created_at) VALUES (?, 1)')
  await insert.bind('alice/app').run()
  expect(await rowsOf('SELECT name, namespace FROM repositories')).toEqual([{ name: 'alice/app', namespace: 'alice' }])
  await expect(insert.bind('nobody/app').run()).rejects.toThrow('FOREIGN KEY')
})

it('a registry of the fourth release finds its repositories by their paths, and keeps its grace', async () => {
  await registryOfRelease(4)
  await env.DB.batch(
    [
      `INSERT INTO accounts (id, name, is_organization, created_at) VALUES ('x', 'acme', 1, 1)`,
      `INSERT INTO repositories (id, name, namespace, visibility, created_at)
       VALUES (1, 'acme/a-b/c/d', 'acme', 'public', 1), (2, 'acme/e/f', 'acme', 'private', 1), (3, 'acme/g', 'acme', 'public', 1)`,
      `INSERT INTO settings (name, value)
       VALUES ('gcGrace', '"36h30m1.5s250ms"'), ('jobHistoryMaxAge', '"90m"'), ('createRepositoryOnPush', 'false')`,
    ].map((sql) => env.DB.prepare(sql)),
  )
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  expect(await rowsOf('SELECT name, milliseconds FROM settings ORDER BY name')).toEqual([
    { name: 'createRepositoryOnPush', milliseconds: null },
    { name: 'gcGrace', milliseconds: 131_401_750 },
    { name: 'jobHistoryMaxAge', milliseconds: 5_400_000 },
  ])
  const paths = `SELECT word, repository_id AS id, namespace, is_public AS isPublic FROM repository_words
    WHERE instr(word, '/') > 0 ORDER BY word`
  const found = [
    { word: 'a-b/c/d', id: 1, namespace: 'acme', isPublic: 1 },
    { word: 'c/d', id: 1, namespace: 'acme', isPublic: 1 },
    { word: 'e/f', id: 2, namespace: 'acme', isPublic: 0 },
  ]
  expect(await rowsOf(paths)).toEqual(found)
  // One that is made now has the same.
  await env.DB.prepare('DELETE FROM repositories WHERE id = 1').run()
  await env.DB.prepare(
    `INSERT INTO repositories (id, name, namespace, visibility, created_at) VALUES (1, 'acme/a-b/c/d', 'acme', 'public', 1)`,
  ).run()
  expect(await rowsOf(paths)).toEqual(found)
})

it('no migration has what D1 splits wrongly: semicolons and quotes in comments, CASE within triggers', () => {
  for (const { name, queries } of env.TEST_MIGRATIONS) {
    const text = queries.join('\n')
    const comments = text.split('\n').filter((line) => line.trimStart().startsWith('--'))
    expect([name, comments.filter((line) => /[;'"]/.test(line))]).toEqual([name, []])
    const triggers = queries.filter((query) => query.includes('CREATE TRIGGER'))
    expect([name, triggers.filter((query) => /\bCASE\b|\r/.test(query))]).toEqual([name, []])
  }
})

it.each([
  ['true', 405, true],
  ['false', 202, false],
  [undefined, 202, false],
])('a registry of the second release, whose switch to read-only is %s, keeps it', async (value, status, closed) => {
  await registryOfRelease(2)
  await env.DB.batch(
    [
      `INSERT INTO accounts (id, name, is_organization, created_at) VALUES ('x', 'alice', 1, 1)`,
      `INSERT INTO repositories (id, name, namespace, created_at) VALUES (1, 'alice/app', 'alice', 1)`,
      `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
       VALUES (1, 'sha256:a', 'application/vnd.oci.image.manifest.v1+json', 2, '{}', 'alice', 5)`,
      `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at) VALUES (1, 'v1', 'sha256:a', 'alice', 6)`,
      `INSERT INTO settings (name, value) VALUES ('createRepositoryOnPush', 'false')`,
      ...(value === undefined ? [] : [`INSERT INTO settings (name, value) VALUES ('readOnlyRegistry', '${value}')`]),
    ].map((sql) => env.DB.prepare(sql)),
  )
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)

  expect(await rowsOf('SELECT name FROM settings')).toEqual([{ name: 'createRepositoryOnPush' }])
  const db = openDatabase(env.DB)
  expect(await currentSettings(db, Date.now())).toMatchObject({
    readOnlyRegistry: closed,
    createRepositoryOnPush: false,
  })
  const client = await clientOf('alice/app')
  expect((await client('DELETE', '/v2/alice/app/manifests/v1')).status).toBe(status)
  // The replicas begin with it, and can end it.
  await dropClusterRow()
  expect((await readClusterState(testContext())).readOnly.on).toBe(closed)
  await switchReadOnly(testContext(), { on: false, reason: '', until: undefined, by: '' })
  expect((await client('DELETE', '/v2/alice/app/manifests/v1')).status).toBe(closed ? 202 : 404)
})

const dropClusterRow = () => env.DB.prepare('DELETE FROM cluster').run()
