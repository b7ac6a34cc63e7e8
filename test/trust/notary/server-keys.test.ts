/** Keys that the registry holds: made once, sealed, and sealed again when the secret changes. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Context } from '../../../src/context.ts'
import type { Right } from '../../../src/db/access/rights.ts'
import { keyAlerts, makeResealJob, resealSlice } from '../../../src/trust/notary/reseal.ts'
import { openKey, pendingKey, type ServerKey } from '../../../src/trust/notary/server-keys.ts'
import type { StoredKey } from '../../../src/trust/notary/key-store.ts'
import { hasSigned } from '../../../src/trust/tuf/keys.ts'
import type { ServerRole } from '../../../src/trust/tuf/roles.ts'
import { withSql } from '../../support/bounds.ts'
import { countRows } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { parseRepositoryName } from '../../../src/names.ts'
import { aRepository, aUser, rightTo } from '../../support/people.ts'

const [oldest, old, current] = ['1', '2', '3'].map((digit) => digit.repeat(32))
const at = (now: string | undefined, previous?: string): Context =>
  testContext({ secrets: { current: now ?? '', previous } })
const message = Uint8Array.of(1, 2, 3)
const repository = parseRepositoryName('alice/app')

let right: Right

beforeEach(async () => {
  await aUser('alice')
  await aRepository(repository)
  right = await rightTo(repository)
  await withSql(`INSERT INTO trust_collections (id, repository_id, gun, created_at)
    SELECT 1, id, 'registry.test/alice/app', 1 FROM repositories`)
})

const makePending = (context: Context, role: ServerRole = 'timestamp', stored?: StoredKey): Promise<ServerKey> =>
  pendingKey(context, right, 1, role, stored)

async function storedKeys(): Promise<StoredKey[]> {
  const { results } = await env.DB.prepare(
    `SELECT key_id AS keyId, role, public_key AS publicKey, sealed_private AS sealedPrivate, sealed_with AS sealedWith,
       used_at AS usedAt FROM trust_keys ORDER BY created_at, key_id`,
  ).all<StoredKey>()
  return results
}

async function onlyKey(): Promise<StoredKey> {
  const [key] = await storedKeys()
  if (key === undefined) throw new Error('there is no key')
  return key
}

describe('a key of the server', () => {
  it('signs as Notary does: P-256, r and s of 32 bytes each', async () => {
    const key = await makePending(at(current))
    const bytes = await key.sign(message)
    expect(bytes).toHaveLength(64)
    expect(await hasSigned(key.publicKey, { keyId: key.id, method: 'ecdsa', bytes }, message)).toBe(true)
  })

  it('is one for all that ask at the same time, and one for each role', async () => {
    const asked = await Promise.all(Array.from({ length: 5 }, () => makePending(at(current))))
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
    const other = await makePending(at(current), 'snapshot')
    expect(other.id).not.toBe(asked[0]?.id)
    expect(await countRows('trust_keys')).toBe(2)
  })

  it('is followed by another once it has signed, and stays', async () => {
    const first = await makePending(at(current))
    await withSql('UPDATE trust_keys SET used_at = 1')
    const second = await makePending(at(current))
    expect(second.id).not.toBe(first.id)
    expect(await countRows('trust_keys')).toBe(2)
  })

  it('is replaced while it is pending and does not open', async () => {
    const first = await makePending(at(oldest))
    const second = await makePending(at(current), 'timestamp', await onlyKey())
    expect(second.id).not.toBe(first.id)
    expect(await countRows('trust_keys')).toBe(1)
  })

  it('opens with the previous secret too, and with no other', async () => {
    await makePending(at(old))
    const key = await onlyKey()
    expect(await openKey(at(current, old).secrets, 1, key)).toBeDefined()
    expect(await openKey(at(current).secrets, 1, key)).toBeUndefined()
  })

  it('does not open in the place of another collection, role or key, nor with a changed byte', async () => {
    const { secrets } = at(current)
    await makePending(at(current))
    const key = await onlyKey()
    const changed = `${key.sealedPrivate.startsWith('A') ? 'B' : 'A'}${key.sealedPrivate.slice(1)}`
    expect(await openKey(secrets, 2, key)).toBeUndefined()
    expect(await openKey(secrets, 1, { ...key, role: 'snapshot' })).toBeUndefined()
    expect(await openKey(secrets, 1, { ...key, keyId: 'other' })).toBeUndefined()
    expect(await openKey(secrets, 1, { ...key, sealedPrivate: changed })).toBeUndefined()
    expect(await openKey(secrets, 1, { ...key, sealedPrivate: '?' })).toBeUndefined()
    expect(await openKey(secrets, 1, key)).toBeDefined()
  })

  it('tells nothing of the secret in the name of it', async () => {
    await makePending(at(current))
    const { sealedWith } = await onlyKey()
    expect(sealedWith).toMatch(/^[0-9a-f]{32}$/)
    await withSql('UPDATE trust_keys SET used_at = 1')
    await makePending(at(old))
    expect((await storedKeys()).filter((key) => key.sealedWith === sealedWith)).toHaveLength(1)
  })
})

describe('after a change of the secret', () => {
  const jobOf = (context: Context) => ({
    ...context,
    jobTypes: new Map(),
    job: { id: 'x', startedAt: 1, parameters: {}, deaths: 0 },
  })
  const jobs = (): Promise<number> => countRows('jobs', "action = 'trust_reseal'")

  it('a job encrypts the keys again, which no longer need the previous secret', async () => {
    const { id } = await makePending(at(old))
    await makePending(at(old), 'snapshot')
    const rotated = at(current, old)
    expect(await keyAlerts(rotated)).toMatchObject([{ class: 'warning', message: expect.stringMatching(/^2 keys/) }])
    await makeResealJob(rotated)
    await makeResealJob(rotated)
    expect(await jobs()).toBe(1)
    expect(await resealSlice(jobOf(rotated), undefined)).toMatchObject({
      isDone: true,
      lines: ['encrypted 2 keys again; 0 did not open'],
    })
    const keys = await storedKeys()
    const [opened] = await Promise.all(
      keys.filter(({ keyId }) => keyId === id).map((key) => openKey(at(current).secrets, 1, key)),
    )
    const bytes = await opened?.sign(message)
    expect(bytes).toHaveLength(64)
    expect(await keyAlerts(rotated)).toEqual([])
  })

  it('no job is made without a previous secret, nor without a key that needs it', async () => {
    await makePending(at(current))
    await makeResealJob(at(current))
    await makeResealJob(at(current, old))
    expect(await jobs()).toBe(0)
  })

  it('an alert says how many keys open with neither secret', async () => {
    await makePending(at(oldest))
    expect(await keyAlerts(at(current, old))).toMatchObject([
      {
        id: 'trust_keys_lost',
        class: 'critical',
        message: expect.stringMatching(/^1 keys .* open with neither secret/),
      },
    ])
  })

  it('a key that was changed in D1 is told of as lost, and the job ends', async () => {
    await makePending(at(old))
    await withSql("UPDATE trust_keys SET sealed_private = 'AAAA'")
    const rotated = at(current, old)
    expect(await resealSlice(jobOf(rotated), undefined)).toMatchObject({ isDone: true })
    expect(await keyAlerts(rotated)).toMatchObject([{ id: 'trust_keys_lost' }])
  })
})
