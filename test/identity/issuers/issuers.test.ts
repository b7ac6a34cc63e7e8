import { exportJWK, generateKeyPair, jwtVerify, SignJWT, type JWK } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Fetch } from '../../../src/identity/issuers/bounded-fetch.ts'
import { whyNoIssuer } from '../../../src/identity/issuers/issuer-url.ts'
import { Issuers } from '../../../src/identity/issuers/issuers.ts'
import { largestIssuerAnswerBytes, mostKeysOfIssuer } from '../../../src/limits.ts'

const issuer = 'https://login.example.com/realm'
const keySetUrl = 'https://keys.example.com/set'
const discoveryUrl = `${issuer}/.well-known/openid-configuration`

let now = 0
let asked: string[] = []
let answers: Record<string, () => Response | Promise<Response>> = {}
const fetchOne: Fetch = async (url) => {
  asked.push(url)
  const answer = answers[url]
  if (answer === undefined) throw new TypeError('connection refused')
  return answer()
}

async function makeKey(kid: string): Promise<{ jwk: JWK; sign: () => Promise<string> }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const sign = () => new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey)
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }, sign }
}

const serveKeys = (...keys: readonly JWK[]) => {
  answers[keySetUrl] = () => Response.json({ keys })
}

beforeEach(() => {
  now = 1_000_000
  asked = []
  answers = { [discoveryUrl]: () => Response.json({ issuer, jwks_uri: keySetUrl }) }
})

