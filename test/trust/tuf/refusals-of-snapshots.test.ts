/** Refused snapshots, with the code, the message and the detail that clients parse (3.5 of the protocol). */
import { beforeAll, describe, expect, it } from 'vitest'
import { aPublishedCollection } from '../support/collection.ts'
import { aTargets, type Fields } from '../support/documents.ts'
import { aKey, type TestKey } from '../support/keys.ts'
import {
  answerOf,
  badSnapshot,
  noSnapshotKey,
  versionOld,
  past,
  printedPast,
  now,
  type Make,
  type Case,
  expectAnswers,
} from '../support/answers.ts'

/** Keys that no collection has, made once. */
let stranger: TestKey
let signer: TestKey

beforeAll(async () => {
  stranger = await aKey('ecdsa')
  signer = await aKey('ecdsa')
})

describe('a snapshot of the client (3.5)', () => {
  /** A snapshot of what is stored, with a change. */
  const of =
    (options: {
      change?: (signed: Fields) => object
      expires?: string
      version?: number
      signers?: readonly TestKey[]
    }): Make =>
    async ({ server, snapshot }) => ({
      snapshot: await snapshot({
        version: 2,
        files: { root: server.bytesOf('root'), targets: server.bytesOf('targets') },
        ...options,
      }),
    })
  const meta = (change: (meta: Fields) => object): Make =>
    of({ change: (signed) => ({ ...signed, meta: change(signed['meta']) }) })
  const flawedSnapshot = (why: string): object => badSnapshot(`snapshot type metadata invalid: ${why}`)
  const zeros = btoa('\0'.repeat(32))
  const zeroHex = '0'.repeat(64)

  const cases: readonly Case[] = [
    ['is signed', of({ signers: [] }), badSnapshot('tuf: data has no signatures')],
    [
      'is signed by its key',
      async ({ server, snapshot }) => ({
        snapshot: await snapshot({ signers: [stranger], files: { root: server.bytesOf('root') } }),
      }),
      badSnapshot('valid signatures did not meet threshold for snapshot'),
    ],
    [
      'is of the type Snapshot',
      of({ change: (signed) => ({ ...signed, _type: 'Timestamp' }) }),
      flawedSnapshot('expected type Snapshot, not Timestamp'),
    ],
    ['has a version', of({ version: 0 }), flawedSnapshot('version cannot be less than one')],
    [
      'names root',
      meta(({ root: _root, ...rest }) => rest),
      flawedSnapshot('missing root sha256 checksum information'),
    ],
    [
      'names targets',
      meta(({ targets: _targets, ...rest }) => rest),
      flawedSnapshot('missing targets sha256 checksum information'),
    ],
    [
      'names targets by sha256',
      meta((all) => ({ ...all, targets: { hashes: { sha512: all['targets'].hashes.sha512 } } })),
      flawedSnapshot('missing targets sha256 checksum information'),
    ],
    [
      'names targets by a whole hash',
      meta((all) => ({ ...all, targets: { hashes: { sha256: 'AAAA' } } })),
      flawedSnapshot('invalid targets checksum information, sha256 checksum invalid'),
    ],
    [
      'names root by whole hashes',
      meta((all) => ({ ...all, root: { hashes: { ...all['root'].hashes, sha512: 'AAAA' } } })),
      flawedSnapshot('invalid root checksum information, sha512 checksum invalid'),
    ],
    ['has not expired', of({ expires: past }), badSnapshot(`snapshot expired at ${printedPast}`)],
    [
      'names the root that holds',
      meta((all) => ({ ...all, root: { hashes: { sha256: zeros }, length: 1 } })),
      badSnapshot(`sha256 checksum for root did not match: expected ${zeroHex}`),
    ],
    [
      'names the root that holds by each of its hashes',
      meta((all) => ({
        ...all,
        root: { hashes: { ...all['root'].hashes, sha512: btoa('\0'.repeat(64)) }, length: 1 },
      })),
      badSnapshot(`sha512 checksum for root did not match: expected ${'0'.repeat(128)}`),
    ],
    [
      'names the targets that come with it',
      async ({ server, snapshot, targets }) => ({
        targets: await targets({ version: 3 }),
        snapshot: await snapshot({
          version: 2,
          files: { root: server.bytesOf('root'), targets: server.bytesOf('targets') },
        }),
      }),
      ({ server }) =>
        badSnapshot(`sha256 checksum for targets did not match: expected ${server.newest('targets')?.sha256}`),
    ],
    [
      'names no targets that are not here',
      meta((all) => ({ ...all, targets: { hashes: { sha256: zeros }, length: 1 } })),
      badSnapshot(`targets with the sha256 checksum ${zeroHex} is neither in this update nor stored`),
    ],
    [
      'names no delegation that is not here',
      meta((all) => ({ ...all, 'targets/a': { hashes: { sha256: zeros }, length: 1 } })),
      badSnapshot(`targets/a with the sha256 checksum ${zeroHex} is neither in this update nor stored`),
    ],
    [
      'names no file that is no role',
      meta((all) => ({ ...all, 'x.y': { hashes: { sha256: zeros }, length: 1 } })),
      badSnapshot(`x.y with the sha256 checksum ${zeroHex} is neither in this update nor stored`),
    ],
    [
      'names each file by a hash',
      meta((all) => ({ ...all, 'targets/a': { hashes: { md5: 'AAAA' }, length: 1 } })),
      badSnapshot('no checksums for supported algorithms were provided for targets/a'),
    ],
    ['has a higher version', of({ version: 1 }), versionOld],
  ]

  it.each(cases)('%s', async (...one) => {
    await expectAnswers(await aPublishedCollection({ now, snapshotBy: 'client' }), one)
  })

  it('names the delegations that come with it', async () => {
    const collection = await aPublishedCollection({
      now,
      snapshotBy: 'client',
      delegations: [{ name: 'targets/a', keys: [signer] }],
    })
    const { server, snapshot } = collection
    const files = { root: server.bytesOf('root'), targets: server.bytesOf('targets') }
    const outcome = await server.publish({
      'targets/a': await aTargets({ signers: [signer] }),
      snapshot: await snapshot({ files, version: 2 }),
    })
    expect(answerOf(outcome)).toEqual(badSnapshot('no checksums for supported algorithms were provided for targets/a'))
  })

  it('is not left out, where the server has no key for it', async () => {
    const { server, targets } = await aPublishedCollection({ now, snapshotBy: 'client' })
    expect(answerOf(await server.publish({ targets: await targets({ version: 3 }) }))).toEqual(noSnapshotKey)
    expect(answerOf(await server.publish({}))).toEqual(noSnapshotKey)
  })
})
