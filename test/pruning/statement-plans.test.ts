/** How D1 finds the rows of policies, and of the tags that they match. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { parseDigest, parseRepositoryName, parseTag } from '../../src/names.ts'
import * as policies from '../../src/pruning/policy-store.ts'
import * as tags from '../../src/pruning/tag-store.ts'
import { plansOf } from '../support/explaining.ts'
import { aRepository, namespaces } from '../support/people.ts'
import { untruthsIn } from '../support/statement-comments.ts'

const name = parseRepositoryName('acme/app')
const attribution = { by: '', now: 1 } as const
const policy = { enabled: true, rules: '[]', tagsSince: 0 }
const condemned: tags.Condemned = {
  name: parseTag('nightly'),
  digest: parseDigest(`sha256:${'a'.repeat(64)}`),
  updatedAt: 1,
  policy: { id: 'id', version: 1 },
}

async function askEverything(db: Database, id: number): Promise<void> {
  const repository = { id, name }
  await policies.listPolicies(db, repository.id)
  await policies.findPolicy(db, repository.id, 'id')
  await policies.insertPolicy(db, repository, policy, 10, attribution)
  await policies.insertReturned(db, repository.id, [{ rules: '[]', createdAt: 1, tagsSince: 0 }])
  await policies.updatePolicy(db, repository, 'id', policy, attribution)
  await policies.deletePolicy(db, repository, 'id', attribution)
  for (const only of [undefined, repository.name]) await tags.nextPrunedRepository(db, 0, only)
  await tags.isBeingPruned(db, repository.name, 1)
  await tags.findTrust(db, repository.id, [condemned.name])
  await tags.deleteCondemned(db, repository, [condemned], 1)
}

it('the comments of the statements tell how their rows are found', async () => {
  await namespaces('acme')
  await aRepository(name)
  const id = await env.DB.prepare('SELECT id FROM repositories').first<number>('id')
  if (id === null) throw new Error('there is no repository')
  expect(await untruthsIn('src/pruning/', await plansOf((db) => askEverything(db, id)))).toEqual([])
})
