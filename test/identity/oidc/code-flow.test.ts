/** What a provider answers in exchange for a code: what is wrong with it is told without what is secret in it. */
import { describe, expect, it, vi } from 'vitest'
import { claimsOf } from '../../../src/identity/oidc/code-flow.ts'
import { noProvider } from '../../../src/identity/oidc/provider-settings.ts'
import { Issuers } from '../../../src/identity/issuers/issuers.ts'
import { testContext } from '../../support/context.ts'

const issuer = 'https://login.example.com'
const provider = {
  settings: { ...noProvider, enabled: true, issuer, clientID: 'breakwater' },
  clientSecret: 'secret of the client',
  origin: 'https://registry.example.com',
}
const document = {
  issuer,
  jwks_uri: `${issuer}/keys`,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
}
const part = (value: object): string => btoa(JSON.stringify(value)).replaceAll('=', '')
const seconds = Math.floor(Date.now() / 1000)
const said = { iss: issuer, aud: 'breakwater', sub: 'private subject', iat: seconds, exp: seconds + 60 }
const idToken = `${part({ alg: 'RS256' })}.${part({ ...said, nonce: 'another' })}.c2lnbmF0dXJl`
const tokens = { access_token: 'private access', token_type: 'Bearer', id_token: idToken }

/** Exchanges a code, as the provider answers. @returns the failure with all that a log would show of it */
async function failureOf(answer: object, status = 200): Promise<string> {
  const fetched = async (url: string) =>
    Response.json(url.endsWith('/token') ? answer : document, { status: url.endsWith('/token') ? status : 200 })
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) =>
    fetched(input instanceof Request ? input.url : String(input)),
  )
  const begun = { state: 'state', nonce: 'private nonce', intent: { kind: 'page' } } as const
  const given = { answer: new URLSearchParams({ code: 'code', state: 'state' }), begun }
  try {
    await claimsOf(testContext(), new Issuers(), provider, given)
  } catch (error) {
    return shown(error)
  } finally {
    vi.restoreAllMocks()
  }
  throw new Error('the exchange went well')
}

/** Shows an error with its own fields and all causes. */
const shown = (error: unknown): string =>
  error instanceof Error
    ? JSON.stringify([error.message, Object.entries(error)]) + shown(error.cause)
    : JSON.stringify(error ?? '')

describe('a wrong answer of the provider', () => {
  it.each([
    ['an unknown type of token', { ...tokens, token_type: 'mac' }, 200],
    ['another nonce', tokens, 200],
    ['no token', { ...tokens, id_token: 'x' }, 200],
    ['a refusal', { ...tokens, error: 'invalid_grant', error_description: 'the code is old' }, 400],
  ])('of %s has nothing secret in its failure', async (_, answer, status) => {
    const text = await failureOf(answer, status)
    expect(text).toMatch(/sso|OAUTH|invalid_grant|provider/)
    if (status === 400) expect(text).toContain('the code is old')
    expect(text).not.toMatch(/private|c2lnbmF0dXJl/)
  })
})
