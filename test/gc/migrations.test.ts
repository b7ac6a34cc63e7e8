import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it } from 'vitest'
import { backToToday, registryOfRelease, rowsOf } from '../support/schema.ts'
import { collect } from './support/collecting.ts'

afterEach(backToToday)

it('what a registry of the third release had left unused waits for its grace, and then goes; what is used is not looked at', async () => {
  await registryOfRelease(3)
  const blobs = ['used', 'unnamed', 'unlinked', 'old'].map((name) => `('sha256:${name}', 1, '${name}', 1)`)
  await env.DB.batch(
    [
      `INSERT INTO accounts (id, name, is_organization, created_at) VALUES ('x', 'alice', 1, 1)`,
      `INSERT INTO repositories (id, name, namespace, created_at) VALUES (1, 'alice/app', 'alice', 1)`,
      `INSERT INTO blobs (digest, size_bytes, session_id, created_at) VALUES ${blobs.join(', ')}`,
      `INSERT INTO repository_blobs (repository_id, digest, linked_at)
       VALUES (1, 'sha256:used', 1), (1, 'sha256:unnamed', 1), (1, 'sha256:old', 1)`,
      `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
       VALUES (1, 'sha256:a', 'x', 2, '{}', 'alice', 5), (1, 'sha256:untagged', 'x', 2, '{}', 'alice', 5)`,
      `INSERT INTO manifest_blobs VALUES (1, 'sha256:a', 'sha256:used'), (1, 'sha256:untagged', 'sha256:old')`,
      `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at) VALUES (1, 'v1', 'sha256:a', 'alice', 6)`,
    ].map((sql) => env.DB.prepare(sql)),
  )
  const before = Date.now()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)

  const reviews = await rowsOf<{ digest: string; since: number }>(
    `SELECT digest, since FROM manifest_reviews UNION ALL SELECT digest, since FROM link_reviews
     UNION ALL SELECT digest, since FROM blob_reviews`,
  )
  expect(reviews.map(({ digest }) => digest)).toEqual(['sha256:untagged', 'sha256:unnamed', 'sha256:unlinked'])
  for (const { since } of reviews) expect(since).toBeGreaterThan(before - 1000)
  await collect({ cutoff: before - 1000 })
  expect(await rowsOf('SELECT digest FROM manifests')).toHaveLength(2)
  await collect()
  expect(await rowsOf('SELECT digest FROM manifests')).toEqual([{ digest: 'sha256:a' }])
  expect(await rowsOf('SELECT digest FROM blobs')).toEqual([{ digest: 'sha256:used' }])
})
