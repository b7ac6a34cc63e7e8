/** What the registry signs as a delegate: which images, in which roles, and that it leaves alone what is another signer's. */
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Delegation } from '../../../src/trust/tuf/roles.ts'
import { digestFor } from '../support/clients.ts'
import { acceptedOf, aTarget, SignedCollection, type Images } from '../support/delegate.ts'
import { aTargets, day, textOf, type DelegationOptions, type Fields } from '../support/documents.ts'
import { aKey, type TestKey } from '../support/keys.ts'

const releases = 'targets/releases'
const own = 'targets/registry'

let registry: TestKey
let alice: TestKey
let bob: TestKey

beforeAll(async () => {
  ;[registry, alice, bob] = await Promise.all([aKey(), aKey(), aKey()])
})

const one = digestFor(1)
const two = digestFor(2)

/** As `docker trust signer add` leaves it for Alice and for the registry. */
const roles = (): DelegationOptions[] => [
  { name: 'targets/alice', keys: [alice] },
  { name: own, keys: [registry] },
  { name: releases, keys: [alice, bob, registry] },
]

let collection: SignedCollection

beforeEach(async () => {
  collection = await SignedCollection.with(registry, roles())
})

/** Signs as `docker trust sign` does. */
async function aliceSigns(tag: string, sha256: string, more: object = {}): Promise<void> {
  await collection.sign(alice, 'targets/alice', (targets) => ({ ...targets, [tag]: aTarget(sha256, more) }))
  await collection.sign(alice, releases, (targets) => ({ ...targets, [tag]: aTarget(sha256, more) }))
}

describe('accepted images', () => {
  it('are in the own role and in targets/releases, as docker trust sign writes them', async () => {
    expect(await collection.look({ v1: one })).toEqual([own, releases])
    const target = { hashes: { sha256: Uint8Array.fromHex(one).toBase64() }, length: 528 }
    const now = new Date(Math.floor(collection.server.now / 1000) * 1000 + 3 * 365 * day)
    for (const role of [own, releases] as const) {
      expect(collection.server.signed(role)).toEqual({
        _type: 'Targets',
        delegations: { keys: {}, roles: [] },
        expires: now.toISOString().replace('.000', ''),
        targets: { v1: target },
        version: 1,
      })
      expect(textOf(collection.server.bytesOf(role))).toMatch(
        new RegExp(`,"version":1},"signatures":\\[{"keyid":"${registry.id}","method":"ecdsa","sig":"[^"]{88}"}\\]}$`),
      )
    }
  })

  it('are signed once, and again where they move, come or go', async () => {
    await collection.look({ v1: one })
    expect(await collection.look({ v1: one })).toEqual([])
    expect(await collection.look({ v1: two, v2: one })).toEqual([own, releases])
    expect(collection.imagesOf(releases)).toEqual({ v1: two, v2: one })
    expect(await collection.look({})).toEqual([own, releases])
    expect([collection.imagesOf(own), collection.imagesOf(releases)]).toEqual([{}, {}])
    expect(collection.server.versions()).toMatchObject({ [own]: 3, [releases]: 3 })
  })

  it('of none nothing is signed', async () => {
    expect(await collection.look({})).toEqual([])
    expect(collection.server.newest(own)).toBeUndefined()
  })

  it('are signed within the paths of both roles alone', async () => {
    collection = await SignedCollection.with(registry, [
      { name: own, keys: [registry], paths: ['v', 'w'] },
      { name: releases, keys: [registry], paths: ['v1', 'x'] },
    ])
    await collection.look({ v1: one, v2: one, w1: one, x1: one })
    expect([collection.imagesOf(own), collection.imagesOf(releases)]).toEqual([{ v1: one }, { v1: one }])
  })

  it('are in each role that is the registry’s alone, also without targets/releases', async () => {
    const shared = { name: 'targets/shared', keys: [alice, registry] } as const
    const second = { name: 'targets/second', keys: [registry], paths: ['w'] } as const
    collection = await SignedCollection.with(registry, [{ name: own, keys: [registry], paths: ['v'] }, second, shared])
    expect(await collection.look({ v1: one, w1: two })).toEqual([own, 'targets/second'])
    expect([collection.imagesOf(own), collection.imagesOf('targets/second')]).toEqual([{ v1: one }, { w1: two }])
  })
})

