import { base64url, createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { describe, expect, test } from 'vitest'
import { verifyIdToken, verifyLogoutToken } from '../../../src/identity/oidc/id-token.ts'

const now = 1_800_000_000_000
const seconds = now / 1000
const issuer = 'https://login.example.com'
const clientId = 'breakwater'
const accessToken = 'the access token'

const own = await generateKeyPair('RS256', { extractable: true })
const other = await generateKeyPair('RS256', { extractable: true })
const kid = 'one'
const publicKey = { ...(await exportJWK(own.publicKey)), kid }
const keys = createLocalJWKSet({ keys: [publicKey] })

interface Forging {
  readonly claims?: JWTPayload
  readonly header?: { readonly alg?: string; readonly kid?: string; readonly typ?: string }
  readonly key?: CryptoKey | Uint8Array
}

const sign = (usual: JWTPayload, { claims = {}, header = {}, key = own.privateKey }: Forging): Promise<string> =>
  new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(key)

const usualId = { iss: issuer, aud: clientId, sub: 'carol', nonce: 'nonce', iat: seconds, exp: seconds + 60 }
const idToken = (forging: Forging = {}): Promise<string> => sign(usualId, forging)

/** Makes a token that lacks a claim. */
function without<Claims extends object>(claims: Claims, ...names: readonly (keyof Claims & string)[]): Promise<string> {
  return sign(Object.fromEntries(Object.entries(claims).filter(([name]) => !names.some((one) => one === name))), {})
}

const expected = { issuer, clientId, keys, now }
const verifyId = (token: string) => verifyIdToken(token, { ...expected, nonce: 'nonce', accessToken })

async function leftHalf(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return base64url.encode(hash.subarray(0, 16))
}

/** Makes a token without a signature (RFC 7519 section 6). */
function unsigned(claims: JWTPayload): string {
  const part = (value: object): string => base64url.encode(JSON.stringify(value))
  return `${part({ alg: 'none' })}.${part(claims)}.`
}

describe('an ID token', () => {
  test('is taken as the provider made it', async () => {
    const claims = { at_hash: await leftHalf(accessToken), azp: clientId, aud: [clientId, 'another'] }
    expect(await verifyId(await idToken({ claims }))).toMatchObject({ sub: 'carol' })
  })

  const secret = new TextEncoder().encode(JSON.stringify(publicKey))

  test.each<[string, () => Promise<string> | string, object]>([
    ['that has expired', () => idToken({ claims: { exp: seconds - 31 } }), { kind: 'expired' }],
    ['that is old', () => idToken({ claims: { iat: seconds - 631, exp: seconds + 9999 } }), { kind: 'expired' }],
    [
      'of the future',
      () => idToken({ claims: { iat: seconds + 3600, exp: seconds + 9999 } }),
      { kind: 'claim', claim: 'iat' },
    ],
    ['without an end', () => without(usualId, 'exp'), { kind: 'claim', claim: 'exp' }],
    [
      'of another issuer',
      () => idToken({ claims: { iss: 'https://evil.example.com' } }),
      { kind: 'claim', claim: 'iss' },
    ],
    ['for another client', () => idToken({ claims: { aud: 'another' } }), { kind: 'claim', claim: 'aud' }],
    ['made for another', () => idToken({ claims: { azp: 'another' } }), { kind: 'claim', claim: 'azp' }],
    ['for several without azp', () => idToken({ claims: { aud: [clientId, 'b'] } }), { kind: 'claim', claim: 'azp' }],
    ['of another login', () => idToken({ claims: { nonce: 'another' } }), { kind: 'claim', claim: 'nonce' }],
    ['without a nonce', () => without(usualId, 'nonce'), { kind: 'claim', claim: 'nonce' }],
    ['of another access token', () => idToken({ claims: { at_hash: 'AAAA' } }), { kind: 'claim', claim: 'at_hash' }],
    ['without a subject', () => idToken({ claims: { sub: '' } }), { kind: 'claim', claim: 'sub' }],
    ['by another key', () => idToken({ key: other.privateKey }), { kind: 'signature' }],
    ['by an unknown key', () => idToken({ header: { kid: 'another' } }), { kind: 'key' }],
    ['by a secret that is public', () => idToken({ header: { alg: 'HS256' }, key: secret }), { kind: 'algorithm' }],
    ['without a signature', () => unsigned(usualId), { kind: 'algorithm' }],
    ['that is none', () => 'not a token', { kind: 'malformed' }],
    ['that is empty', () => '', { kind: 'malformed' }],
  ])('%s is refused', async (_, make, reason) => {
    await expect(verifyId(await make())).rejects.toMatchObject({ failure: { kind: 'sso-token-refused', reason } })
  })
})

describe('a logout token', () => {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const usual = {
    iss: issuer,
    aud: clientId,
    sub: 'carol',
    sid: 'session',
    jti: 'one',
    iat: seconds,
    exp: seconds + 120,
    events,
  }
  const logoutToken = (forging: Forging = {}) => sign(usual, forging)
  const verify = (token: string) => verifyLogoutToken(token, expected)

  test('is taken as the provider made it', async () => {
    expect(await verify(await logoutToken({ header: { typ: 'logout+jwt' } }))).toEqual({
      sid: 'session',
      subject: 'carol',
      jti: 'one',
      until: now + 630_000,
    })
  })

  test.each<[string, () => Promise<string> | string, string]>([
    ['with a nonce', () => logoutToken({ claims: { nonce: 'nonce' } }), 'nonce'],
    ['without the event', () => logoutToken({ claims: { events: {} } }), 'events'],
    ['without a name', () => without(usual, 'jti'), 'jti'],
    ['without a time', () => without(usual, 'iat'), 'iat'],
    ['without an end', () => without(usual, 'exp'), 'exp'],
    ['of no user and no session', () => without(usual, 'sub', 'sid'), 'sub'],
    ['for another client', () => logoutToken({ claims: { aud: 'another' } }), 'aud'],
    ['of another type', () => logoutToken({ header: { typ: 'at+jwt' } }), 'typ'],
  ])('%s is refused', async (_, make, claim) => {
    const reason = { kind: 'claim', claim }
    await expect(verify(await make())).rejects.toMatchObject({ failure: { kind: 'sso-token-refused', reason } })
  })

  test('that has ended or is old is refused', async () => {
    const expired = logoutToken({ claims: { exp: seconds - 31 } })
    await expect(verify(await expired)).rejects.toMatchObject({ failure: { reason: { kind: 'expired' } } })
    const old = logoutToken({ claims: { iat: seconds - 631 } })
    await expect(verify(await old)).rejects.toMatchObject({ failure: { reason: { kind: 'expired' } } })
  })

  test('is no ID token, and an ID token is none', async () => {
    await expect(verify(await idToken({ claims: { jti: 'one' } }))).rejects.toMatchObject({
      failure: { reason: { claim: 'events' } },
    })
    const token = await logoutToken({ claims: { exp: seconds + 60 } })
    await expect(verifyId(token)).rejects.toMatchObject({ failure: { reason: { claim: 'nonce' } } })
  })
})
