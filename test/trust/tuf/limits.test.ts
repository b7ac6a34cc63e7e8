/** Each bound of Notary's documents at its edge: as much is taken, and one more is not. */
import { describe, expect, it } from 'vitest'
import * as limits from '../../../src/limits.ts'
import { readCertificates } from '../../../src/trust/tuf/certificates.ts'
import { readSnapshot, readTargets } from '../../../src/trust/tuf/documents.ts'
import { readEnvelope } from '../../../src/trust/tuf/envelope.ts'
import { InvalidMetadata } from '../../../src/trust/tuf/invalid-metadata.ts'
import { shorten } from '../../../src/trust/tuf/refusals.ts'
import { isRole } from '../../../src/trust/tuf/roles.ts'
import { readUploads, type Part } from '../../../src/trust/tuf/uploads.ts'
import { text, times } from '../../support/bounds.ts'
import { aCertificate } from '../support/keys.ts'

const encode = (value: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(value))
const document = (signed: object, signatures: readonly object[] = []): Uint8Array<ArrayBuffer> =>
  encode(JSON.stringify({ signed: { version: 1, ...signed }, signatures }))
const numbered = (size: number, value: unknown): object =>
  Object.fromEntries(Array.from({ length: size }, (_, at) => [`r${at}`, value]))

function isRead(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidMetadata)
    return false
  }
}

const isTaken = async (parts: readonly Part[]): Promise<boolean> => 'uploads' in (await readUploads(parts))
const filled = (size: number): Uint8Array<ArrayBuffer> => encode('{}'.padEnd(size))
const readsTargets = (signed: object): boolean =>
  isRead(() => readTargets(readEnvelope(document({ _type: 'Targets', ...signed })), 'targets'))

const edges: Record<string, (size: number) => boolean | Promise<boolean>> = {
  largestTrustDocumentBytes: (size) => isTaken([{ filename: 'targets', bytes: filled(size) }]),
  largestTrustUpdateBytes(size) {
    const whole = limits.largestTrustDocumentBytes
    const sizes = [whole, whole, size - 2 * whole]
    return isTaken(sizes.map((bytes) => ({ filename: 'targets', bytes: filled(bytes) })))
  },
  mostRolesOfTrustUpdate: (size) => isTaken(times(size, { filename: 'targets', bytes: filled(2) })),
  longestRoleName: (size) => isRole(`targets/${text(size - 'targets/'.length)}`),
  deepestDelegation: (size) => isRole(`targets${'/a'.repeat(size)}`),
  mostKeysOfTrustDocument: (size) => readsTargets({ delegations: { keys: numbered(size, {}) } }),
  mostKeysOfRole: (size) =>
    readsTargets({
      delegations: { keys: { a: {} }, roles: [{ name: 'targets/a', threshold: 1, keyids: times(size, 'a') }] },
    }),
  mostSignaturesOfTrustDocument: (size) => isRead(() => readEnvelope(document({}, times(size, {})))),
  mostTargetsOfTrustDocument: (size) => readsTargets({ targets: numbered(size, {}) }),
  mostRolesOfSnapshot(size) {
    const meta = { hashes: { sha256: btoa('\0'.repeat(32)) } }
    const signed = { _type: 'Snapshot', meta: { ...numbered(size - 2, {}), root: meta, targets: meta } }
    return isRead(() => readSnapshot(readEnvelope(document(signed))))
  },
  largestTrustKeyBytes: (size) =>
    readsTargets({ delegations: { keys: { a: { keyval: { public: btoa('\0'.repeat(size)) } } } } }),
  async mostCertificatesOfKey(size) {
    const pem = await aCertificate('a')
    return (await readCertificates(encode(pem.repeat(size))))?.length === size
  },
  longestTrustMessageBytes: (size) => shorten(text(size - 2)).length === size - 2,
}

const bounds: Readonly<Record<string, unknown>> = { ...limits }

describe('so much is taken, and one more is not', () => {
  for (const [bound, takes] of Object.entries(edges)) {
    it(bound, async () => {
      const size = Number(bounds[bound])
      expect([await takes(size), await takes(size + 1)]).toEqual([true, false])
    })
  }

  it('trustJson', () => {
    const { depth, values } = limits.trustJson
    const isReadWith = (custom: unknown): boolean => isRead(() => readEnvelope(encode(JSON.stringify({ custom }))))
    const nested = (size: number): unknown => JSON.parse('['.repeat(size) + ']'.repeat(size))
    expect([isReadWith(nested(depth - 1)), isReadWith(nested(depth))]).toEqual([true, false])
    // Two are the document and its list; commas are one fewer than values.
    expect([isReadWith(times(values - 1, 0)), isReadWith(times(values, 0))]).toEqual([true, false])
  })

  it('a bundle of certificates as large as a key may be', async () => {
    const pem = await aCertificate('a')
    const padded = encode(pem.padEnd(limits.largestTrustKeyBytes))
    expect(await readCertificates(padded)).toHaveLength(1)
    expect(await readCertificates(encode(pem.padEnd(limits.largestTrustKeyBytes + 1)))).toBeUndefined()
  })
})

it('a message with characters of several bytes is short enough too', () => {
  const shortened = JSON.stringify(shorten('\u0001"ä'.repeat(1000)))
  expect(new TextEncoder().encode(shortened).length).toBeLessThanOrEqual(limits.longestTrustMessageBytes)
})
