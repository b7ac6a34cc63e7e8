import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { longestGun, longestHost, mostKeysTried, mostShownSignatures, mostTrustHosts } from '../../src/limits.ts'
import { parseDigest, parseTag } from '../../src/names.ts'
import { parseGun } from '../../src/trust/gun.ts'
import { findRegistered } from '../../src/trust/signatures/facts-store.ts'
import { findShown } from '../../src/trust/signatures/shown-store.ts'
import { insertMany, isWithin, text, times, withSql } from '../support/bounds.ts'
import { aPerson, aRepository, type Person } from '../support/people.ts'

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
})

const setHosts = (trustHosts: readonly string[]): Promise<boolean> =>
  isWithin(root.ask('POST', '/api/v0/meta/settings', { trustHosts }))

const digest = parseDigest(`sha256:${'a'.repeat(64)}`)

async function triesAll(keys: number): Promise<boolean> {
  await withSql('DELETE FROM public_keys')
  await insertMany(
    keys,
    `INSERT INTO public_keys (id, account_id, fingerprint, public_key, label, created_at)
     SELECT 'key' || i, accounts.id, 'fingerprint' || i, '', '', 1 FROM n, accounts`,
  )
  const found = await findRegistered(openDatabase(env.DB), { repositoryId: 1, pushedBy: root.name }, mostKeysTried)
  return found.keys.length === keys
}

async function showsAll(signatures: number): Promise<boolean> {
  await withSql('DELETE FROM repositories')
  await aRepository('root/app')
  await insertMany(
    signatures,
    `INSERT INTO signature_facts
       (repository_id, digest, kind, source, name, fingerprint, issuer, subject, signed_at)
     SELECT repositories.id, '${digest}', 'cosign', 'signature' || i, '', 'fingerprint' || i, '', '', 1 FROM n, repositories`,
  )
  const row = await env.DB.prepare('SELECT id FROM repositories').first<{ id: number }>()
  const where = { repositoryId: row?.id ?? 0, gun: 'registry.test/root/app' }
  const shown = await findShown(openDatabase(env.DB), where, [{ name: parseTag('latest'), digest }], 1)
  return shown.signatures.length === signatures
}

/** Each bound, and whether so much is taken. */
const edges: Record<string, readonly [bound: number, takes: (size: number) => boolean | Promise<boolean>]> = {
  longestGun: [longestGun, (size) => parseGun(`h/a/${text(size - 4)}`) !== undefined],
  longestHost: [longestHost, (size) => setHosts([text(size)])],
  mostKeysTried: [mostKeysTried, triesAll],
  mostShownSignatures: [mostShownSignatures, showsAll],
  mostTrustHosts: [mostTrustHosts, (size) => setHosts(times(size, 'registry.example.com'))],
}

describe('a bound of content trust is taken at its edge, and nothing beyond it', () => {
  it.each(Object.entries(edges))('%s', async (_, [bound, takes]) => {
    expect([await takes(bound), await takes(bound + 1)]).toEqual([true, false])
  })
})
