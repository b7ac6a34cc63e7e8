/** Refused roots, with the code, the message and the detail that clients parse (3.2 and 3.3 of the protocol). */
import { beforeAll, describe, expect, it } from 'vitest'
import { aCollection, aPublishedCollection, gun, type TestCollection } from '../support/collection.ts'
import { aRoot, aTargets, bytesOf, day, textOf, type Bytes, type Fields } from '../support/documents.ts'
import { aCertifiedKey, aKey, type TestKey } from '../support/keys.ts'
import {
  answerOf,
  named,
  badRoot,
  badTargets,
  withoutDetail,
  noSnapshotKey,
  versionOld,
  noRotation,
  past,
  printedPast,
  now,
  type Make,
  type Case,
  expectAnswers,
  withRole,
} from '../support/answers.ts'

/** Keys that no collection has, made once. */
let stranger: TestKey
let certifiedStranger: TestKey

beforeAll(async () => {
  stranger = await aKey('ecdsa')
  certifiedStranger = await aCertifiedKey(gun)
})

const withoutRole = (role: string) => (signed: Fields) => ({
  ...signed,
  roles: Object.fromEntries(Object.entries(signed['roles'] as Fields).filter(([name]) => name !== role)),
})

const integrity = badRoot('could not validate the path to a trusted root: failed to validate integrity of roots')
const noLeaf = badRoot('could not validate the path to a trusted root: unable to retrieve valid leaf certificates')
const flawedRoot = (why: string): object => badRoot(`root type metadata invalid: ${why}`)

describe('the first root (3.2, 3.3)', () => {
  const rootBy =
    (make: (collection: TestCollection) => Promise<Bytes>): Make =>
    async (collection) => ({
      root: await make(collection),
      targets: await collection.targets(),
    })
  const byKey = (key: () => Promise<TestKey>): Make =>
    rootBy(async ({ keys }) => aRoot({ keys: { ...keys, root: [await key()] } }))

  const cases: readonly Case[] = [
    [
      'has version 1 or 2, and not 0',
      rootBy(({ root }) => root({ version: 0 })),
      badRoot('Root modifications must increment the version. Current 1, new 0'),
    ],
    [
      'has version 1 or 2, and not 3',
      rootBy(({ root }) => root({ version: 3 })),
      badRoot('Root modifications must increment the version. Current 1, new 3'),
    ],
    [
      'is of the type Root',
      rootBy(({ root }) => root({ change: (signed) => ({ ...signed, _type: 'root' }) })),
      flawedRoot('expected type Root, not root'),
    ],
    ...(['root', 'targets', 'snapshot', 'timestamp'] as const).flatMap((role): Case[] => [
      [
        `names the role ${role}`,
        rootBy(({ root }) => root({ change: withoutRole(role) })),
        flawedRoot(`missing ${role} role specification`),
      ],
      [
        `names the role ${role}, and not null`,
        rootBy(({ root }) => root({ change: withRole(role, null) })),
        flawedRoot(`missing ${role} role specification`),
      ],
      [
        `has a threshold for ${role}`,
        rootBy(({ root }) => root({ change: withRole(role, { threshold: 0 }) })),
        flawedRoot(`invalid threshold specified for ${role}: 0 `),
      ],
      [
        `has the keys of ${role}`,
        rootBy(({ root }) => root({ change: withRole(role, { keyids: ['abc'] }) })),
        flawedRoot(`key ID abc specified in ${role} without corresponding key`),
      ],
    ]),
    ['has a certificate, and not a bare key', byKey(() => aKey('ecdsa')), noLeaf],
    ['has a certificate of this GUN', byKey(() => aCertifiedKey('registry.example.com/acme/other')), noLeaf],
    [
      'has a certificate that is current',
      byKey(() => aCertifiedKey(gun, { notBefore: now - 2 * day, notAfter: now - 1000 })),
      noLeaf,
    ],
    ['has a certificate without SHA-1', byKey(() => aCertifiedKey(gun, { hash: 'SHA-1' })), noLeaf],
    [
      'has a certificate of at least 2048 bits',
      byKey(() => aCertifiedKey(gun, { type: 'rsa', modulusLength: 1024 })),
      noLeaf,
    ],
    ['has a certificate that is no authority', byKey(() => aCertifiedKey(gun, { isAuthority: true })), noLeaf],
    [
      'has a certificate in the form of Go',
      byKey(() => aCertifiedKey(gun, { rewrite: (pem) => `\n${pem}` })),
      integrity,
    ],
    ['is signed', rootBy(({ root }) => root({ signers: [] })), integrity],
    ['is signed by its own key', rootBy(({ root }) => root({ signers: [certifiedStranger] })), integrity],
    ['is signed by its threshold', rootBy(({ root }) => root({ threshold: 2 })), integrity],
    [
      'is signed by different keys',
      rootBy(({ root, rootKey }) => root({ threshold: 2, signers: [rootKey, rootKey] })),
      integrity,
    ],
    [
      'is signed as it is',
      rootBy(async ({ root }) =>
        bytesOf(textOf(await root()).replace('"consistent_snapshot":false', '"consistent_snapshot":true')),
      ),
      integrity,
    ],
    [
      'is signed by a key whose ID is that of its content',
      rootBy(({ keys, rootKey }) => aRoot({ keys: { ...keys, root: [{ ...rootKey, id: 'abc' }] } })),
      integrity,
    ],
    ['has not expired', rootBy(({ root }) => root({ expires: past })), badRoot(`root expired at ${printedPast}`)],
    [
      'has not expired, whatever its zone',
      rootBy(({ root }) => root({ expires: '2016-01-11T16:58:57.119711158-08:00' })),
      badRoot('root expired at Mon Jan 11 16:58:57 -0800 2016'),
    ],
    [
      'tells when it expires',
      rootBy(({ root }) => root({ change: ({ expires: _expires, ...signed }) => signed })),
      badRoot('root expired at Mon Jan 1 00:00:00 UTC 0001'),
    ],
    [
      'names a timestamp key that the server holds',
      rootBy(({ keys }) => aRoot({ keys: { ...keys, timestamp: [stranger] } })),
      badRoot('no timestamp keys exist on the server'),
    ],
    [
      'names a snapshot key that the server holds, where no snapshot comes',
      rootBy(({ keys }) => aRoot({ keys: { ...keys, snapshot: [stranger] } })),
      noSnapshotKey,
    ],
    [
      'wants no more snapshot keys than the server holds',
      rootBy(({ root }) => root({ change: withRole('snapshot', { threshold: 2 }) })),
      noSnapshotKey,
    ],
    [
      'comes with targets',
      async ({ root }) => ({ root: await root() }),
      named('ErrValidation', 'targets must be loaded first'),
    ],
  ]

  it.each(cases)('%s', async (...one) => {
    await expectAnswers(await aCollection({ now }), one)
  })

  it('has something that is signed', async () => {
    const { server } = await aCollection({ now })
    // It has version 0, so the version is what is told.
    expect(answerOf(await server.publish({ root: bytesOf('{"signatures":[]}') }))).toEqual(
      badRoot('Root modifications must increment the version. Current 1, new 0'),
    )
  })

  it('may be one that no client makes, and is told so', async () => {
    const { server, root } = await aCollection({ now })
    const strange = await root({ change: (signed) => ({ ...signed, keys: [] }), signers: [] })
    expect(answerOf(await server.publish({ root: strange }))).toEqual(badRoot('json: keys is not an object'))
    const folded = await root({ change: ({ keys, ...signed }) => ({ ...signed, keys: {}, Keys: keys }), signers: [] })
    expect(answerOf(await server.publish({ root: folded }))).toEqual(
      badRoot('json: Root has a field that may be read as "keys" and is not'),
    )
  })
})