describe('what another signer has stands', () => {
  it('in targets/releases, with another digest or the same', async () => {
    await aliceSigns('v1', one)
    await aliceSigns('v2', one)
    expect(await collection.look({ v1: one, v2: two })).toEqual([])
    expect(await collection.look({ v1: one, v2: two, v3: two })).toEqual([own, releases])
    expect(collection.imagesOf(own)).toEqual({ v3: two })
    expect(collection.imagesOf(releases)).toEqual({ v1: one, v2: one, v3: two })
    await collection.look({})
    expect(collection.imagesOf(releases)).toEqual({ v1: one, v2: one })
  })

  it('in targets, and takes the place of what the registry has signed before', async () => {
    await collection.look({ v1: one, v2: one })
    await collection.sign(collection.collection.targetsKey, 'targets', () => ({ v1: aTarget(two), v2: aTarget(one) }))
    expect(await collection.look({ v1: one, v2: one })).toEqual([own, releases])
    expect(collection.imagesOf(releases)).toEqual({})
  })

  it('in a role of its own, also when a third one has taken it out of targets/releases', async () => {
    await aliceSigns('v1', one)
    await collection.sign(bob, releases, () => ({}))
    expect(await collection.look({ v1: one })).toEqual([])
    expect(await collection.look({ v1: two })).toEqual([own, releases])
    expect(collection.imagesOf(releases)).toEqual({ v1: two })
  })

  it('when it signs later what the registry has signed, and the registry withdraws', async () => {
    await collection.look({ v1: one, v2: one })
    await aliceSigns('v1', one)
    await aliceSigns('v2', two)
    await collection.look({})
    expect(collection.imagesOf(releases)).toEqual({ v1: one, v2: two })
    expect(collection.imagesOf(own)).toEqual({})
  })

  it('with all that it has written of a target, and with the delegations of the role', async () => {
    await aliceSigns('v1', one, { custom: { 'b\u2028<': [1, { z: null, a: '\n' }] } })
    const below = [{ name: 'targets/releases/below', keys: [bob] }] as const
    const inner = await aTargets({ signers: [alice], delegations: below, change: ({ delegations }) => delegations })
    const { signed: delegations } = JSON.parse(textOf(inner)) as { signed: Fields }
    await collection.sign(alice, releases, (targets) => targets, {
      change: (signed) => ({ ...signed, targets: collection.targetsOf(releases), delegations }),
    })
    const before = collection.targetsOf(releases)['v1']
    await collection.look({ v2: two })
    expect(collection.targetsOf(releases)['v1']).toEqual(before)
    expect(collection.server.signed(releases)).toMatchObject({ delegations: { roles: [{ name: below[0].name }] } })
  })

  it('but not with fields that the registry does not know, by which cosign would take its signature for one of an image', async () => {
    const critical = { image: { 'docker-manifest-digest': two }, type: 'cosign container image signature' }
    await collection.sign(alice, releases, (targets) => targets, { change: (signed) => ({ ...signed, critical }) })
    await collection.look({ v2: two })
    const fields = Object.keys(collection.server.signed(releases)).sort()
    expect(fields).toEqual(['_type', 'delegations', 'expires', 'targets', 'version'])
  })

  it('in targets/releases that has no valid signature, which the registry would make valid', async () => {
    await aliceSigns('v1', one)
    const left = roles().map(({ name, keys }) => ({ name, keys: keys.filter((key) => key !== alice) }))
    await collection.server.publish({ targets: await collection.collection.targets({ version: 3, delegations: left }) })
    expect(await collection.look({ v2: two })).toBe('releases-unsigned')
  })

  it.each<Delegation>([releases, 'targets/alice', own])('while the document of %s is damaged', async (role) => {
    await collection.look({ v1: one })
    await aliceSigns('v1', one)
    collection.unreadable = [role]
    expect(await collection.look({ v2: two })).toBe('unreadable')
  })

  it('in targets/releases that has expired, which the registry would renew', async () => {
    await aliceSigns('v1', one)
    collection.server.now = Date.UTC(2046, 11, 1)
    expect(await collection.look({})).toEqual([])
    expect(await collection.look({ v2: two })).toBe('releases-expired')
  })
})

it('documents are signed again 90 days before they expire', async () => {
  const { server } = collection
  await collection.look({ v1: one })
  server.now += (3 * 365 - 91) * day
  expect(await collection.look({ v1: one })).toEqual([])
  server.now += 2 * day
  expect(await collection.look({ v1: one })).toEqual([own, releases])
  expect(await collection.look({ v1: one })).toEqual([])
})

describe('nothing is signed', () => {
  const keyed = (name: Delegation, ...keys: TestKey[]): DelegationOptions => ({ name, keys })

  it.each<[string, () => Promise<SignedCollection>]>([
    ['not-delegated', () => SignedCollection.with(registry, [keyed('targets/alice', alice), keyed(releases, alice)])],
    ['no-own-role', () => SignedCollection.with(registry, [keyed(releases, alice, registry)])],
    ['no-own-role', () => SignedCollection.with(registry, [keyed('targets/a', alice, registry)])],
    ['threshold', () => SignedCollection.with(registry, [{ ...keyed(own, registry), threshold: 2 }])],
    [
      'key-replaced',
      async () => {
        const former = await aKey()
        return SignedCollection.with(registry, [keyed(own, former), keyed(releases, former)], { former: [former] })
      },
    ],
  ])('where the registry finds %s', async (reason, make) => {
    collection = await make()
    expect(await collection.look({ v1: one })).toBe(reason)
  })
})

