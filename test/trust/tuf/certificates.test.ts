import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCertificates, readRootKey } from '../../../src/trust/tuf/certificates.ts'
import { aCertificate, aCertifiedKey, type CertificateOptions } from '../support/keys.ts'

const gun = 'registry.example.com:5000/acme/app'
const now = Date.UTC(2026, 10, 28)
const day = 86_400_000

const mayHoldRoot = async (commonName: string, options: CertificateOptions = {}, at: number | undefined = now) => {
  const key = await aCertifiedKey(commonName, { notBefore: now - day, notAfter: now + 10 * day, ...options })
  const found = await readRootKey(key.publicKey.bytes, gun, at)
  return found === undefined
    ? false
    : { isSame: new TextDecoder().decode(found.bytes) === new TextDecoder().decode(key.publicKey.bytes) }
}
const asItIs = { isSame: true }

describe('the certificate of a root', () => {
  it.each([
    ['names the GUN', gun],
    ['names a beginning of the GUN', 'registry.example.com:5000/acme/*'],
    ['names all', '*'],
    ['ends in several stars', 'registry.example.com:5000/**'],
  ])('%s', async (_case, commonName) => {
    expect(await mayHoldRoot(commonName)).toEqual(asItIs)
  })

  it.each([
    'registry.example.com:5000/acme/ap',
    'registry.example.com:5000/acme/app2',
    'registry.example.com:5000/b*',
    '',
  ])('does not name %j', async (commonName) => {
    expect(await mayHoldRoot(commonName)).toBe(false)
  })

  it('has the last of several common names, as for Go', async () => {
    expect(await mayHoldRoot('', { subject: `CN=other, CN="${gun}"` })).toEqual(asItIs)
    expect(await mayHoldRoot('', { subject: `CN="${gun}", CN=other` })).toBe(false)
  })

  it('may be of RSA', async () => {
    expect(await mayHoldRoot(gun, { type: 'rsa' })).toEqual(asItIs)
  })

  it.each<[string, CertificateOptions, boolean]>([
    ['ends now', { notAfter: now }, true],
    ['has ended a second ago', { notAfter: now - 1000 }, false],
    ['begins in a day', { notBefore: now + day }, true],
    ['begins in more than a day', { notBefore: now + day + 1000 }, false],
    ['ends before it begins', { notBefore: now + 1000, notAfter: now }, false],
    ['is signed with SHA-1', { hash: 'SHA-1' }, false],
    ['is signed by RSA with SHA-1', { type: 'rsa', hash: 'SHA-1' }, false],
    ['has 1024 bits', { type: 'rsa', modulusLength: 1024 }, false],
    ['is an authority', { isAuthority: true }, false],
  ])('%s', async (_case, options, isTaken) => {
    expect(await mayHoldRoot(gun, options)).toEqual(isTaken ? asItIs : false)
  })

  it('may have expired where it was trusted before', async () => {
    const pem = await aCertificate(gun, { notBefore: now - 2 * day, notAfter: now - day })
    const bytes = new TextEncoder().encode(pem)
    expect(await readRootKey(bytes, gun, now)).toBeUndefined()
    expect(await readRootKey(bytes, gun, undefined)).toMatchObject({ type: 'ecdsa-x509' })
  })

  it('may come with intermediates, of which those that have expired do not count', async () => {
    const valid = { notBefore: now - day, notAfter: now + 10 * day }
    const intermediates = await aCertificate('CA', { isAuthority: true, ...valid })
    expect(await mayHoldRoot(gun, { intermediates })).toEqual(asItIs)
    const old = await aCertificate('CA', { isAuthority: true, notBefore: now - 2 * day, notAfter: now - day })
    expect(await mayHoldRoot(gun, { intermediates: old })).toEqual({ isSame: false })
  })

  it('does not come with a second leaf, or with another block', async () => {
    expect(await mayHoldRoot(gun, { intermediates: await aCertificate(gun, { notBefore: now - day }) })).toBe(false)
    const block = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'
    expect(await mayHoldRoot(gun, { intermediates: block })).toBe(false)
  })

  it.each<[string, (pem: string) => string]>([
    ['other line ends', (pem) => pem.replaceAll('\n', '\r\n')],
    ['text around it', (pem) => `subject=/CN=a\n${pem}`],
    ['one long line', (pem) => pem.replaceAll(/(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/])/g, '')],
  ])('has another ID with %s', async (_case, rewrite) => {
    expect(await mayHoldRoot(gun, { rewrite })).toEqual({ isSame: false })
  })

  it('has nothing behind it', async () => {
    const longer = (pem: string): string => {
      const base64 = pem.replaceAll(/-----.*-----|\n/g, '')
      return `-----BEGIN CERTIFICATE-----\n${btoa(`${atob(base64)}\0`)}\n-----END CERTIFICATE-----\n`
    }
    expect(await mayHoldRoot(gun, { rewrite: longer })).toBe(false)
  })
})

describe('for any bytes', () => {
  it('the certificates are read or not, and nothing is thrown', async () => {
    const pem = await aCertificate(gun)
    const der = Uint8Array.from(atob(pem.replaceAll(/-----.*-----|\n/g, '')), (c) => c.charCodeAt(0))
    const inPem = (bytes: Uint8Array): Uint8Array =>
      new TextEncoder().encode(
        `-----BEGIN CERTIFICATE-----\n${btoa(String.fromCharCode(...bytes))}\n-----END CERTIFICATE-----\n`,
      )
    const changed = fc
      .array(fc.record({ at: fc.nat(der.length - 1), to: fc.nat(255) }), { minLength: 1, maxLength: 8 })
      .map((changes) => {
        const bytes = Uint8Array.from(der)
        for (const { at, to } of changes) bytes[at] = to
        return bytes
      })
    const anyBytes = fc.oneof(
      changed,
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(der.length).map((end) => der.subarray(0, end)),
    )
    await fc.assert(
      fc.asyncProperty(anyBytes, async (bytes) => {
        await readCertificates(bytes)
        await readCertificates(inPem(bytes))
        await readRootKey(inPem(bytes), gun, now)
      }),
      { numRuns: 300 },
    )
  })
})
