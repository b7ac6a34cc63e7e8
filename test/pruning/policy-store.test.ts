import { beforeEach, expect, it } from 'vitest'
import { largestApiBodyBytes, mostPruningPolicies } from '../../src/limits.ts'
import { insertReturned, listPolicies } from '../../src/pruning/policy-store.ts'
import { countRows } from '../support/content.ts'
import { idOfRepository } from '../support/deletions.ts'
import { aRepository, namespaces } from '../support/people.ts'
import { strictDatabase } from '../support/strict-database.ts'

const repository = 'alice/app'
let id: number
beforeEach(async () => {
  await namespaces('alice')
  await aRepository(repository)
  id = await idOfRepository(repository)
})

/** Each quotation mark takes two bytes in a request, and four in a list. */
const longestRules = JSON.stringify([
  { field: 'tag', operator: 'sw', values: ['"'.repeat(largestApiBodyBytes / 2 - 100)] },
])
const asMany = Array.from({ length: mostPruningPolicies }, (_, at) => ({
  rules: longestRules,
  createdAt: at,
  tagsSince: at,
}))

it('as many policies as a repository may have come back with the longest rules, switched off', async () => {
  await insertReturned(strictDatabase(), id, asMany)
  const found = await listPolicies(strictDatabase(), id)
  expect(found.map(({ rules, tagsSince, enabled }) => ({ rules, tagsSince, enabled }))).toEqual(
    asMany.map(({ rules, tagsSince }) => ({ rules, tagsSince, enabled: false })),
  )
})

it('a repository that has a policy gets none', async () => {
  await insertReturned(strictDatabase(), id, asMany.slice(0, 1))
  await insertReturned(strictDatabase(), id, asMany)
  expect(await countRows('pruning_policies')).toBe(1)
})
