/** Documents of any kind are accepted or refused: nothing is thrown, no answer is too long, and no time is out of bounds. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  largestTrustKeyBytes,
  mostCertificatesOfKey,
  mostKeysOfRole,
  mostSignaturesOfTrustDocument,
} from '../../../src/limits.ts'
import { aPublishedCollection, type TestCollection } from '../support/collection.ts'
import { aRoot, bytesOf, idsOf, seal, textOf, type Bytes, type Fields } from '../support/documents.ts'
import { aCertificate, aKey, type TestKey } from '../support/keys.ts'
import type { Outcome } from '../support/memory-server.ts'

let collection: TestCollection
let signer: TestKey
/** What is changed, by role. */
let samples: ReadonlyMap<string, Fields>

beforeAll(async () => {
  signer = await aKey('ecdsa')
  collection = await aPublishedCollection({
    snapshotBy: 'client',
    delegations: [{ name: 'targets/a', keys: [signer] }],
  })
  const { server, root, targets, snapshot } = collection
  const files = { root: server.bytesOf('root'), targets: server.bytesOf('targets') }
  const made: Record<string, Bytes> = {
    root: await root({ version: 2 }),
    targets: await targets({ version: 3, targets: { v1: 'ab'.repeat(32) } }),
    'targets/a': await targets({ version: 1, signers: [signer] }),
    snapshot: await snapshot({ files, version: 2 }),
  }
  samples = new Map(Object.entries(made).map(([role, bytes]) => [role, JSON.parse(textOf(bytes)) as Fields]))
})

/** The outcome is checked, and thrown away. */
async function isDecided(parts: Readonly<Record<string, Bytes>>): Promise<void> {
  const { server } = collection
  const before = server.documents
  const outcome: Outcome = await server.publish(parts)
  server.documents = before
  if ('refusal' in outcome) expect(JSON.stringify(outcome.refusal).length).toBeLessThan(1000)
  else expect(outcome.documents.length).toBeGreaterThan(1)
}

/** All places in a document, as paths. */
function placesIn(value: unknown, path: readonly string[] = []): ReadonlyArray<readonly string[]> {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inside]) => placesIn(inside, [...path, key]))]
}

function replaceAt(value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) return replacement
  const copy = (Array.isArray(value) ? [...value] : { ...(value as Fields) }) as Fields
  copy[key] = replaceAt(copy[key], rest, replacement)
  return copy
}

const strange = fc.oneof(
  fc.constantFrom<unknown>(null, '', 0, -1, 1.5, 2 ** 60, true, [], {}, [null], { a: null }, '__proto__', 'targets/b'),
  fc.string(),
  fc.integer(),
  fc.json().map((text): unknown => JSON.parse(text)),
)

/** Tells whether the document has a canonical form: no fraction and no integer beyond 2^53. */
const isCanonical = (signed: object): boolean => !/\d\.\d|e[+-]|\d{16}/.test(JSON.stringify(signed))

const roles = ['root', 'targets', 'targets/a', 'snapshot']
const change = fc.record({
  role: fc.constantFrom(...roles),
  place: fc.nat(),
  replacement: strange,
  isSigned: fc.boolean(),
})