it('the key that follows another one signs beside it, and knows what that one signed', async () => {
  const former = await aKey()
  const before = [
    { name: own, keys: [former] },
    { name: releases, keys: [former, alice] },
  ] as const
  collection = await SignedCollection.with(former, before)
  await collection.look({ v1: one })
  const after = before.map(({ name, keys }) => ({ name, keys: [...keys, registry] }))
  await collection.server.publish({ targets: await collection.collection.targets({ version: 3, delegations: after }) })
  const successor = Object.assign(Object.create(SignedCollection.prototype) as SignedCollection, {
    collection: collection.collection,
    registry,
    former: [former],
    unreadable: [],
  })
  expect(await successor.look({ v2: two })).toEqual([own, releases])
  expect(successor.imagesOf(releases)).toEqual({ v2: two })
})

type Step =
  | { readonly by: 'alice' | 'bob' | 'owner'; readonly tag: string; readonly seed: number | undefined }
  | { readonly by: 'registry'; readonly accepted: Images }

const tags = fc.constantFrom('v1', 'v2', 'v3', '__proto__')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    by: fc.constantFrom('alice', 'owner'),
    tag: tags,
    seed: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  }),
  // He has no role of his own, so of what he signs alike the registry cannot know that it is his.
  fc.record({ by: fc.constant('bob'), tag: tags, seed: fc.option(fc.integer({ min: 4, max: 6 }), { nil: undefined }) }),
  fc.record({
    by: fc.constant('registry'),
    accepted: fc.dictionary(tags, fc.integer({ min: 1, max: 3 }).map(digestFor), { noNullPrototype: true }),
  }),
)

it('after any history the registry has changed nothing of another signer, and its own is what is accepted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      collection = await SignedCollection.with(registry, roles())
      /** What other signers have in targets/releases, with all that stands there. */
      const others = new Map<string, unknown>()
      for (const each of steps) {
        if (each.by === 'registry') {
          const top = collection.imagesOf('targets')
          expect(await collection.look(each.accepted)).not.toBeTypeOf('string')
          const taken = collection.imagesOf('targets/alice')
          const expected = Object.entries(each.accepted).filter(
            ([tag, sha256]) => !others.has(tag) && !Object.hasOwn(top, tag) && !isListed(taken, tag, sha256),
          )
          const released = Object.entries(collection.targetsOf(releases))
          expect(new Map(released.filter(([tag]) => others.has(tag)))).toEqual(others)
          const ours = Object.entries(collection.imagesOf(releases)).filter(([tag]) => !others.has(tag))
          expect(new Map(ours)).toEqual(new Map(expected))
          expect(new Map(Object.entries(collection.imagesOf(own)))).toEqual(new Map(expected))
          expect(await collection.look(each.accepted)).toEqual([])
        } else {
          await changeBy(each.by, each.tag, each.seed, others)
        }
      }
    }),
    { numRuns: 25 },
  )
})

const isListed = (images: Images, tag: string, sha256: string): boolean =>
  Object.hasOwn(images, tag) && images[tag] === sha256

/** Signs a tag, or takes it back, in the roles of a signer. */
async function changeBy(
  by: 'alice' | 'bob' | 'owner',
  tag: string,
  seed: number | undefined,
  others: Map<string, unknown>,
): Promise<void> {
  const key = { alice, bob, owner: collection.collection.targetsKey }[by]
  const target = seed === undefined ? undefined : aTarget(digestFor(seed), { custom: { by } })
  const change = (before: object): object => {
    const left = Object.entries(before).filter(([name]) => name !== tag)
    return Object.fromEntries(target === undefined ? left : [...left, [tag, target]])
  }
  if (by === 'owner') return collection.sign(key, 'targets', change)
  if (by === 'alice') await collection.sign(key, 'targets/alice', change)
  await collection.sign(key, releases, change)
  if (target === undefined) others.delete(tag)
  else others.set(tag, target)
}

it('accepted images of any tag are taken by the server as the registry writes them', async () => {
  const images = { 'a-b_c.d': one, ['__proto__']: two, '9': one }
  expect(acceptedOf(images).size).toBe(2 + 1)
  await collection.look(images)
  expect(new Map(Object.entries(collection.imagesOf(releases)))).toEqual(new Map(Object.entries(images)))
})
