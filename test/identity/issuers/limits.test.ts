import { describe, expect, it } from 'vitest'
import type { Fetch } from '../../../src/identity/issuers/bounded-fetch.ts'
import { Issuers } from '../../../src/identity/issuers/issuers.ts'
import {
  issuerJson,
  largestIssuerAnswerBytes,
  longestIssuerWaitSeconds,
  mostKeysOfIssuer,
} from '../../../src/limits.ts'
import { times } from '../../support/bounds.ts'

const issuer = 'https://login.example.com'

/** Tells whether an answer of an issuer is taken. @param pauseMilliseconds before the answer */
async function takes(text: string, pauseMilliseconds = 0): Promise<boolean> {
  const answer: Fetch = async () => {
    await scheduler.wait(pauseMilliseconds)
    return new Response(text)
  }
  try {
    await new Issuers(answer).metadataOf(issuer)
    return true
  } catch {
    return false
  }
}

const metadata = (more: object = {}): string => JSON.stringify({ issuer, jwks_uri: `${issuer}/keys`, ...more })
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

async function takesKeys(count: number): Promise<boolean> {
  const key = { kty: 'OKP', crv: 'Ed25519', x: 'AA' }
  const answer: Fetch = async (url) =>
    url.endsWith('/keys') ? Response.json({ keys: times(count, key) }) : new Response(metadata())
  try {
    return (await new Issuers(answer).keySetOf(issuer)).keys.length === count
  } catch {
    return false
  }
}

describe('a bound of issuers is taken at its edge, and nothing beyond it', () => {
  it('largestIssuerAnswerBytes', async () => {
    const text = metadata()
    expect(await takes(text.padEnd(largestIssuerAnswerBytes))).toBe(true)
    expect(await takes(text.padEnd(largestIssuerAnswerBytes + 1))).toBe(false)
  })

  it('issuerJson', async () => {
    const { depth, values } = issuerJson
    expect([await takes(metadata({ x: nested(depth - 1) })), await takes(metadata({ x: nested(depth) }))]).toEqual([
      true,
      false,
    ])
    // The object, its list and two commas count too.
    const many = (count: number) => takes(metadata({ x: times(count, 0) }))
    expect([await many(values - 3), await many(values - 2)]).toEqual([true, false])
  })

  it('longestIssuerWaitSeconds', { timeout: 30_000 }, async () => {
    const milliseconds = longestIssuerWaitSeconds * 1000
    expect(await Promise.all([takes(metadata(), milliseconds - 1000), takes(metadata(), milliseconds + 1000)])).toEqual(
      [true, false],
    )
  })

  it('mostKeysOfIssuer', async () => {
    expect([await takesKeys(mostKeysOfIssuer), await takesKeys(mostKeysOfIssuer + 1)]).toEqual([true, false])
  })
})