describe('for any documents', () => {
  it('with something strange in any place, signed or not, a publish is decided', async () => {
    const { rootKey, targetsKey, keys } = collection
    const signers: Record<string, readonly TestKey[]> = {
      root: [rootKey],
      targets: [targetsKey],
      'targets/a': [signer],
      snapshot: keys.snapshot,
    }
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const parts: Record<string, Bytes> = {}
        for (const { role, place, replacement, isSigned } of changes) {
          const sample = samples.get(role)
          const places = placesIn(sample)
          const changed = replaceAt(sample, places[place % places.length] ?? [], replacement) as Fields | null
          const signed: unknown = changed?.['signed']
          const isSealed = isSigned && typeof signed === 'object' && signed !== null && isCanonical(signed)
          parts[role] = isSealed ? await seal(signed, signers[role] ?? []) : bytesOf(JSON.stringify(changed))
        }
        await isDecided(parts)
      }),
      { numRuns: 400 },
    )
  })

  it('with bytes changed, or of bytes alone, a publish is decided', async () => {
    const bytesAnd = fc.record({
      role: fc.constantFrom(...roles),
      at: fc.nat(),
      bytes: fc.uint8Array({ maxLength: 4 }),
      isAlone: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(bytesAnd, async ({ role, at, bytes, isAlone }) => {
        const whole = isAlone ? new Uint8Array() : bytesOf(JSON.stringify(samples.get(role)))
        const start = at % (whole.length + 1)
        await isDecided({
          [role]: Uint8Array.from([...whole.subarray(0, start), ...bytes, ...whole.subarray(start + 1)]),
        })
      }),
      { numRuns: 200 },
    )
  })

  it('with any name, a publish is decided', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (name) => {
        await isDecided({ [name]: bytesOf('{}') })
      }),
      { numRuns: 200 },
    )
  })
})

describe('the most that may be sent is decided in seconds', () => {
  const seconds = async (parts: Readonly<Record<string, Bytes>>): Promise<number> => {
    const start = performance.now()
    await isDecided(parts)
    return (performance.now() - start) / 1000
  }

  it('a root with as many and as large bundles of certificates as it may have', async () => {
    const authority = await aCertificate('CA', { isAuthority: true })
    const bundle = bytesOf((await aCertificate(collection.gun)) + authority.repeat(mostCertificatesOfKey - 1))
    const room = Math.floor(4_000_000 / ((bundle.length * 4) / 3 + 200))
    const certified = Array.from({ length: Math.min(mostKeysOfRole, room) }, (_, at) => ({
      ...collection.rootKey,
      id: `k${at}`,
      publicKey: { type: 'ecdsa-x509', bytes: bundle },
    }))
    const root = await aRoot({ keys: { ...collection.keys, root: certified }, version: 2, signers: [] })
    const signatures = Array.from({ length: mostSignaturesOfTrustDocument }, (_, at) => ({
      keyid: `k${at}`,
      method: 'ecdsa',
      sig: btoa('\0'.repeat(64)),
    }))
    const bytes = bytesOf(textOf(root).replace('"signatures":[]', `"signatures":${JSON.stringify(signatures)}`))
    expect(await seconds({ root: bytes })).toBeLessThan(15)
  })

  it.each([
    ['brackets', '['.repeat(4_000_000)],
    ['quotes and backslashes', `"${'\\'.repeat(4_000_000)}`],
    ['numbers', `[${'1,'.repeat(2_000_000)}1]`],
    ['spaces before a fraction', `{"a":${' '.repeat(4_000_000)}1.5}`],
    ['a long number', `{"a":${'1'.repeat(4_000_000)}}`],
    ['a long time', `{"signed":{"expires":"2026-01-01T00:00:00.${'1'.repeat(4_000_000)}Z"}}`],
    ['one key many times', `{${'"a":1,'.repeat(500_000)}"a":1}`],
  ])('a document of %s', async (_case, text) => {
    expect(await seconds({ targets: bytesOf(text) })).toBeLessThan(15)
  })

  it.each([
    ['beginnings of PEM', '-----BEGIN CERTIFICATE-----\n'],
    ['spaces', ' '],
    ['labels', '-----BEGIN A'],
    ['stars', '*'],
  ])('a key of %s', async (_case, piece) => {
    const bytes = bytesOf(piece.repeat(Math.floor(largestTrustKeyBytes / piece.length)))
    const keys = Array.from({ length: 90 }, (_, at) => ({
      ...collection.rootKey,
      id: `k${at}`,
      publicKey: { type: 'ecdsa-x509', bytes },
    }))
    expect(idsOf(keys)).toHaveLength(90)
    const root = await aRoot({ keys: { ...collection.keys, root: keys }, version: 2, signers: [] })
    expect(await seconds({ root })).toBeLessThan(15)
  })
})
