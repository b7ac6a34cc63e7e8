/** A provider whose answers a test forges: tokens that are wrong, and key sets that are huge, slow or gone. */
import type { ServerResponse } from 'node:http'
import { OAuth2Server, type MutableResponse, type MutableToken } from 'oauth2-mock-server'
import { atEnd } from './ending.ts'

export interface HostileProvider {
  readonly issuer: string
  /** Changes tokens before they are signed, until `behave`. */
  forge(change: (token: MutableToken) => void): void
  /** Changes answers with tokens, until `behave`. */
  answer(change: (response: MutableResponse) => void): void
  /** Makes a key that the provider did not have, and lets the ID tokens be by it. */
  rotate(): Promise<void>
  behave(): void
}

/** Starts a provider. @param keySet answers in place of its key set */
export async function startHostileProvider(keySet?: (response: ServerResponse) => void): Promise<HostileProvider> {
  const server = new OAuth2Server()
  const { service, issuer } = server
  await issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  const url = `http://127.0.0.1:${server.address().port}`
  issuer.url = url
  if (keySet !== undefined) {
    service.addRoute('GET', '/forged-keys', (_request, response) => keySet(response))
    service.on('beforeWellKnownOpenIdConfiguration', (response: MutableResponse) => {
      Object.assign(response.body, { jwks_uri: `${url}/forged-keys` })
    })
  }
  atEnd(() => server.stop())
  return {
    issuer: url,
    forge: (change) => {
      service.on('beforeTokenSigning', change)
    },
    answer: (change) => {
      service.on('beforeResponse', change)
    },
    async rotate() {
      const { kid } = await issuer.keys.generate('RS256')
      // The provider takes its keys in turn: the first for the access token, and the next for the ID token.
      while (issuer.keys.toJSON()[1]?.kid !== kid) issuer.keys.get()
    },
    behave: () => {
      service.removeAllListeners('beforeTokenSigning')
      service.removeAllListeners('beforeResponse')
    },
  }
}
