/** An issuer of tokens that answers in place of a server, with keys of its own. */
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'
import { vi } from 'vitest'

export interface Issuer {
  readonly url: string
  /** The URLs that were asked for. */
  readonly asked: string[]
  /** What it answers with its key set; a test may replace it. */
  keySet: () => Response | Promise<Response>
  /** What it answers to a code; a test may replace it. */
  tokens: () => Response | Promise<Response>
  /** Signs claims, beside the usual ones. */
  sign(claims?: Record<string, unknown>, header?: Record<string, string>): Promise<string>
  /** Signs with new keys from now on, and publishes them alone. */
  rotate(): Promise<void>
}

const issuers = new Map<string, Issuer>()

/** Lets the issuers of a test answer in place of the network. */
export function answerForIssuers(): void {
  issuers.clear()
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const url = input instanceof Request ? input.url : String(input)
    const issuer = [...issuers.values()].find((one) => url.startsWith(`${one.url}/`))
    if (issuer === undefined) throw new TypeError(`no server answers for ${url}`)
    issuer.asked.push(url)
    if (url.endsWith('/token')) return issuer.tokens()
    return url.endsWith('/openid-configuration')
      ? Response.json({
          issuer: issuer.url,
          jwks_uri: `${issuer.url}/keys`,
          authorization_endpoint: `${issuer.url}/authorize`,
          token_endpoint: `${issuer.url}/token`,
        })
      : issuer.keySet()
  })
}

let made = 0

/** Makes an issuer with a URL of its own, as an isolate remembers the keys of each. */
export async function anIssuer(url = `https://ci-${++made}.example.com`): Promise<Issuer> {
  let keys = await newKeys()
  const issuer: Issuer = {
    url,
    asked: [],
    keySet: () => Response.json({ keys: [keys.jwk] }),
    tokens: () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
    async sign(claims = {}, header = {}) {
      const seconds = Math.floor(Date.now() / 1000)
      const usual = {
        iss: url,
        aud: 'http://registry.test',
        iat: seconds,
        exp: seconds + 300,
        jti: crypto.randomUUID(),
      }
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: keys.kid, ...header })
        .sign(keys.privateKey)
    },
    async rotate() {
      keys = await newKeys()
    },
  }
  issuers.set(url, issuer)
  return issuer
}

async function newKeys(): Promise<{ readonly kid: string; readonly jwk: JWK; readonly privateKey: CryptoKey }> {
  const kid = crypto.randomUUID()
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }, privateKey }
}
