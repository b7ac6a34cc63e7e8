/** The registry's own key: made once, published, replaced by administrators, and sealed again when the secret changes. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Context } from '../../../src/context.ts'
import { registryKey } from '../../../src/trust/bridge/registry-key.ts'
import { keyAlerts, makeResealJob, resealSlice } from '../../../src/trust/notary/reseal.ts'
import { readCertificates } from '../../../src/trust/tuf/certificates.ts'
import { hasSigned, sha256Hex } from '../../../src/trust/tuf/keys.ts'
import { withSql } from '../../support/bounds.ts'
import { send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { aPerson } from '../../support/people.ts'
import { x509 } from '../support/certificates.ts'

const [oldest, old, current] = ['1', '2', '3'].map((digit) => digit.repeat(32))
const at = (now: string | undefined, previous?: string): Context =>
  testContext({ secrets: { current: now ?? '', previous } })
const jobOf = (context: Context) => ({
  ...context,
  jobTypes: new Map(),
  job: { id: 'x', startedAt: 1, parameters: {}, deaths: 0 },
})
const message = Uint8Array.of(1, 2, 3)
const path = '/api/v0/trust/registryKey'

const textAt = async (file: string): Promise<string> => {
  const response = await send('GET', file)
  expect([file, response.status]).toEqual([file, 200])
  return response.text()
}

describe('the key of the registry', () => {
  it('is one for all that ask at the same time, and signs as P-256 does', async () => {
    const asked = await Promise.all(Array.from({ length: 5 }, () => registryKey(at(current))))
    const [key] = asked
    expect(new Set(asked.map((one) => one?.fingerprint)).size).toBe(1)
    expect(await countRows('registry_keys')).toBe(1)
    const bytes = (await key?.sign(message)) ?? new Uint8Array()
    const publicKey = { type: 'ecdsa', bytes: key?.publicKey ?? new Uint8Array() }
    expect(await hasSigned(publicKey, { keyId: key?.keyId ?? '', method: 'ecdsa', bytes }, message)).toBe(true)
    expect(key?.fingerprint).toBe(await sha256Hex(publicKey.bytes))
  })

  it('is published without a login, as a bare key and as a certificate', async () => {
    const pem = await textAt('/trust/registry.pem')
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\w+/=\n]+\n-----END PUBLIC KEY-----\n$/)
    const [certificate] = (await readCertificates(new TextEncoder().encode(await textAt('/trust/registry.crt')))) ?? []
    expect(certificate?.spki.toBase64()).toBe(pem.replaceAll(/-----.*-----|\n/g, ''))
    expect(await countRows('registry_keys')).toBe(1)
  })

  it('has a certificate that signs itself and has the names that a trust policy of notation needs', async () => {
    const key = await registryKey(at(current))
    const certificate = new x509.X509Certificate(key?.certificateDer ?? new Uint8Array())
    expect(await certificate.verify()).toBe(true)
    expect(certificate.subject).toBe(certificate.issuer)
    expect(certificate.subject).toMatch(/^C=XX, ST=Registry, O=Breakwater, CN=registry key [0-9a-f]{16}$/)
    expect(certificate.getExtension(x509.BasicConstraintsExtension)?.ca).toBe(false)
    expect(certificate.getExtension(x509.KeyUsagesExtension)).toMatchObject({
      critical: true,
      usages: x509.KeyUsageFlags.digitalSignature,
    })
    expect(certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([
      x509.ExtendedKeyUsage.codeSigning,
    ])
    expect(certificate.notBefore.getTime()).toBeLessThan(Date.now())
    expect(certificate.notAfter.getUTCFullYear()).toBeGreaterThan(new Date().getUTCFullYear() + 20)
  })

  it('is replaced by an administrator, and the old private half is gone', async () => {
    const root = await aPerson('root', { isAdmin: true })
    const before = await textAt('/trust/registry.pem')
    expect((await root.ask('POST', path)).status).toBe(201)
    const after = await textAt('/trust/registry.pem')
    expect(after).not.toBe(before)
    expect(await (await root.ask('GET', path)).json()).toMatchObject({ publicKey: after })
    const { results } = await env.DB.prepare(
      'SELECT generation, length(sealed_private) > 0 AS isKept FROM registry_keys ORDER BY generation',
    ).all()
    expect(results).toEqual([
      { generation: 1, isKept: 0 },
      { generation: 2, isKept: 1 },
    ])
  })

  it('does not open in the place of another key', async () => {
    await registryKey(at(current))
    await withSql("UPDATE registry_keys SET fingerprint = 'other'")
    expect(await registryKey(at(current))).toBeUndefined()
  })
})

describe('after a change of the secret', () => {
  it('the job encrypts the key again, which no longer needs the previous secret', async () => {
    const key = await registryKey(at(old))
    const rotated = at(current, old)
    expect(await keyAlerts(rotated)).toMatchObject([{ class: 'warning', message: expect.stringMatching(/^1 keys/) }])
    await makeResealJob(rotated)
    expect(await countRows('jobs', "action = 'trust_reseal'")).toBe(1)
    expect(await resealSlice(jobOf(rotated), undefined)).toMatchObject({
      isDone: true,
      lines: ['encrypted 1 keys again; 0 did not open'],
    })
    expect((await registryKey(at(current)))?.fingerprint).toBe(key?.fingerprint)
    expect(await keyAlerts(rotated)).toEqual([])
  })

  it('a key that opens with neither secret signs nothing, and an alert and the health of the server say so', async () => {
    await registryKey(at(oldest))
    expect(await registryKey(at(current, old))).toBeUndefined()
    expect(await keyAlerts(at(current, old))).toMatchObject([
      {
        id: 'registry_key_lost',
        class: 'critical',
        message: expect.stringMatching(/own signing key opens with neither/),
      },
    ])
    const health = await send('GET', '/_notary_server/health')
    expect([health.status, await health.json()]).toEqual([
      503,
      { registryKey: expect.stringMatching(/^the registry’s own signing key/) },
    ])
  })

  it('a key that was changed in D1 is told of as lost, and the job ends', async () => {
    await registryKey(at(old))
    await withSql("UPDATE registry_keys SET sealed_private = 'AAAA'")
    expect(await resealSlice(jobOf(at(current, old)), undefined)).toMatchObject({ isDone: true })
    expect(await keyAlerts(at(current, old))).toMatchObject([{ id: 'registry_key_lost' }])
  })
})
