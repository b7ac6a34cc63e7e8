/** Repositories that are deleted: what they hold, and the request. */
import { env } from 'cloudflare:workers'
import type { RepositoryName } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { removeRepository } from '../../src/registry/repositories.ts'
import { testContext } from './context.ts'
import { root } from './jobs.ts'

export const idOfRepository = async (name: string): Promise<number> =>
  (await env.DB.prepare('SELECT id FROM repositories WHERE name = ?').bind(name).first<number>('id')) ?? 0

/** Deletes as the API does, without working on the job. @returns the id of the job */
export async function removeByApi(name: RepositoryName): Promise<string> {
  const job = await removeRepository(testContext(), { id: await idOfRepository(name), name }, root)
  if (job === undefined) throw new Error('no job was made')
  return job
}

/**
 * Gives a repository an index of many images, an image of many blobs with many tags, and a manifest with many referrers.
 * The images of the index are pinned.
 */
export async function fillRepository(name: string, many: number): Promise<void> {
  const id = await idOfRepository(name)
  const series = `WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < ${many})`
  const manifest = (digest: string, subject = 'NULL'): string => `
    INSERT INTO manifests (repository_id, digest, media_type, subject, size_bytes, body, pushed_by, pushed_at)
    ${series} SELECT ${id}, ${digest}, '${mediaTypes.image}', ${subject}, 2, '{}', 'alice', 1 FROM n`
  await env.DB.batch(
    [
      `${manifest("'sha256:index'")} LIMIT 1`,
      `${manifest("'sha256:large'")} LIMIT 1`,
      manifest("'sha256:child' || at"),
      manifest("'sha256:about' || at", "'sha256:index'"),
      `INSERT INTO blobs (digest, size_bytes, session_id, created_at) ${series} SELECT 'sha256:blob' || at, 0, 's', 1 FROM n`,
      `INSERT INTO repository_blobs ${series} SELECT ${id}, 'sha256:blob' || at, 1 FROM n`,
      `INSERT INTO manifest_blobs ${series} SELECT ${id}, 'sha256:large', 'sha256:blob' || at FROM n`,
      `INSERT INTO manifest_children ${series} SELECT ${id}, 'sha256:index', 'sha256:child' || at FROM n`,
      `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at, created_at)
       ${series} SELECT ${id}, 't' || at, 'sha256:large', 'alice', 1, 1 FROM n`,
      `INSERT INTO pins ${series} SELECT ${id}, 'manifest', 'sha256:child' || at, 'notary' FROM n`,
    ].map((statement) => env.DB.prepare(statement)),
  )
}

/** @param changes gets how many rows each statement changed, with its triggers and cascades */
export const countingChanges = (changes: number[]): D1Database =>
  new Proxy(env.DB, {
    get(target, property) {
      if (property === 'prepare') return (sql: string) => target.prepare(sql)
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements)
        changes.push(...results.map(({ meta }) => meta.changes))
        return results
      }
    },
  })
