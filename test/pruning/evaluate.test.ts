/** The decision alone: the statement that deletes asks again, and would hide a wrong one. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { nextPrunedRepository, type Trust } from '../../src/pruning/tag-store.ts'
import { parseRepositoryName } from '../../src/names.ts'
import { hasSignature, isPrunable } from '../../src/pruning/evaluate.ts'
import { createPolicy } from '../../src/pruning/policies.ts'
import { aRepository, namespaces } from '../support/people.ts'

const nothing: Trust = {
  hasSignatureReferrer: false,
  hasSignatureTag: false,
  isPinned: false,
  accompaniesImage: false,
}

describe('a tag that a policy matches', () => {
  it.each([
    ['may go when nothing speaks against it', {}, { isSigned: false, isPrunable: true }],
    ['stays when a referrer signs it', { hasSignatureReferrer: true }, { isSigned: true, isPrunable: false }],
    ['stays when a tag signs it', { hasSignatureTag: true }, { isSigned: true, isPrunable: false }],
    ['stays when it is pinned', { isPinned: true }, { isSigned: true, isPrunable: false }],
    ['stays when it accompanies an image', { accompaniesImage: true }, { isSigned: false, isPrunable: false }],
  ])('%s', (_, facts, expected) => {
    const trust = { ...nothing, ...facts }
    expect({ isSigned: hasSignature(trust), isPrunable: isPrunable(trust) }).toEqual(expected)
  })
})

describe('the next repository to prune', () => {
  const db = openDatabase(env.DB)
  const now = Date.now()
  const rules = [{ field: 'tag', operator: 'sw', values: ['nightly-'] }]

  async function aPolicy(repository: string, enabled: boolean): Promise<string> {
    const id = await env.DB.prepare('SELECT id FROM repositories WHERE name = ?').bind(repository).first<number>('id')
    const key = { id: id ?? 0, name: parseRepositoryName(repository) }
    return (await createPolicy(db, key, { enabled, rules }, true, { by: '', now })).id
  }

  beforeEach(async () => {
    await namespaces('acme')
    for (const name of ['acme/first', 'acme/second']) await aRepository(name)
  })

  it('has an enabled policy: one whose policies are switched off is passed over', async () => {
    await aPolicy('acme/first', false)
    await aPolicy('acme/second', true)
    expect(await nextPrunedRepository(db, 0, undefined)).toMatchObject({ name: 'acme/second' })
  })

  it('comes with its enabled policies alone', async () => {
    const id = await aPolicy('acme/first', true)
    await aPolicy('acme/first', false)
    expect((await nextPrunedRepository(db, 0, undefined))?.policies.map((policy) => policy.id)).toEqual([id])
  })
})
