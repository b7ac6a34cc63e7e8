/**
 * The authorization code flow of OpenID Connect Core 1.0 section 3.1, with PKCE (RFC 7636): where to send the browser, and
 * what its way back is worth. The library checks the messages of OAuth, and `id-token.ts` the token.
 */
import type { Context } from '../../context.ts'
import { lazily } from '../../util/lazy.ts'
import { fetchBounded, runtimeFetch, type Fetch } from '../issuers/bounded-fetch.ts'
import type { IssuerMetadata } from '../issuers/documents.ts'
import type { Issuers } from '../issuers/issuers.ts'
import { ExpectedError } from '../../failures/failure.ts'
import { plainLineOf } from '../../util/plain-text.ts'
import { lacksClaims } from './claims.ts'
import { oidcError } from './failures.ts'
import { verifyIdToken, type IdClaims } from './id-token.ts'
import { ssoError } from '../sso/failures.ts'
import { challengeOf, verifierOf, type LoginState } from '../sso/login-state.ts'
import type { Provider } from './provider.ts'

const loadOauth = lazily(() => import('oauth4webapi'))

type OAuth = Awaited<ReturnType<typeof loadOauth>>

export const loginPath = '/auth/oidc/login'
export const callbackPath = '/auth/oidc/callback'
export const redirectUriOf = ({ origin }: Provider): string => origin + callbackPath

