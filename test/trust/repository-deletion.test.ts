/** Trust data of a deleted repository goes piece by piece, however much it is. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { aWorker, workOnJob } from '../../src/jobs/runner.ts'
import { parseRepositoryName } from '../../src/names.ts'
import { insertMany, withSql } from '../support/bounds.ts'
import { countRows } from '../support/content.ts'
import { countingChanges, idOfRepository, removeByApi } from '../support/deletions.ts'
import { jobsContext, theJob } from '../support/jobs.ts'
import { aRepository, aUser } from '../support/people.ts'

const repository = parseRepositoryName('alice/app')
/** The most rows of a statement, and what triggers write with each. */
const mostChanges = 3 * 2000

let id: number

beforeEach(async () => {
  await aUser('alice')
  await aRepository(repository)
  id = await idOfRepository(repository)
  await withSql("INSERT INTO trust_collections (id, repository_id, gun, created_at) VALUES (1, ?, 'gun', 1)", id)
})

/** Deletes the repository. @returns the most rows that one statement changed */
async function deletes(): Promise<number> {
  const changes: number[] = []
  const job = await removeByApi(repository)
  await workOnJob(aWorker(jobsContext({ db: openDatabase(countingChanges(changes)) }), 20_000), job)
  expect(await theJob(job)).toMatchObject({ status: 'done' })
  for (const table of ['repositories', 'trust_collections']) expect([table, await countRows(table)]).toEqual([table, 0])
  return Math.max(...changes)
}

const many = 7000

it.each([
  [
    'signature_facts',
    `INSERT INTO signature_facts
       (repository_id, digest, kind, source, name, fingerprint, issuer, subject, signed_at)
     SELECT ?, 'sha256:' || i, 'notary', '1/targets', 't' || i, 'f', '', '', 1 FROM n`,
  ],
  [
    'trust_metadata',
    `INSERT INTO trust_metadata (collection_id, role, version, sha256, body, size_bytes, created_at)
     SELECT 1, 'root', i, i, '{}', 2, ? FROM n`,
  ],
  [
    'trust_keys',
    `INSERT INTO trust_keys (collection_id, key_id, role, public_key, sealed_private, sealed_with, created_at, used_at)
     SELECT 1, i, 'timestamp', '', '', '', 1, ? FROM n`,
  ],
])('all rows of %s go, a bounded number with each statement', async (table, insert) => {
  await insertMany(many, insert, id)
  expect(await deletes()).toBeLessThanOrEqual(mostChanges)
  expect(await countRows(table)).toBe(0)
})

it('the changefeed keeps what happened, and takes it off its repository in pieces', async () => {
  await insertMany(
    many,
    `INSERT INTO trust_changes (created_at, repository_id, gun, version, sha256, category)
     SELECT 1, ?, 'gun', i, '', 'update' FROM n`,
    id,
  )
  expect(await deletes()).toBeLessThanOrEqual(mostChanges)
  expect(await countRows('trust_changes', 'repository_id IS NULL')).toBe(many)
})

it('the bytes of its documents are given back to the namespace', async () => {
  await withSql(
    `INSERT INTO trust_metadata (collection_id, role, version, sha256, body, size_bytes, created_at)
     VALUES (1, 'root', 1, 'x', '{}', 2, 1)`,
  )
  const held = () =>
    env.DB.prepare("SELECT size_bytes FROM namespace_manifests WHERE namespace = 'alice'").first('size_bytes')
  expect(await held()).toBe(2)
  await deletes()
  expect(await held()).toBe(0)
})
