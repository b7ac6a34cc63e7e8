/** What the declarations of the tables say of a restore (`atRestore`) is true of a database that was mended. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { tables } from '../../../src/installed.ts'
import { anImage, digestOf, putManifest } from '../../support/content.ts'
import { aJob } from '../../support/jobs.ts'
import { aMember, anOrganization, clientOf } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { contextOf, exportAll } from '../support/exporting.ts'
import { drillDatabase, load, loadingOf } from './support/loading.ts'

const run = (...statements: string[]) => env.DB.batch(statements.map((text) => env.DB.prepare(text)))

/** Loads what the registry has into the drill's database, as a restore does. @returns the rows of a query */
async function restored(): Promise<<Row>(query: string) => Promise<Row[]>> {
  await exportAll(contextOf('mended', tables))
  drillDatabase()
  await load(await loadingOf('mended', { mended: tables }))
  return async <Row>(query: string) => (await env.DRILL.prepare(query).all<Row>()).results
}

it('what triggers count and queue is there again', async () => {
  const client = await clientOf('acme/one', 'acme/a-b/c/d')
  for (const [at, repository] of ['acme/one', 'acme/a-b/c/d'].entries()) {
    const image = await anImage(client, repository, { layers: 2, seed: at })
    await putManifest(client, repository, 'latest', image.manifest)
    await putManifest(client, repository, 'other', image.manifest)
  }
  await run(`UPDATE repositories SET visibility = 'public' WHERE name = 'acme/one'`)
  const read = await restored()
  for (const table of ['namespace_tags', 'namespace_manifests', 'repository_words']) {
    const sorted = `SELECT * FROM ${table} ORDER BY 1, 2`
    expect(await read(sorted), table).toEqual(await rowsOf(sorted))
    expect(await rowsOf(sorted), table).not.toEqual([])
  }
  const queued = (table: string, of: string) =>
    `SELECT (SELECT count(*) FROM ${table}) AS queued, (SELECT count(*) FROM ${of}) AS rows, (
       SELECT count(*) FROM ${of} WHERE (repository_id, digest) IN (SELECT repository_id, digest FROM ${table})) AS both`
  expect(await read(queued('manifest_reviews', 'manifests'))).toEqual([{ queued: 2, rows: 2, both: 2 }])
  expect(await read(queued('link_reviews', 'repository_blobs'))).toEqual([{ queued: 6, rows: 6, both: 6 }])
  expect(await read('SELECT * FROM blob_reviews')).toEqual([])
})

it('a blob without all of its segments is lost, one that nothing has is queued, and uploads are gone', async () => {
  const client = await clientOf('acme/one')
  const image = await anImage(client, 'acme/one', { layers: 2, seed: 1 })
  await putManifest(client, 'acme/one', 'latest', image.manifest)
  await run(
    `DELETE FROM segments WHERE key = (SELECT min(key) FROM segments)`,
    `INSERT INTO blobs (digest, size_bytes, session_id, created_at) VALUES ('sha256:free', 0, 'x', 1)`,
    `INSERT INTO upload_sessions (id, repository, offset_bytes, chunk_count, state, expires_at) VALUES ('u', 'acme/one', 0, 0, 'open', 1)`,
    `INSERT INTO segments (key, session_id, offset_bytes, created_at) VALUES ('segments/open', 'u', 0, 1)`,
  )
  const read = await restored()
  expect(await read('SELECT count(*) AS lost FROM blobs WHERE lost_at IS NOT NULL')).toEqual([{ lost: 1 }])
  expect(await read('SELECT digest FROM blob_reviews')).toEqual([{ digest: 'sha256:free' }])
  expect(await read('SELECT id FROM upload_sessions')).toEqual([])
  expect(await read(`SELECT session_id, blob_digest FROM segments WHERE key = 'segments/open'`)).toEqual([
    { session_id: null, blob_digest: null },
  ])
})

