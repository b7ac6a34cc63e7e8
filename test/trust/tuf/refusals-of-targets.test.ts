/** Refused targets and delegations, with the code, the message and the detail that clients parse (3.4 of the protocol). */
import { beforeAll, describe, expect, it } from 'vitest'
import { aCollection, aPublishedCollection, type TestCollection } from '../support/collection.ts'
import { aRoot, aTargets, bytesOf, day, seal, textOf, written, type Bytes, type Fields } from '../support/documents.ts'
import { aCertifiedKey, aKey, type TestKey } from '../support/keys.ts'
import {
  answerOf,
  badTargets,
  withoutDetail,
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
let signer: TestKey

beforeAll(async () => {
  stranger = await aKey('ecdsa')
  signer = await aKey('ecdsa')
})

const flawed = (role: string, why: string): object => badTargets(`${role} type metadata invalid: ${why}`)

describe('targets (3.4)', () => {
  const changed =
    (change: (signed: Fields) => object): Make =>
    async ({ targets }) => ({
      targets: await targets({ version: 3, change }),
    })
  const delegating = (role: Fields, keys: readonly TestKey[] = []): Make =>
    changed((signed) => ({ ...signed, delegations: { keys: written(...keys), roles: [role] } }))

  const cases: readonly Case[] = [
    [
      'are signed',
      async ({ targets }) => ({ targets: await targets({ signers: [] }) }),
      badTargets('tuf: data has no signatures'),
    ],
    [
      'are signed by their key',
      async ({ targets }) => ({ targets: await targets({ signers: [stranger] }) }),
      badTargets('valid signatures did not meet threshold for targets'),
    ],
    [
      'are signed as they are',
      async ({ targets }) => ({ targets: bytesOf(textOf(await targets()).replace('"version":2', '"version":3')) }),
      badTargets('valid signatures did not meet threshold for targets'),
    ],
    [
      'have something that is signed',
      async ({ targets }) => ({ targets: bytesOf(textOf(await targets()).replace('"signed"', '"other"')) }),
      badTargets('the document has no part that is signed'),
    ],
    [
      'are signed by a method of their key',
      async ({ targets, targetsKey }) => ({
        targets: await targets({ signers: [{ ...targetsKey, method: 'rsapss' }] }),
      }),
      badTargets('valid signatures did not meet threshold for targets'),
    ],
    [
      'have integers alone',
      async ({ targets }) => ({
        targets: bytesOf(textOf(await targets()).replace('"targets":{}', '"targets":{"v1":{"custom":1.5}}')),
      }),
      badTargets('json: unsupported value: 1.5'),
    ],
    [
      'are of the type Targets',
      changed((signed) => ({ ...signed, _type: 'targets' })),
      flawed('targets', 'expected type Targets, not targets'),
    ],
    [
      'have a version',
      changed((signed) => ({ ...signed, version: 0 })),
      flawed('targets', 'version cannot be less than one'),
    ],
    [
      'delegate to children',
      delegating({ name: 'targets/a/b', threshold: 1 }),
      flawed('targets', 'delegation role targets/a/b invalid'),
    ],
    [
      'delegate to roles',
      delegating({ name: 'targets/A', threshold: 1 }),
      flawed('targets', 'delegation role targets/A invalid'),
    ],
    [
      'do not delegate to base roles',
      delegating({ name: 'root', threshold: 1 }),
      flawed('targets', 'delegation role root invalid'),
    ],
    [
      'delegate by a threshold',
      delegating({ name: 'targets/a', threshold: 0 }),
      flawed('targets', 'invalid threshold specified for targets/a: 0 '),
    ],
    [
      'delegate to keys that they have',
      delegating({ name: 'targets/a', threshold: 1, keyids: ['abc'] }),
      flawed('targets', 'key ID abc specified in targets/a without corresponding key'),
    ],
    [
      'have no field that Go reads as another',
      changed(({ delegations, ...signed }) => ({ ...signed, Delegations: delegations })),
      badTargets('json: Targets has a field that may be read as "delegations" and is not'),
    ],
    [
      'have digests in base64',
      changed((signed) => ({ ...signed, targets: { v1: { hashes: { sha256: 'zz-' } } } })),
      badTargets('json: sha256 is not base64'),
    ],
    [
      'have not expired',
      async ({ targets }) => ({ targets: await targets({ version: 3, expires: past }) }),
      badTargets(`targets expired at ${printedPast}`),
    ],
    ['have a higher version', async ({ targets }) => ({ targets: await targets({ version: 2 }) }), versionOld],
    ['have no lower version', async ({ targets }) => ({ targets: await targets({ version: 1 }) }), versionOld],
    [
      'are refused after root, and before the snapshot',
      async ({ targets, root }) => ({
        snapshot: await seal({}, []),
        targets: await targets({ signers: [] }),
        root: await root({ version: 2 }),
      }),
      badTargets('tuf: data has no signatures'),
    ],
    [
      'do not excuse root',
      async ({ targets, root }) => ({
        targets: await targets({ signers: [] }),
        root: await root({ version: 2, signers: [] }),
      }),
      noRotation,
    ],
    [
      'are refused before the keys of the server are missed',
      async ({ keys, targets }) => ({
        root: await aRoot({ keys: { ...keys, snapshot: [stranger], timestamp: [stranger] }, version: 2 }),
        targets: await targets({ signers: [] }),
      }),
      badTargets('tuf: data has no signatures'),
    ],
    [
      'are signed by a key whose ID is that of its content',
      async ({ keys, targetsKey }) => {
        const renamed = { ...targetsKey, id: 'abc' }
        return {
          root: await aRoot({ keys: { ...keys, targets: [renamed] }, version: 2 }),
          targets: await aTargets({ signers: [renamed], version: 3 }),
        }
      },
      badTargets('key ID is not valid for key content'),
    ],
    [
      'are signed by different keys',
      async ({ keys, targetsKey, root }) => ({
        root: await root({
          keys: { ...keys, targets: [targetsKey, stranger] },
          change: withRole('targets', { threshold: 2 }),
          version: 2,
        }),
        targets: await aTargets({ signers: [targetsKey, targetsKey], version: 3 }),
      }),
      badTargets('valid signatures did not meet threshold for targets'),
    ],
  ]

  it.each(cases)('%s', async (...one) => {
    await expectAnswers(await aPublishedCollection({ now }), one)
  })
})

describe('a delegation (3.4)', () => {
  const only =
    (role: string, make: (collection: TestCollection) => Promise<Bytes>): Make =>
    async (collection) => ({
      [role]: await make(collection),
    })
  const of = (options: () => Partial<Parameters<typeof aTargets>[0]>): Make =>
    only('targets/a', () => aTargets({ signers: [signer], ...options() }))

  const cases: readonly Case[] = [
    [
      'exists in the targets above it',
      only('targets/b', () => aTargets({ signers: [signer] })),
      badTargets('tuf: invalid role targets/b. delegation does not exist'),
    ],
    [
      'exists in the delegation above it',
      only('targets/a/b', () => aTargets({ signers: [signer] })),
      badTargets('tuf: invalid role targets/a/b. delegation does not exist'),
    ],
    [
      'exists in the targets that come with it',
      async ({ targets }) => ({
        targets: await targets({ version: 3 }),
        'targets/a': await aTargets({ signers: [signer] }),
      }),
      badTargets('tuf: invalid role targets/a. delegation does not exist'),
    ],
    ['is signed', of(() => ({ signers: [] })), badTargets('tuf: data has no signatures')],
    [
      'is signed by its key',
      of(() => ({ signers: [stranger] })),
      badTargets('valid signatures did not meet threshold for targets/a'),
    ],
    [
      'has a version before its signatures count',
      of(() => ({ version: 0, signers: [] })),
      flawed('targets/a', 'version cannot be less than one'),
    ],
    [
      'is of the type Targets',
      of(() => ({ change: (signed) => ({ ...signed, _type: 'Root' }) })),
      flawed('targets/a', 'expected type Targets, not Root'),
    ],
    [
      'delegates to its children',
      of(() => ({ delegations: [{ name: 'targets/b', keys: [signer] }] })),
      flawed('targets/a', 'delegation role targets/b invalid'),
    ],
    [
      'has signatures before it may have expired',
      of(() => ({ expires: past, signers: [] })),
      badTargets('tuf: data has no signatures'),
    ],
    ['has not expired', of(() => ({ expires: past })), badTargets(`targets/a expired at ${printedPast}`)],
  ]

  it.each(cases)('%s', async (...one) => {
    await expectAnswers(await aPublishedCollection({ now, delegations: [{ name: 'targets/a', keys: [signer] }] }), one)
  })

  it('has a higher version', async () => {
    const { server } = await aPublishedCollection({ now, delegations: [{ name: 'targets/a', keys: [signer] }] })
    const bytes = await aTargets({ signers: [signer], version: 4 })
    await server.publish({ 'targets/a': bytes })
    expect(answerOf(await server.publish({ 'targets/a': bytes }))).toEqual(versionOld)
  })

  it.each([
    ['SHA-1', { hash: 'SHA-1' }, 'certificate with CN alice uses invalid SHA1 signature algorithm'],
    ['less than 2048 bits', { type: 'rsa', modulusLength: 1024 }, 'RSA bit length is too short'],
    ['no time at all', { notBefore: now, notAfter: now - 1000 }, 'certificate validity window is invalid'],
  ] as const)('has no certificate of %s', async (_case, options, message) => {
    const alice = await aCertifiedKey('alice', options)
    const { server } = await aPublishedCollection({ now, delegations: [{ name: 'targets/a', keys: [signer, alice] }] })
    const bytes = await aTargets({ signers: [signer] })
    expect(answerOf(await server.publish({ 'targets/a': bytes }))).toEqual(badTargets(message))
  })

  it('may have a certificate that has expired', async () => {
    const alice = await aCertifiedKey('alice', { notBefore: now - 2 * day, notAfter: now - day })
    const { server } = await aPublishedCollection({ now, delegations: [{ name: 'targets/a', keys: [alice] }] })
    const bytes = await aTargets({ signers: [alice] })
    expect(answerOf(await server.publish({ 'targets/a': bytes }))).toMatchObject({ stored: expect.any(Array) })
  })

  it('comes after targets', async () => {
    const { server, root } = await aCollection({ now })
    const files = { root: await root(), 'targets/a': await aTargets({ signers: [signer] }) }
    expect(answerOf(await server.publish(files))).toEqual(badTargets('targets must be loaded first'))
  })

  it('is below targets that the root still trusts', async () => {
    const { server, keys } = await aPublishedCollection({ now, delegations: [{ name: 'targets/a', keys: [signer] }] })
    await server.publish({ root: await aRoot({ keys: { ...keys, targets: [stranger] }, version: 2 }) })
    const bytes = await aTargets({ signers: [signer] })
    expect(answerOf(await server.publish({ 'targets/a': bytes }))).toEqual(withoutDetail)
  })
})
