/** A provider of OpenID Connect on this machine, with a login form that takes any password. */
import { createServer, type RequestListener } from 'node:http'
import { Provider } from 'oidc-provider'
import { atEnd } from './ending.ts'
import { freePort } from './ports.ts'

export interface ProviderUser {
  readonly name: string
  readonly fullName?: string
  readonly groups?: readonly string[]
  readonly roles?: readonly string[]
}

export interface OidcProvider {
  readonly issuer: string
  readonly clientID: string
  readonly clientSecret: string
  /** What the provider says of its users, by their subjects; a test may change it. */
  readonly users: Map<string, ProviderUser>
}

/** Leaves out by what the provider refuses the addresses of this machine. */
const withoutDispatcher = (init: RequestInit): RequestInit =>
  Object.fromEntries(Object.entries(init).filter(([name]) => name !== 'dispatcher'))

/** Starts a provider that knows one registry. @param origin of the registry */
export async function startOidcProvider(origin: string): Promise<OidcProvider> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const users = new Map<string, ProviderUser>()
  const clientID = 'breakwater'
  const clientSecret = 'a secret of the registry & the provider'
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientID,
        client_secret: clientSecret,
        redirect_uris: [`${origin}/auth/oidc/callback`],
        backchannel_logout_uri: `${origin}/auth/oidc/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], groups: ['groups', 'roles'] },
    scopes: ['openid', 'profile', 'groups'],
    features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ['of the test'] },
    // Its own refuses addresses of this machine, where the registry is.
    fetch: (url: string, init: RequestInit) => fetch(url, withoutDispatcher(init)),
    findAccount: (_context: unknown, subject: string) => {
      const { name = subject, fullName = '', groups = [], roles = [] } = users.get(subject) ?? {}
      const claims = { sub: subject, preferred_username: name, name: fullName, groups, roles }
      return { accountId: subject, claims: () => claims }
    },
  })
  const listener: RequestListener = provider.callback()
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  atEnd(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { issuer, clientID, clientSecret, users }
}