it('unfinished jobs are canceled and say so, and finished ones stay', async () => {
  const done = await aJob({ action: 'gc' })
  await run(`UPDATE jobs SET status = 'done', ended_at = 5 WHERE id = '${done.id}'`)
  const { id } = await aJob({ action: 'gc' })
  const read = await restored()
  const statuses = await read<{ id: string; status: string }>('SELECT id, status FROM jobs')
  expect(new Map(statuses.map((job) => [job.id, job.status]))).toEqual(
    new Map([
      [id, 'canceled'],
      [done.id, 'done'],
    ]),
  )
  const [log] = await read<{ said: string; lines: number; next: number }>(
    `SELECT max(data) AS said, count(*) AS lines, (SELECT line_count FROM jobs WHERE id = '${id}') AS next
     FROM job_logs WHERE job_id = '${id}'`,
  )
  expect(log?.said).toMatch(/canceled: the database was restored/)
  expect(log?.next).toBe(log?.lines)
})

it('numbers go on above all that were ever given', async () => {
  const client = await clientOf('acme/one')
  await client('GET', '/v2/')
  await run(
    `INSERT INTO repositories (id, name, namespace, visibility, created_at) VALUES (9000000, 'acme/x', 'acme', 'private', 1)`,
  )
  await run('DELETE FROM repositories WHERE id = 9000000')
  const read = await restored()
  expect(await read(`SELECT seq FROM sqlite_sequence WHERE name = 'repositories'`)).toEqual([{ seq: 9_000_000 }])
})

it('trust data is of one moment, and what follows from it is looked at again', async () => {
  const organization = await anOrganization('acme')
  await aMember(organization, { name: 'alice' })
  const hash = async (text: string) => {
    const hex = (await digestOf(new TextEncoder().encode(text))).slice('sha256:'.length)
    const bytes = (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16))
    return { hex, base64: btoa(String.fromCodePoint(...bytes)) }
  }
  const meta = (names: Record<string, string>) =>
    JSON.stringify({
      signed: {
        meta: Object.fromEntries(Object.entries(names).map(([role, sha256]) => [role, { hashes: { sha256 } }])),
      },
    })
  const insert = env.DB.prepare(
    `INSERT INTO trust_metadata (collection_id, role, version, sha256, body, size_bytes, created_at) VALUES (?, ?, ?, ?, ?, ?, 1)`,
  )
  const add = async (collection: number, role: string, version: number, body: string): Promise<string> => {
    const { hex, base64 } = await hash(body)
    await insert.bind(collection, role, version, hex, body, body.length).run()
    return base64
  }
  await run(
    `INSERT INTO repositories (id, name, namespace, visibility, created_at) VALUES (1, 'acme/one', 'acme', 'private', 1)`,
    ...[1, 2, 3].map(
      (id) =>
        `INSERT INTO trust_collections (id, repository_id, gun, is_published, created_at) VALUES (${id}, 1, 'gun${id}', 1, 1)`,
    ),
  )
  // Whole, with what was published while the backup was made.
  const root = await add(1, 'root', 1, 'root')
  const targets = await add(1, 'targets', 4, 'targets four')
  const snapshot = await add(1, 'snapshot', 7, meta({ root, targets }))
  await add(1, 'timestamp', 9, meta({ snapshot }))
  await add(1, 'targets', 5, 'targets five')
  await add(1, 'snapshot', 8, meta({ root }))
  // Without the targets that are named.
  const lone = await add(2, 'snapshot', 1, meta({ root: await add(2, 'root', 1, 'root two'), targets }))
  await add(2, 'timestamp', 1, meta({ snapshot: lone }))
  // Without a timestamp.
  await add(3, 'root', 1, 'root three')
  const read = await restored()
  expect(
    await read(`SELECT collection_id AS of, role, version FROM trust_metadata ORDER BY collection_id, role`),
  ).toEqual([
    { of: 1, role: 'root', version: 1 },
    { of: 1, role: 'snapshot', version: 7 },
    { of: 1, role: 'targets', version: 4 },
    { of: 1, role: 'timestamp', version: 9 },
  ])
  expect(await read('SELECT id, is_published FROM trust_collections ORDER BY id')).toEqual([
    { id: 1, is_published: 1 },
    { id: 2, is_published: 0 },
    { id: 3, is_published: 0 },
  ])
  expect(await read('SELECT collection_id, role, expires_at FROM trust_expiries')).toEqual([
    { collection_id: 1, role: 'root', expires_at: null },
  ])
  expect(await read(`SELECT count FROM trust_counts WHERE name = 'collections'`)).toEqual([{ count: 1 }])
  expect(await read('SELECT repository_id, due_at FROM bridged_repositories')).toEqual([
    { repository_id: 1, due_at: 0 },
  ])
  const [bytes] = await read<{ kept: number; counted: number }>(
    `SELECT (SELECT sum(size_bytes) FROM trust_metadata) AS kept, (
       SELECT size_bytes FROM namespace_manifests WHERE namespace = 'acme') AS counted`,
  )
  expect(bytes?.counted).toBe(bytes?.kept)
})

