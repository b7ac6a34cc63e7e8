/** Each bound of rules and tokens of workloads at its edge: as much is taken, and one more is not. */
import { SignJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  deepestCondition,
  longestAudience,
  longestCondition,
  longestKeySet,
  longestWorkloadToken,
  mostNodesOfCondition,
  mostRepositoriesOfRule,
  mostWorkloadRules,
  workloadJson,
} from '../../../src/limits.ts'
import { compileCondition, isCondition } from '../../../src/identity/workloads/condition.ts'
import { readUnchecked } from '../../../src/identity/workloads/subject-token.ts'
import { insertMany, isWithin, text, times, withSql } from '../../support/bounds.ts'
import { anOrganization, aPerson, type Person } from '../../support/people.ts'

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await anOrganization('acme')
})

const usual = { issuer: 'https://ci.example.com', condition: 'claims.a == "b"', repositories: ['acme/app'] }
const put = (fields: object): Promise<Response> => root.ask('PUT', '/api/v0/workloadRules/one', { ...usual, ...fields })
const compiles = async (condition: string): Promise<boolean> => isCondition(await compileCondition(condition))

/** A key set of so many characters in JSON. */
function keySetOf(length: number): object {
  const keys = [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }]
  return { keys, more: text(length - JSON.stringify({ keys, more: '' }).length) }
}

/** A token of so many characters, which no key has signed. */
function tokenOf(length: number): string {
  const [header, ending] = [btoa('{"alg":"RS256"}').replaceAll('=', ''), '.']
  const room = length - header.length - ending.length - 1
  // base64url has no length of 4n + 1, and its JSON may have spaces.
  const json = (size: number): string => `{"iss":"https://ci.example.com"}${' '.repeat(size - 32)}`
  const payload = btoa(json(Math.floor((room * 3) / 4))).replaceAll('=', '')
  return `${header}.${payload}${ending}${'A'.repeat(room - payload.length)}`
}

const signed = (claims: object): Promise<string> =>
  new SignJWT({ iss: 'https://ci.example.com', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new Uint8Array(32))
    .then((token) => `${btoa('{"alg":"RS256"}').replaceAll('=', '')}.${token.split('.').slice(1).join('.')}`)

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

/** Each bound, and whether so much is taken. */
const edges: Record<string, readonly [bound: number, takes: (size: number) => Promise<boolean> | boolean]> = {
  longestKeySet: [longestKeySet, (size) => isWithin(put({ keySet: keySetOf(size) }))],
  mostWorkloadRules: [
    mostWorkloadRules,
    async (size) => {
      await withSql('DELETE FROM workload_rules')
      await insertMany(
        size - 1,
        `INSERT INTO workload_rules
           (id, name, issuer, audience, condition, repositories, level, enabled, any_network, updated_at)
         SELECT 'id' || i, 'rule' || i, 'i', 'a', 'true', '[]', 'read-only', 1, 0, 1 FROM n`,
      )
      return (await put({})).status === 201
    },
  ],
  mostRepositoriesOfRule: [mostRepositoriesOfRule, (size) => isWithin(put({ repositories: times(size, 'acme/app') }))],
  longestAudience: [longestAudience, (size) => isWithin(put({ audience: text(size) }))],
  longestCondition: [longestCondition, (size) => compiles(`claims.a == "${text(size - 14)}"`)],
  deepestCondition: [deepestCondition, (size) => compiles(`${'('.repeat(size - 1)}true${')'.repeat(size - 1)}`)],
  mostNodesOfCondition: [mostNodesOfCondition, (size) => compiles(`size([${times(size - 4, '1').join()}]) > 0`)],
  longestWorkloadToken: [longestWorkloadToken, (size) => readUnchecked(tokenOf(size)) !== undefined],
  'workloadJson.depth': [
    workloadJson.depth,
    async (size) => readUnchecked(await signed({ a: nested(size - 1) })) !== undefined,
  ],
  'workloadJson.values': [
    workloadJson.values,
    // The issuer and the list are values too.
    async (size) => readUnchecked(await signed({ a: times(size - 2, 0) })) !== undefined,
  ],
}

describe('so much is taken, and one more is not', () => {
  it.each(Object.entries(edges))('%s', async (_, [bound, takes]) => {
    expect([await takes(bound), await takes(bound + 1)]).toEqual([true, false])
  })
})
