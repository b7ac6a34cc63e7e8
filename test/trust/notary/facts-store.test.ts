/** The facts of a role are what its last publication says, and nothing of the one before. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { openDatabase, runBatch } from '../../../src/db/database.ts'
import { replaceFacts } from '../../../src/trust/notary/facts-store.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { aRepository, namespaces } from '../../support/people.ts'

const db = openDatabase(env.DB)
let repositoryId: number

beforeEach(async () => {
  await namespaces('alice')
  await aRepository('alice/app')
  repositoryId = await idOfRepository('alice/app')
})

async function publish(tags: readonly string[], fingerprints: readonly string[], role = 'targets'): Promise<void> {
  const targets = tags.map((tag) => [tag, `sha256:${tag}`] as const)
  await runBatch(db, { facts: replaceFacts({ repositoryId, collectionId: 1, role, targets, fingerprints }, 1) })
}

async function facts(): Promise<string[]> {
  const { results } = await env.DB.prepare(
    'SELECT source, name, fingerprint FROM signature_facts ORDER BY source, name, fingerprint',
  ).all<{ source: string; name: string; fingerprint: string }>()
  return results.map(({ source, name, fingerprint }) => `${source} ${name} ${fingerprint}`)
}

it('a key that no longer signs a role has signed none of its targets', async () => {
  await publish(['v1'], ['key-a', 'key-b'])
  await publish(['v1'], ['key-a'], 'targets/releases')
  await publish(['v1'], ['key-b'])
  expect(await facts()).toEqual(['1/targets v1 key-b', '1/targets/releases v1 key-a'])
})

it('a target that a role no longer lists is signed by no key', async () => {
  await publish(['v1', 'v2'], ['key-a'])
  await publish(['v2'], ['key-a'])
  expect(await facts()).toEqual(['1/targets v2 key-a'])
})
