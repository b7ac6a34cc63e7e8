/** Whatever is registered as a public key or as a root: it is taken or refused, soon. */
import * as fc from 'fast-check'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { largestTrustKeyBytes, longestTrustRoot } from '../../../src/limits.ts'
import { fingerprintOfPem, spkiOfPem } from '../../../src/trust/policy/read-key.ts'
import { readTrusted } from '../../../src/trust/signatures/trusted.ts'
import { fromBase64 } from '../../../src/trust/tuf/base64.ts'
import { aPerson, type Person } from '../../support/people.ts'
import { aSmallSigstore } from '../support/keyless.ts'
import { aCertificate } from '../support/keys.ts'
import { aPublicKey, pemOf } from '../support/pem.ts'

interface Sample {
  readonly label: string
  readonly der: Uint8Array
}

/** Keys and certificates, in DER. */
let samples: readonly Sample[]
let trustedRoot: string

beforeAll(async () => {
  const keys = await Promise.all((['P-256', 'Ed25519', { rsaBits: 2048 }] as const).map(aPublicKey))
  const texts = [
    ...keys.map(({ pem }) => pem),
    await aCertificate('CN=alice'),
    await aCertificate('x', { type: 'rsa' }),
  ]
  samples = texts.map(sampleOf)
  trustedRoot = JSON.stringify((await aSmallSigstore()).root)
})

function sampleOf(pem: string): Sample {
  const [, label = '', body = ''] = /-----BEGIN ([A-Z ]+)-----([^-]+)/.exec(pem) ?? []
  return { label, der: fromBase64(body.replaceAll(/\s/g, '')) ?? new Uint8Array() }
}

const changes = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 3 })

function changed(bytes: Uint8Array, made: ReadonlyArray<{ readonly at: number; readonly byte: number }>): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (const { at, byte } of made) copy[at % copy.length] = byte
  return copy
}

/** Milliseconds that an answer may take on a busy machine. */
const soon = 5000

async function isAnswered(pem: string): Promise<void> {
  const begun = performance.now()
  const read = await fingerprintOfPem(pem)
  if ('fingerprint' in read) expect(read.fingerprint).toMatch(/^[0-9a-f]{64}$/)
  else expect(['unreadable', 'private', 'unsupported']).toContain(read.kind)
  expect(performance.now() - begun).toBeLessThan(soon)
}

it('a key or certificate with changed bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      changes,
      fc.constantFrom('PUBLIC KEY', 'CERTIFICATE', ''),
      async (which, made, label) => {
        const sample = samples[which % samples.length]
        if (sample === undefined) throw new Error('there are samples')
        await isAnswered(pemOf(changed(sample.der, made), label || sample.label))
      },
    ),
    { numRuns: 300 },
  )
})

it('a text in which anything stands in any place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.string({ unit: 'binary' }), async (which, at, text) => {
      const sample = samples[which % samples.length]
      const pem = pemOf(sample?.der ?? new Uint8Array(), sample?.label)
      await isAnswered(`${pem.slice(0, at % pem.length)}${text}${pem.slice(at % pem.length)}`)
      await isAnswered(text)
    }),
    { numRuns: 200 },
  )
})

it.each([
  ['spaces', ' '],
  ['beginnings', '-----BEGIN PUBLIC KEY-----'],
  ['headers', 'role: alice\n'],
  ['names of headers', 'role'],
  ['base64', 'AAAA'],
])('the most that may be sent, of %s', async (_case, piece) => {
  const begun = performance.now()
  const filled = piece.repeat(Math.floor(largestTrustKeyBytes / piece.length))
  for (const text of [
    filled,
    `-----BEGIN PUBLIC KEY-----\n${filled}`,
    pemOf(new Uint8Array()).replace('\n\n', filled),
  ]) {
    expect(await spkiOfPem(text)).toSatisfy((spki) => spki === undefined || spki instanceof Uint8Array)
  }
  expect(performance.now() - begun).toBeLessThan(soon)
})

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
})

it('a root with something strange in any place is taken or refused, and what is taken is used without an error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.string(), fc.constantFrom('sigstore', 'x509'), async (at, text, kind) => {
      const place = at % trustedRoot.length
      const document = `${trustedRoot.slice(0, place)}${text}${trustedRoot.slice(place)}`.slice(0, longestTrustRoot)
      const { status } = await root.ask('PUT', '/api/v0/trust/roots/a', { kind, document })
      expect([200, 400]).toContain(status)
      await readTrusted({ revision: 1, keys: [], roots: [{ name: 'a', kind, document }] })
    }),
    { numRuns: 40 },
  )
})