/** Returns where the browser logs in. @throws RegistryError `issuer-unusable` or `sso-answer-invalid` */
export async function authorizationUrl(
  { secrets }: Pick<Context, 'secrets'>,
  issuers: Issuers,
  provider: Provider,
  { state, nonce }: Pick<LoginState, 'state' | 'nonce'>,
): Promise<string> {
  const { settings } = provider
  const metadata = await issuers.metadataOf(settings.issuer)
  const url = new URL(requireEndpoint(metadata, 'authorization_endpoint'))
  const parameters = {
    client_id: settings.clientID,
    response_type: 'code',
    redirect_uri: redirectUriOf(provider),
    scope: settings.scopes.join(' '),
    state,
    nonce,
    code_challenge: await challengeOf(await verifierOf(secrets, state)),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/**
 * Exchanges what the browser has brought back for the claims of its user.
 *
 * @param answer the parameters of the callback
 * @throws RegistryError `sso-provider-refused`, `sso-exchange-refused`, `sso-answer-invalid`, `sso-token-refused` or
 *   `issuer-unusable`
 */
export async function claimsOf(
  { secrets, now }: Pick<Context, 'secrets' | 'now'>,
  issuers: Issuers,
  provider: Provider,
  { answer, begun }: { readonly answer: URLSearchParams; readonly begun: LoginState },
): Promise<IdClaims> {
  const { settings } = provider
  const metadata = await issuers.metadataOf(settings.issuer)
  requireEndpoint(metadata, 'token_endpoint')
  const oauth = await loadOauth()
  const client = { client_id: settings.clientID }
  return withOurErrors(oauth, async () => {
    // RFC 9207: the answer is of the provider that was asked.
    const parameters = oauth.validateAuthResponse(metadata, client, answer, begun.state)
    const verifier = await verifierOf(secrets, begun.state)
    const tokens = await exchange(oauth, metadata, provider, { parameters, verifier, nonce: begun.nonce })
    const claims = await verifyIdToken(tokens.id_token ?? '', {
      issuer: settings.issuer,
      clientId: settings.clientID,
      keys: await issuers.keysOf(settings.issuer),
      now,
      nonce: begun.nonce,
      accessToken: tokens.access_token,
    })
    if (metadata.userinfo_endpoint === undefined || !lacksClaims(settings, claims)) return claims
    const more = await askUserinfo(oauth, metadata, client, { subject: claims.sub, accessToken: tokens.access_token })
    // What is signed counts first.
    return { ...more, ...claims }
  })
}

/**
 * Tells why the provider refuses this registry, by sending it a code that it never gave: `invalid_grant` is then the answer
 * to a client that it knows (RFC 6749 section 5.2). Undefined for a client that it knows.
 */
export async function whyClientRefused(
  { settings, clientSecret, ...provider }: Provider,
  metadata: IssuerMetadata,
): Promise<string | undefined> {
  const oauth = await loadOauth()
  const client = { client_id: settings.clientID }
  const response = await oauth.genericTokenEndpointRequest(
    metadata,
    client,
    authOf(oauth, settings.clientAuthMethod, clientSecret ?? ''),
    'authorization_code',
    {
      code: 'breakwater-tests-its-settings',
      redirect_uri: redirectUriOf({ settings, clientSecret, ...provider }),
      code_verifier: oauth.generateRandomCodeVerifier(),
    },
    optionsOf(oauth, metadata),
  )
  try {
    await oauth.processGenericTokenEndpointResponse(metadata, client, response)
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return error.error === 'invalid_grant' ? undefined : error.error
    if (error instanceof oauth.WWWAuthenticateChallengeError) return 'invalid_client'
    if (error instanceof oauth.OperationProcessingError) return error.code ?? error.name
    throw error
  }
  return 'it took a code that it never gave'
}

async function exchange(
  oauth: OAuth,
  metadata: IssuerMetadata,
  { settings, clientSecret, ...provider }: Provider,
  { parameters, verifier, nonce }: { parameters: URLSearchParams; verifier: string; nonce: string },
) {
  const client = { client_id: settings.clientID }
  const response = await oauth.authorizationCodeGrantRequest(
    metadata,
    client,
    authOf(oauth, settings.clientAuthMethod, clientSecret ?? ''),
    parameters,
    redirectUriOf({ settings, clientSecret, ...provider }),
    verifier,
    optionsOf(oauth, metadata),
  )
  return oauth.processAuthorizationCodeResponse(metadata, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
}

async function askUserinfo(
  oauth: OAuth,
  metadata: IssuerMetadata,
  client: { readonly client_id: string },
  { subject, accessToken }: { readonly subject: string; readonly accessToken: string },
) {
  const response = await oauth.userInfoRequest(metadata, client, accessToken, optionsOf(oauth, metadata))
  return oauth.processUserInfoResponse(metadata, client, subject, response)
}

function authOf(oauth: OAuth, method: Provider['settings']['clientAuthMethod'], secret: string) {
  switch (method) {
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(secret)
    case 'client_secret_post':
      return oauth.ClientSecretPost(secret)
    case 'none':
      return oauth.None()
  }
}

/** Makes the options of a request. `documents.ts` has refused what is neither https nor on this machine. */
const optionsOf = (oauth: OAuth, { issuer }: IssuerMetadata) => ({
  [oauth.customFetch]: answerWithin(runtimeFetch),
  [oauth.allowInsecureRequests]: issuer.startsWith('http:'),
})

/** Makes a `fetch` whose answers have the bounds of all answers of issuers. */
const answerWithin =
  (fetchOne: Fetch) =>
  async (
    url: string,
    { method, headers, body }: { method: string; headers: Record<string, string>; body?: BodyInit | null | undefined },
  ): Promise<Response> => {
    const {
      status,
      headers: received,
      text,
    } = await fetchBounded(fetchOne, url, { method, headers, body: body ?? null })
    return new Response([204, 205, 304].includes(status) ? null : text, { status, headers: received })
  }

function requireEndpoint(metadata: IssuerMetadata, name: 'authorization_endpoint' | 'token_endpoint'): string {
  const url = metadata[name]
  if (url === undefined) throw oidcError({ kind: 'sso-answer-invalid', code: `no ${name}` })
  return url
}

/** Turns the errors of the library into failures. */
async function withOurErrors<Result>(oauth: OAuth, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ExpectedError) throw error
    if (error instanceof oauth.AuthorizationResponseError) {
      const { error: code, error_description: description = '' } = error
      throw ssoError({ kind: 'sso-provider-refused', error: plainLineOf(code), description: plainLineOf(description) })
    }
    if (error instanceof oauth.ResponseBodyError) {
      const cause = tellable(error, error.error_description)
      throw oidcError({ kind: 'sso-exchange-refused', error: plainLineOf(error.error) }, { cause })
    }
    if (error instanceof oauth.WWWAuthenticateChallengeError) {
      throw oidcError({ kind: 'sso-exchange-refused', error: 'invalid_client' }, { cause: tellable(error) })
    }
    if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
      const code = error.code ?? error.name
      throw oidcError({ kind: 'sso-answer-invalid', code }, { cause: tellable(error) })
    }
    throw error
  }
}

/** Returns what a log may have of an error of the library, whose own cause has the tokens and the claims of the answer. */
const tellable = ({ name, message }: Error, description = ''): Error =>
  new Error(`${name}: ${message}${description === '' ? '' : `: ${plainLineOf(description)}`}`)
