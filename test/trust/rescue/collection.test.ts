/** Collections of other servers, sound and in every way wrong. */
import { describe, expect, it } from 'vitest'
import { ExpectedError, phrase } from '../../../src/failures/failure.ts'
import { whyUnsound, type WhyUnsound } from '../../../src/trust/rescue/failures.ts'
import { verifyCollection, type SentDocument, type VerifiedCollection } from '../../../src/trust/rescue/collection.ts'
import { aCollection, aPublishedCollection, gun, type TestCollection } from '../support/collection.ts'
import { aRoot, aSnapshot, aTargets, bytesOf, day, seal, textOf } from '../support/documents.ts'
import { exported, replacing } from '../support/exported.ts'
import { aCertifiedKey, aKey } from '../support/keys.ts'

const now = Date.now()
const digest = 'a'.repeat(64)

const verify = (documents: readonly SentDocument[], at = now): Promise<VerifiedCollection> =>
  verifyCollection({ gun, documents, now: at })

/** @returns the role and the reason of the refusal; undefined for a collection that is taken */
async function refusalOf(documents: readonly SentDocument[]): Promise<readonly [string, string] | undefined> {
  try {
    await verify(documents)
    return undefined
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    const { failure } = error as ExpectedError<{ kind: string; role: string; reason: WhyUnsound }>
    expect(failure.kind).toBe('trust-import-unsound')
    return [failure.role, phrase(whyUnsound, failure.reason)]
  }
}

/** With a delegation `targets/releases`, and a root that was rotated twice. */
async function anOldCollection(): Promise<{ collection: TestCollection; documents: SentDocument[] }> {
  const signer = await aKey()
  const delegations = [{ name: 'targets/releases' as const, keys: [signer] }]
  const collection = await aPublishedCollection({ delegations, targets: { v1: digest } })
  const { server, keys } = collection
  const releases = await aTargets({ signers: [signer], version: 1, targets: { v2: digest } })
  await expectAccepted(server.publish({ 'targets/releases': releases }))
  const fresh = await aCertifiedKey(gun)
  const rotated = { keys: { ...keys, root: [fresh] }, former: keys.root }
  await expectAccepted(
    server.publish({ root: await aRoot({ ...rotated, version: 2, signers: [fresh, ...keys.root] }) }),
  )
  await expectAccepted(server.publish({ root: await aRoot({ ...rotated, version: 3 }) }))
  return { collection, documents: exported(server) }
}

const expectAccepted = async (publishing: Promise<object>): Promise<void> =>
  expect(await publishing).not.toHaveProperty('refusal')

const flipped = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  bytesOf(textOf(bytes).replace('"signed":{', '"signed": {'))

describe('a sound collection', () => {
  it('is verified from root to root and down to its delegations, in any order', async () => {
    const { documents } = await anOldCollection()
    const verified = await verify(documents.toReversed())
    expect(verified.oldestRoot).toBe(1)
    expect(verified.roles.map(({ role, version, targets }) => [role, version, targets])).toEqual([
      ['root', 3, undefined],
      ['snapshot', 4, undefined],
      ['targets', 2, 1],
      ['timestamp', 4, undefined],
      ['targets/releases', 1, 1],
    ])
    expect(verified.roles.filter(({ isExpired, flaw }) => isExpired || flaw !== undefined)).toEqual([])
    expect(verified.documents.map(({ bytes }) => textOf(bytes)).sort()).toEqual(
      documents.map(({ bytes }) => textOf(bytes)).sort(),
    )
  })

  it('says what has expired, and that no certificate of the root is current', async () => {
    const { documents } = await anOldCollection()
    const { roles } = await verify(documents, now + 15 * day)
    expect(roles.filter(({ isExpired }) => isExpired).map(({ role }) => role)).toEqual(['timestamp'])
    const later = await verify(documents, now + 30 * 365 * day)
    expect(later.roles.every(({ isExpired }) => isExpired)).toBe(true)
    expect(later.roles.find(({ role }) => role === 'root')?.flaw).toContain(
      'unable to retrieve valid leaf certificates',
    )
  })

  it('may begin with a later root, as the cache of a client does', async () => {
    const { documents } = await anOldCollection()
    const cached = documents.filter(
      ({ role }, at) => role !== 'root' || at === documents.findLastIndex((one) => one.role === 'root'),
    )
    expect((await verify(cached)).oldestRoot).toBe(3)
  })

  it('keeps a delegation whose keys were changed since, and says that clients pass over it', async () => {
    const { collection } = await anOldCollection()
    const delegations = [{ name: 'targets/releases' as const, keys: [await aKey()] }]
    await expectAccepted(collection.server.publish({ targets: await collection.targets({ version: 3, delegations }) }))
    const { roles, targets } = await verify(exported(collection.server))
    expect(roles.find(({ role }) => role === 'targets/releases')?.flaw).toBe(
      'valid signatures did not meet threshold for targets/releases',
    )
    expect([...targets.keys()]).toEqual(['targets'])
  })
})

