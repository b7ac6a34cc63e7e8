import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { insertReturnedKeys } from '../../../src/trust/rescue/return-store.ts'
import { countRows } from '../../support/content.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { aRepository, namespaces } from '../../support/people.ts'
import { strictDatabase } from '../../support/strict-database.ts'

it('the keys of a collection come back, however often they were rotated', async () => {
  await namespaces('alice')
  await aRepository('alice/app')
  const collection = await env.DB.prepare(
    "INSERT INTO trust_collections (repository_id, gun, is_published, created_at) VALUES (?, 'alice/app', 1, 1) RETURNING id",
  )
    .bind(await idOfRepository('alice/app'))
    .first<number>('id')
  const keys = Array.from({ length: 6000 }, (_, at) => ({
    keyId: at.toString(16).padStart(64, '0'),
    role: 'timestamp' as const,
    publicKey: 'p'.repeat(124),
    sealedPrivate: 's'.repeat(220),
    sealedWith: 'w'.repeat(16),
    usedAt: at + 1,
  }))
  await insertReturnedKeys(strictDatabase(), collection ?? 0, keys, 1)
  expect(await countRows('trust_keys')).toBe(keys.length)
})
