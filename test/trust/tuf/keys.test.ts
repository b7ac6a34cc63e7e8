import { describe, expect, it } from 'vitest'
import { fromBase64 } from '../../../src/trust/tuf/base64.ts'
import { fingerprintOf, hasSigned, keyIdOf, sha256Hex, type PublicKey } from '../../../src/trust/tuf/keys.ts'
import { aCertifiedKey, aKey, type TestKey } from '../support/keys.ts'

const message = new TextEncoder().encode('{"_type":"Targets"}')

const signatureOf = async (key: TestKey, method = key.method) => ({
  keyId: key.id,
  method,
  bytes: await key.sign(message),
})

const spkiOf = async (key: TestKey): Promise<ArrayBuffer> =>
  (await crypto.subtle.exportKey('spki', key.pair.publicKey)) as ArrayBuffer

const kinds: ReadonlyArray<readonly [string, () => Promise<TestKey>]> = [
  ['ecdsa on P-256', () => aKey('ecdsa')],
  ['ecdsa on P-384, with SHA-256 still', () => aKey('ecdsa', { curve: 'P-384' })],
  ['ecdsa on P-521, with SHA-256 still', () => aKey('ecdsa', { curve: 'P-521' })],
  ['ecdsa-x509', () => aCertifiedKey('a')],
  ['ed25519', () => aKey('ed25519')],
  ['rsa by PSS', () => aKey('rsa')],
  ['rsa by PKCS #1 version 1.5', () => aKey('rsa', { method: 'rsapkcs1v15' })],
  ['rsa-x509', () => aCertifiedKey('a', { type: 'rsa' })],
]

describe('the ID of a key', () => {
  it('is that of the Go server', async () => {
    const bytes = fromBase64('C0vdpJx1h7Hz2BLHcrifLyP44GLtt1P7uERLSzbbhiA=') ?? new Uint8Array()
    expect(await keyIdOf({ type: 'ed25519', bytes })).toBe(
      '30eca1e1befe23e38180bcb28d25b27c8af1c1ae00b39f7d2b20db343512d17a',
    )
  })

  it('differs between a key and its certificate, while the fingerprint is one', async () => {
    const bare = await aKey('ecdsa')
    const certified = await aCertifiedKey('a', { pair: bare.pair })
    expect(certified.id).not.toBe(bare.id)
    expect(await fingerprintOf(certified.publicKey)).toBe(await fingerprintOf(bare.publicKey))
  })
})

describe.each(kinds)('%s', (_kind, make) => {
  it('verifies what the key has signed, and nothing else', async () => {
    const key = await make()
    const signature = await signatureOf(key)
    expect(await hasSigned(key.publicKey, signature, message)).toBe(true)
    expect(await hasSigned(key.publicKey, signature, new TextEncoder().encode('{"_type":"Root"}'))).toBe(false)
    const changed = Uint8Array.from(signature.bytes, (byte, at) => (at === 9 ? byte ^ 1 : byte))
    expect(await hasSigned(key.publicKey, { ...signature, bytes: changed }, message)).toBe(false)
    for (const bytes of [signature.bytes.subarray(1), new Uint8Array(), Uint8Array.from([...signature.bytes, 0])]) {
      expect(await hasSigned(key.publicKey, { ...signature, bytes }, message)).toBe(false)
    }
  })

  it('has the fingerprint of its SubjectPublicKeyInfo', async () => {
    const key = await make()
    expect(await fingerprintOf(key.publicKey)).toBe(await sha256Hex(await spkiOf(key)))
  })

  it('does not verify by a method of another kind of key', async () => {
    const key = await make()
    const others = ['ecdsa', 'eddsa', 'rsapss', 'rsapkcs1v15', 'pycrypto-pkcs#1 pss', ''].filter(
      (m) => m !== key.method,
    )
    for (const method of others) {
      expect(await hasSigned(key.publicKey, await signatureOf(key, method), message)).toBe(false)
    }
  })
})

describe('a key that verifies nothing', () => {
  it('is an RSA key of less than 2048 bits', async () => {
    const key = await aKey('rsa', { modulusLength: 1024 })
    expect(await hasSigned(key.publicKey, await signatureOf(key), message)).toBe(false)
  })

  it('makes ECDSA signatures in DER', async () => {
    const key = await aKey('ecdsa')
    const { bytes, ...rest } = await signatureOf(key)
    const half = (part: Uint8Array): number[] => [0x02, 33, 0, ...part]
    const der = Uint8Array.from([0x30, 70, ...half(bytes.subarray(0, 32)), ...half(bytes.subarray(32))])
    expect(await hasSigned(key.publicKey, { ...rest, bytes: der }, message)).toBe(false)
  })

  it.each(['ecdsa', 'ecdsa-x509', 'ed25519', 'rsa', 'rsa-x509', 'unknown', ''])(
    'is one of the type %j whose bytes are another thing',
    async (type) => {
      const good = await aKey('ecdsa')
      const p256 = good.publicKey.bytes
      for (const bytes of [
        new Uint8Array(),
        p256.subarray(0, 90),
        p256.map((byte) => byte ^ 0x55),
        new Uint8Array(91),
      ]) {
        const key: PublicKey = { type, bytes: Uint8Array.from(bytes) }
        for (const method of ['ecdsa', 'eddsa', 'rsapss', 'rsapkcs1v15']) {
          expect(await hasSigned(key, { keyId: '', method, bytes: new Uint8Array(64) }, message)).toBe(false)
        }
        expect((await keyIdOf(key)).length).toBe(64)
      }
    },
  )
})
