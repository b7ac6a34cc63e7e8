import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { findTagDetails } from '../../src/db/content/tag-details.ts'
import { parseRepositoryName, parseTag } from '../../src/names.ts'
import { createPolicy } from '../../src/pruning/policies.ts'
import { deleteCondemned } from '../../src/pruning/tag-store.ts'
import { countRows, pushImage } from '../support/content.ts'
import { idOfRepository, removeByApi } from '../support/deletions.ts'
import { root } from '../support/jobs.ts'
import { aUser } from '../support/people.ts'

const db = openDatabase(env.DB)
const name = parseRepositoryName('alice/app')
const attribution = { by: root, now: Date.now() }

it('a deleted repository is not changed by what found it before: no policy is made for it, and no job prunes its tags', async () => {
  await pushImage(await aUser('alice'), name, 'v1')
  const key = { id: await idOfRepository(name), name }
  const wanted = { enabled: true, rules: [{ field: 'tag', operator: 'sw', values: ['v'] }] }
  const { id: policy } = await createPolicy(db, key, wanted, true, attribution)
  const tag = await findTagDetails(db, key.id, parseTag('v1'))
  if (tag === undefined) throw new Error('there is no tag v1')
  const { digest, updatedAt } = tag
  await removeByApi(name)
  await expect(createPolicy(db, key, wanted, true, attribution)).rejects.toMatchObject({
    failure: { kind: 'name-unknown' },
  })
  const condemned = { name: tag.name, digest, updatedAt, policy: { id: policy, version: 1 } }
  expect(await deleteCondemned(db, key, [condemned], attribution.now)).toEqual([])
  expect(await countRows('events', "object_type = 'tag' AND type = 'DELETE'")).toBe(0)
  expect(await countRows('pruning_policies')).toBe(1)
})