describe('an issuer', () => {
  const newIssuers = () => new Issuers(fetchOne, () => now)

  test('is asked once for its keys, until they are old', async () => {
    const key = await makeKey('one')
    serveKeys(key.jwk)
    const issuers = newIssuers()
    for (const minutes of [0, 5, 11]) {
      now = 1_000_000 + minutes * 60_000
      await jwtVerify(await key.sign(), await issuers.keysOf(issuer))
    }
    expect(asked).toEqual([discoveryUrl, keySetUrl, keySetUrl])
  })

  test('that changes its keys is asked again, at most once a minute', async () => {
    const [old, fresh, forged] = [await makeKey('old'), await makeKey('fresh'), await makeKey('forged')]
    serveKeys(old.jwk)
    const issuers = newIssuers()
    await jwtVerify(await old.sign(), await issuers.keysOf(issuer))
    serveKeys(fresh.jwk)
    const verifyFresh = async () => jwtVerify(await fresh.sign(), await issuers.keysOf(issuer))
    await expect(verifyFresh()).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    now += 60_000
    await verifyFresh()
    for (let times = 0; times < 5; times++) {
      const verifyForged = async () => jwtVerify(await forged.sign(), await issuers.keysOf(issuer))
      await expect(verifyForged()).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    }
    expect(asked.filter((url) => url === keySetUrl)).toHaveLength(2)
  })

  test('that is gone is trusted by its last keys for an hour', async () => {
    const key = await makeKey('one')
    serveKeys(key.jwk)
    const issuers = newIssuers()
    const verify = async () => jwtVerify(await key.sign(), await issuers.keysOf(issuer))
    await verify()
    answers = {}
    now += 59 * 60_000
    await verify()
    now += 2 * 60_000
    await expect(verify()).rejects.toMatchObject({
      failure: { kind: 'issuer-unusable', reason: { kind: 'unreachable' } },
    })
  })

  test('that fails is left alone for some seconds', async () => {
    const issuers = newIssuers()
    answers = {}
    await expect(issuers.metadataOf(issuer)).rejects.toThrow('cannot be reached')
    await expect(issuers.metadataOf(issuer)).rejects.toThrow('cannot be reached')
    expect(asked).toHaveLength(1)
    now += 10_000
    await expect(issuers.metadataOf(issuer)).rejects.toThrow('cannot be reached')
    expect(asked).toHaveLength(2)
  })

  const endless = () =>
    new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(65_536)) }), { status: 200 })

  test.each([
    ['a redirect', () => Response.redirect('http://169.254.169.254/'), 'redirected'],
    ['a status', () => new Response('gone', { status: 410 }), 'of-status'],
    ['an endless answer', endless, 'too-long'],
    ['a long answer', () => new Response(' '.repeat(largestIssuerAnswerBytes + 1)), 'too-long'],
    ['no UTF-8', () => new Response(new Uint8Array([0xff])), 'no-text'],
    ['no JSON', () => new Response('<html>'), 'no-json'],
    ['a duplicate key', () => new Response('{"issuer":"a","issuer":"b"}'), 'no-json'],
    [
      'another issuer',
      () => Response.json({ issuer: 'https://evil.example.com', jwks_uri: keySetUrl }),
      'other-issuer',
    ],
    ['no key set', () => Response.json({ issuer }), 'of-schema'],
    ['an unsafe key set', () => Response.json({ issuer, jwks_uri: 'http://127.0.0.1/keys' }), 'unsafe-url'],
  ])('that answers with %s is refused', async (_, answer, kind) => {
    answers[discoveryUrl] = answer
    await expect(newIssuers().metadataOf(issuer)).rejects.toMatchObject({ failure: { reason: { kind } } })
  })

  test('that does not answer is not waited for', { timeout: 20_000 }, async () => {
    answers[discoveryUrl] = () => new Promise(() => undefined)
    await expect(newIssuers().metadataOf(issuer)).rejects.toMatchObject({ failure: { reason: { kind: 'slow' } } })
  })

  test('that sends a byte now and then is not waited for', { timeout: 20_000 }, async () => {
    const drip = new ReadableStream({
      async pull(stream) {
        await scheduler.wait(500)
        stream.enqueue(new Uint8Array(1))
      },
    })
    answers[discoveryUrl] = () => new Response(drip)
    await expect(newIssuers().metadataOf(issuer)).rejects.toMatchObject({ failure: { reason: { kind: 'slow' } } })
  })

  test('has as many keys as the bound says, of kinds that are safe', async () => {
    const key = await makeKey('one')
    const secret = { kty: 'oct', k: 'c2VjcmV0', kid: 'secret' }
    const huge = { kty: 'RSA', n: 'A'.repeat(1367), e: 'AQAB', kid: 'huge' }
    serveKeys(key.jwk, secret, huge)
    const keys = newIssuers().keysAt(keySetUrl)
    await jwtVerify(await key.sign(), keys)
    const hs256 = await new SignJWT({}).setProtectedHeader({ alg: 'HS256', kid: 'secret' }).sign(new Uint8Array(32))
    await expect(jwtVerify(hs256, keys)).rejects.toMatchObject({ code: 'ERR_JOSE_NOT_SUPPORTED' })
    serveKeys(...Array.from({ length: mostKeysOfIssuer + 1 }, () => key.jwk))
    await expect(jwtVerify(await key.sign(), newIssuers().keysAt(keySetUrl))).rejects.toMatchObject({
      failure: { reason: { kind: 'too-many-keys' } },
    })
  })
})

describe('the URL of an issuer', () => {
  test.each([
    'https://login.example.com',
    'https://login.example.com/tenant/v2.0',
    'http://localhost:8080/realms/a',
    'http://127.0.0.1:9000',
    'http://[::1]:9000',
  ])('may be %s', (text) => {
    expect(whyNoIssuer(text)).toBeUndefined()
  })

  test.each([
    ['login.example.com', 'no-url'],
    ['http://login.example.com', 'no-https'],
    ['http://127.0.0.1.example.com', 'no-https'],
    ['http://10.0.0.1', 'no-https'],
    ['file:///etc/passwd', 'no-https'],
    ['https://user:password@login.example.com', 'too-much'],
    ['https://login.example.com?tenant=a', 'too-much'],
    ['https://login.example.com#', 'too-much'],
  ])('cannot be %s', (text, kind) => {
    expect(whyNoIssuer(text)).toEqual({ kind })
  })
})
