/**
 * Knows other issuers of tokens by their URL: what they publish of themselves, and the keys by which their tokens are
 * checked. An issuer comes from what an administrator has configured, and never from a token alone.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { fetchJson, runtimeFetch, type Fetch } from './bounded-fetch.ts'
import { keySetOf, metadataOf, type IssuerMetadata } from './documents.ts'
import { discoveryUrlOf } from './issuer-url.ts'
import { KeptDocuments, type Ages } from './kept-documents.ts'

const minute = 60_000
const agesOfMetadata: Ages = {
  freshMilliseconds: 60 * minute,
  staleMilliseconds: 24 * 60 * minute,
  renewMilliseconds: minute,
}
/** A key that its issuer withdraws is trusted for ten minutes more, or an hour if the issuer cannot be reached. */
const agesOfKeys: Ages = {
  freshMilliseconds: 10 * minute,
  staleMilliseconds: 60 * minute,
  renewMilliseconds: minute,
}

export class Issuers {
  readonly #fetch: Fetch
  readonly #metadata: KeptDocuments<IssuerMetadata>
  readonly #keySets: KeptDocuments<JSONWebKeySet>

  constructor(fetchOne: Fetch = runtimeFetch, clock: () => number = Date.now) {
    this.#fetch = fetchOne
    this.#metadata = new KeptDocuments(agesOfMetadata, clock)
    this.#keySets = new KeptDocuments(agesOfKeys, clock)
  }

  /** Returns what an issuer says of itself. @param issuer for which `whyNoIssuer` has no reason @throws RegistryError `issuer-unusable` */
  metadataOf(issuer: string): Promise<IssuerMetadata> {
    return this.#metadata.find(issuer, async () =>
      metadataOf(issuer, await fetchJson(this.#fetch, discoveryUrlOf(issuer))),
    )
  }

  /**
   * Returns the keys of an issuer, for `jwtVerify`. A token by an unknown key makes the set be read again, at most once a
   * minute, as the issuer may have changed its keys.
   *
   * @param issuer for which `whyNoIssuer` has no reason
   * @throws RegistryError `issuer-unusable`, also when a key is looked for
   */
  async keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const { jwks_uri: url } = await this.metadataOf(issuer)
    return this.keysAt(url)
  }

  /** Reads the key set of an issuer. @throws RegistryError `issuer-unusable` */
  async keySetOf(issuer: string): Promise<JSONWebKeySet> {
    const { jwks_uri: url } = await this.metadataOf(issuer)
    return this.#keySets.find(url, () => this.#readKeySet(url))
  }

  /** Returns the keys of a key set as `keysOf`. @param url https, or http on this machine */
  keysAt(url: string): JWTVerifyGetKey {
    const read = () => this.#readKeySet(url)
    return async (header, token) => {
      try {
        return await createLocalJWKSet(await this.#keySets.find(url, read))(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        return createLocalJWKSet(await this.#keySets.renew(url, read))(header, token)
      }
    }
  }

  async #readKeySet(url: string): Promise<JSONWebKeySet> {
    return keySetOf(url, await fetchJson(this.#fetch, url))
  }
}

/** The issuers that this isolate knows. */
export const issuers = new Issuers()