describe('a collection that was tampered with', () => {
  it.each([
    ['root', 'root', 'sha256 checksum for root did not match'],
    ['targets', 'targets', 'sha256 checksum for targets did not match'],
    ['targets/releases', 'targets/releases', 'sha256 checksum for targets/releases did not match'],
    ['snapshot', 'snapshot', 'sha256 checksum for snapshot did not match'],
  ])('is refused for a changed byte in %s that no signature covers', async (role, told, why) => {
    const { documents } = await anOldCollection()
    const [named, reason] = (await refusalOf(replacing(documents, role, flipped))) ?? []
    expect(named).toBe(told)
    expect(reason).toContain(why)
  })

  it('is refused for a changed byte in the timestamp', async () => {
    const { documents } = await anOldCollection()
    const changed = replacing(documents, 'timestamp', (bytes) =>
      bytesOf(textOf(bytes).replace('"version":4', '"version":9')),
    )
    expect(await refusalOf(changed)).toEqual(['timestamp', 'valid signatures did not meet threshold for timestamp'])
  })

  it('is refused without a root between two others, and for one that is not signed by the one before it', async () => {
    const { documents, collection } = await anOldCollection()
    const second = documents.filter(({ role }) => role === 'root')[1]
    expect(await refusalOf(documents.filter((one) => one !== second))).toEqual(['root', 'version 2 is missing'])
    const stranger = await aCertifiedKey(gun)
    const forged = await aRoot({ keys: { ...collection.keys, root: [stranger] }, version: 2 })
    const [role, why] =
      (await refusalOf(documents.map((one) => (one === second ? { role: 'root', bytes: forged } : one)))) ?? []
    expect(role).toBe('version 2 of root')
    expect(why).toContain('could not rotate trust to a new trusted root')
  })

  it('is refused for an old timestamp, of another snapshot', async () => {
    const { documents, collection } = await anOldCollection()
    const old = collection.server.documents.find(({ role, version }) => role === 'timestamp' && version === 1)
    const replayed = replacing(documents, 'timestamp', () => old?.bytes)
    const [role, why] = (await refusalOf(replayed)) ?? []
    expect(role).toBe('snapshot')
    expect(why).toContain('sha256 checksum for snapshot did not match')
  })

  it('is refused for a delegation that the role above it does not name, and for one that is left out', async () => {
    const snapshotKey = await aKey()
    const collection = await aCollection()
    const timestampKey = await aKey()
    const keys = { ...collection.keys, snapshot: [snapshotKey], timestamp: [timestampKey] }
    const [stranger, signer] = [await aKey(), await aKey()]
    const files = {
      root: await aRoot({ keys }),
      targets: await collection.targets({ delegations: [{ name: 'targets/known', keys: [signer] }] }),
      'targets/known': await aTargets({ signers: [signer], version: 1 }),
      'targets/strange': await aTargets({ signers: [stranger], version: 1 }),
    }
    const snapshot = await aSnapshot({ signers: [snapshotKey], files })
    const named = await aSnapshot({ signers: [], files: { snapshot } })
    const { meta } = (JSON.parse(textOf(named)) as { signed: { meta: object } }).signed
    const timestamp = await seal({ _type: 'Timestamp', expires: '2046-11-20T11:22:01Z', meta, version: 1 }, [
      timestampKey,
    ])
    const all = Object.entries({ ...files, snapshot, timestamp }).map(([role, bytes]) => ({ role, bytes }))
    expect(await refusalOf(all)).toEqual(['targets/strange', 'the role above it does not name it'])
    const without = all.filter(({ role }) => role !== 'targets/strange')
    expect(await refusalOf(without)).toBeUndefined()
    expect(await refusalOf(without.filter(({ role }) => role !== 'targets/known'))).toEqual([
      'targets/known',
      'it is missing, and the snapshot names it',
    ])
  })

  it.each(['root', 'targets', 'snapshot', 'timestamp'])('is refused without %s', async (role) => {
    const { documents } = await anOldCollection()
    const without = documents.filter((one) => one.role !== role)
    expect(await refusalOf(without)).toEqual([role, 'it is missing'])
  })

  it('is refused for what is no document, no role, or there twice', async () => {
    const { documents } = await anOldCollection()
    expect(await refusalOf([...documents, { role: 'mirror', bytes: bytesOf('{}') }])).toEqual([
      'mirror',
      'it is no role of Notary',
    ])
    expect((await refusalOf(replacing(documents, 'targets', () => bytesOf('<html>'))))?.[0]).toBe('targets')
    expect(await refusalOf([...documents, ...documents.filter(({ role }) => role === 'targets')])).toEqual([
      'targets',
      'it was sent twice',
    ])
    expect(await refusalOf([...documents, ...documents.filter(({ role }) => role === 'root').slice(0, 1)])).toEqual([
      'root',
      'version 1 was sent twice',
    ])
  })

  it('is refused under another GUN, of which no certificate speaks', async () => {
    const { documents } = await anOldCollection()
    await expect(verifyCollection({ gun: 'other.example.com/acme/app', documents, now })).rejects.toThrow(
      'unable to retrieve valid leaf certificates',
    )
  })
})
