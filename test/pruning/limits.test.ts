import { beforeEach, describe, expect, it } from 'vitest'
import {
  longestPruningField,
  longestPruningOperator,
  longestPruningValue,
  mostPruningPolicies,
  mostPruningRules,
  mostPruningValues,
} from '../../src/limits.ts'
import { insertMany, isWithin, text, times, withSql } from '../support/bounds.ts'
import { json } from '../support/content.ts'
import { anOrganization, aPerson, clientOf, type Person } from '../support/people.ts'

const repository = 'acme/app'
const policies = `/api/v0/repositories/${repository}/pruningPolicies`

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await anOrganization('acme', { owners: ['root'] })
  const client = await clientOf(repository)
  await client('PUT', `/v2/${repository}/manifests/a`, { body: json({ schemaVersion: 2, manifests: [] }) })
})

const rule = (fields: object = {}) => ({ field: 'tag', operator: 'eq', values: ['x'], ...fields })
const policy = (...rules: object[]): Promise<Response> => root.ask('POST', `${policies}/test`, { rules })

/** Each bound, and whether so much is taken. */
const edges: Record<string, readonly [bound: number, takes: (size: number) => Promise<boolean>]> = {
  mostPruningPolicies: [
    mostPruningPolicies,
    async (size) => {
      await withSql('DELETE FROM pruning_policies')
      await insertMany(
        size - 1,
        `INSERT INTO pruning_policies (id, repository_id, enabled, rules, created_at, version, tags_since)
         SELECT 'p' || i, repositories.id, 1, '[]', 1, 1, 0 FROM n, repositories`,
      )
      return (await root.ask('POST', policies, { rules: [rule()] })).status === 201
    },
  ],
  mostPruningRules: [mostPruningRules, (size) => isWithin(policy(...times(size, rule())))],
  mostPruningValues: [mostPruningValues, (size) => isWithin(policy(rule({ values: times(size, 'x') })))],
  longestPruningValue: [longestPruningValue, (size) => isWithin(policy(rule({ values: [text(size)] })))],
  longestPruningField: [longestPruningField, (size) => isWithin(policy(rule({ field: text(size) })))],
  longestPruningOperator: [longestPruningOperator, (size) => isWithin(policy(rule({ operator: text(size) })))],
}

describe('so much is taken, and one more is not', () => {
  it.each(Object.entries(edges))('%s', async (_, [bound, takes]) => {
    expect([await takes(bound), await takes(bound + 1)]).toEqual([true, false])
  })
})