it('restatements, delegates, forgotten keys and policies follow what is there', async () => {
  await anOrganization('acme')
  await run(
    `INSERT INTO repositories (id, name, namespace, visibility, created_at) VALUES (1, 'acme/one', 'acme', 'private', 1), (2, 'acme/two', 'acme', 'private', 1)`,
    `INSERT INTO restatements (repository_id, subject, kind, signed_with, signed_at, signature, digest, is_stored) VALUES (1, 's', 'cosign', 'k', 1, '', 'sha256:gone', 1)`,
    `INSERT INTO trust_collections (id, repository_id, gun, created_at) VALUES (1, 1, 'gun', 1)`,
    `INSERT INTO trust_delegates (collection_id, changes, due_at) VALUES (1, 3, 99)`,
    `INSERT INTO signature_facts (repository_id, digest, kind, source, name, fingerprint, issuer, subject, signed_at)
     VALUES (1, 'sha256:i', 'cosign', 'sha256:c', '', 'aa', '', '', 1), (1, 'sha256:i', 'cosign', 'sha256:c', '', '', 'https://issuer', 'me', 1)`,
    `INSERT INTO trust_policies (id, repository_id, mode, updated_at) VALUES ('p', 1, 'enforce', 1)`,
    `UPDATE repositories SET demands_signatures = 1 WHERE id = 2`,
  )
  const read = await restored()
  expect(await read('SELECT is_stored FROM restatements')).toEqual([{ is_stored: 0 }])
  expect(await read('SELECT changes, due_at FROM trust_delegates')).toMatchObject([{ due_at: 0 }])
  expect(await read('SELECT fingerprint FROM forgotten_keys')).toEqual([{ fingerprint: 'aa' }])
  expect(await read('SELECT id, demands_signatures FROM repositories ORDER BY id')).toEqual([
    { id: 1, demands_signatures: 2 },
    { id: 2, demands_signatures: 0 },
  ])
})

it('each sentence that only SQL makes true has its SQL', async () => {
  const said = tables.filter(({ atRestore, mending }) => atRestore !== undefined && mending === undefined)
  // Those of which the load itself, the loss of their rows, or the code that begins a restore makes the sentence true.
  expect(said.map(({ name }) => name).sort()).toEqual(
    [
      'access_tokens',
      'cluster',
      'd1_migrations',
      'events',
      'found_members',
      'found_targets',
      'found_users',
      'gc_fence',
      'login_addresses',
      'login_failures',
      'oidc_logins',
      'oidc_sessions',
      'registry_keys',
      'replica_heartbeats',
      'repositories',
      'restoration',
      'revocations',
      'sessions',
      'settings_documents',
      'trust_keys',
      'upload_sessions',
      'used_messages',
      'workload_uses',
      'write_gate',
    ].sort(),
  )
})
