/** Content whose names are as long as they may be. */
import { env } from 'cloudflare:workers'
import { parseRepositoryName } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { namespaces } from './people.ts'

export const longestNamed = parseRepositoryName(`alice/${'n'.repeat(245)}`)
const sha512 = (prefix: string): string => `'sha512:${prefix}' || printf('%0${128 - prefix.length}d', at)`

/** Makes an untagged index with that many referrers, in a repository with the longest name; their digests are the longest. */
export async function referredTo(many: number): Promise<void> {
  await namespaces('alice')
  const series = `WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < ${many})`
  const columns = 'repository_id, digest, media_type, subject, size_bytes, body, pushed_by, pushed_at'
  await env.DB.batch(
    [
      `INSERT INTO repositories (id, name, namespace, created_at) VALUES (1, '${longestNamed}', 'alice', 1)`,
      `INSERT INTO manifests (${columns})
       WITH n (at) AS (SELECT 0) SELECT 1, ${sha512('a')}, '${mediaTypes.image}', NULL, 2, '{}', 'alice', 1 FROM n`,
      `INSERT INTO manifests (${columns})
       ${series} SELECT 1, ${sha512('b')}, '${mediaTypes.image}', (SELECT digest FROM manifests), 2, '{}', 'alice', 1 FROM n`,
    ].map((statement) => env.DB.prepare(statement)),
  )
}