describe('a later root (3.2, 3.3)', () => {
  const alone =
    (make: (collection: TestCollection) => Promise<Bytes>): Make =>
    async (collection) => ({
      root: await make(collection),
    })
  const rotated = (signers: (collection: TestCollection) => readonly TestKey[]): Make =>
    alone((collection) =>
      aRoot({
        keys: { ...collection.keys, root: [certifiedStranger] },
        former: collection.keys.root,
        version: 2,
        signers: signers(collection),
      }),
    )

  const cases: readonly Case[] = [
    [
      'increments the version by one',
      alone(({ root }) => root({ version: 3 })),
      badRoot('Root modifications must increment the version. Current 1, new 3'),
    ],
    ['is not the stored one', alone(({ root }) => root()), versionOld],
    ['is signed by the former key, and not by the new one alone', rotated(() => [certifiedStranger]), noRotation],
    ['is signed by the new key, and not by the former one alone', rotated(({ rootKey }) => [rootKey]), integrity],
    ['is signed', rotated(() => []), noRotation],
    [
      'is looked at before its signatures',
      alone(({ root }) => root({ version: 2, change: withRole('targets', { threshold: -1 }), signers: [] })),
      flawedRoot('invalid threshold specified for targets: -1 '),
    ],
    [
      'has a current certificate before its signatures count',
      alone(({ keys }) => aRoot({ keys: { ...keys, root: [stranger] }, version: 2, signers: [] })),
      noLeaf,
    ],
    [
      'has not expired',
      alone(({ root }) => root({ version: 2, expires: past })),
      badRoot(`root expired at ${printedPast}`),
    ],
    [
      'names a timestamp key that the server holds',
      alone(({ keys }) => aRoot({ keys: { ...keys, timestamp: [stranger] }, version: 2 })),
      badRoot('no timestamp keys exist on the server'),
    ],
    [
      'gives the snapshot to the server, or comes with one',
      alone(({ keys }) => aRoot({ keys: { ...keys, snapshot: [stranger] }, version: 2 })),
      noSnapshotKey,
    ],
  ]

  it.each(cases)('%s', async (...one) => {
    await expectAnswers(await aPublishedCollection({ now }), one)
  })

  it('follows a root whose certificate is current', async () => {
    const { server, root } = await aPublishedCollection({ now })
    server.now = Date.now() + 11 * 365 * day
    const next = await root({ version: 2, expires: '2090-01-01T00:00:00Z' })
    expect(answerOf(await server.publish({ root: next }))).toEqual(withoutDetail)
  })

  it('follows a root that can be read', async () => {
    const { server, root } = await aPublishedCollection({ now })
    await server.tamper('root', bytesOf('{'))
    expect(answerOf(await server.publish({ root: await root({ version: 2 }) }))).toEqual(withoutDetail)
  })

  it('is all that the former one was but expired', async () => {
    const { server, root } = await aCollection({ now })
    const targets = await aTargets({ signers: [] })
    await server.tamper('root', await root({ expires: past }))
    expect(answerOf(await server.publish({ targets }))).toEqual(badTargets('tuf: data has no signatures'))
  })
})
