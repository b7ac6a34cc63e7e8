/** What triggers of the schema keep true, whatever the code does. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { withSql } from '../support/bounds.ts'
import { countRows } from '../support/content.ts'
import { aRepository, namespaces } from '../support/people.ts'

beforeEach(async () => {
  await namespaces('acme')
  await aRepository('acme/app')
})

async function demands(name: string): Promise<number[]> {
  const sql = 'SELECT demands_signatures AS demand FROM repositories WHERE name = ?'
  const { results } = await env.DB.prepare(sql).bind(name).all<{ demand: number }>()
  return results.map(({ demand }) => demand)
}

const ofRepository = (mode: string): Promise<unknown> =>
  withSql(`INSERT INTO trust_policies (id, repository_id, mode, updated_at)
    SELECT 'repository', id, '${mode}', 1 FROM repositories WHERE name = 'acme/app'`)
const ofNamespace = (mode: string): Promise<unknown> =>
  withSql(`INSERT INTO trust_policies (id, namespace_id, mode, updated_at)
    SELECT 'namespace', id, '${mode}', 1 FROM accounts WHERE name = 'acme'`)

it('a repository demands what is stricter of its own policy and that of its namespace', async () => {
  expect(await demands('acme/app')).toEqual([0])
  await ofRepository('report')
  expect(await demands('acme/app')).toEqual([1])
  await ofNamespace('enforce')
  expect(await demands('acme/app')).toEqual([2])
  await withSql("UPDATE trust_policies SET mode = 'enforce' WHERE id = 'repository'")
  await withSql("DELETE FROM trust_policies WHERE id = 'namespace'")
  expect(await demands('acme/app')).toEqual([2])
  await withSql("UPDATE trust_policies SET mode = 'report' WHERE id = 'repository'")
  expect(await demands('acme/app')).toEqual([1])
  await withSql("DELETE FROM trust_policies WHERE id = 'repository'")
  expect(await demands('acme/app')).toEqual([0])
})

it('a new repository demands what its namespace does', async () => {
  await ofNamespace('enforce')
  await aRepository('acme/later')
  expect(await demands('acme/later')).toEqual([2])
})

it('the object of a long document has no owner once its row is gone', async () => {
  await withSql(
    `INSERT INTO segments (key, offset_bytes, size_bytes, created_at, kept_for) VALUES ('k', 0, 1, 1, 'trust')`,
  )
  await withSql(`INSERT INTO trust_collections (id, repository_id, gun, created_at)
    SELECT 1, id, 'registry.test/acme/app', 1 FROM repositories`)
  await withSql(`INSERT INTO trust_metadata (collection_id, role, version, sha256, segment_key, size_bytes, created_at)
    VALUES (1, 'targets', 1, 'x', 'k', 1, 1)`)
  expect(await countRows('segments', 'kept_for IS NULL')).toBe(0)
  await withSql('DELETE FROM trust_collections')
  expect(await countRows('segments', 'kept_for IS NULL')).toBe(1)
})
