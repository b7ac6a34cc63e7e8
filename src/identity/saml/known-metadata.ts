/** The metadata of the identity provider, as an isolate knows them: read of its server within bounds, and again when they are old. */
import { fetchBounded, runtimeFetch, type Fetch } from '../issuers/bounded-fetch.ts'
import { issuerError } from '../issuers/failures.ts'
import { KeptDocuments, type Ages } from '../issuers/kept-documents.ts'
import type { SamlSettings } from './document.ts'
import { samlError } from './failures.ts'
import { readMetadata, type IdpMetadata, type ReadMetadata } from './metadata.ts'

const minute = 60_000
/** A key that the provider withdraws is trusted for an hour more, or for a day if it cannot be reached. */
const ages: Ages = { freshMilliseconds: 60 * minute, staleMilliseconds: 24 * 60 * minute, renewMilliseconds: minute }

/** Where metadata come from. */
export type MetadataSource = Pick<SamlSettings, 'idpMetadataURL' | 'idpMetadata'>

/** The registry that reads the metadata, and when. */
export interface Reader {
  readonly origin: string
  /** Milliseconds since 1970. */
  readonly now: number
}

export class KnownMetadata {
  readonly #fetch: Fetch
  readonly #kept: KeptDocuments<string>

  constructor(fetchOne: Fetch = runtimeFetch, clock: () => number = Date.now) {
    this.#fetch = fetchOne
    this.#kept = new KeptDocuments(ages, clock)
  }

  /** Returns the metadata. @throws RegistryError `issuer-unusable` or `saml-metadata-unusable` */
  async find({ idpMetadataURL: url, idpMetadata }: MetadataSource, reader: Reader): Promise<IdpMetadata> {
    const text = url === '' ? idpMetadata : await this.#kept.find(url, () => this.#read(url, reader))
    return usable(await readMetadata(text, reader))
  }

  /** Returns the metadata as they are just now, for a key that is not among the known ones; a text is what it was. */
  async renew(source: MetadataSource, reader: Reader): Promise<IdpMetadata> {
    const { idpMetadataURL: url } = source
    if (url === '') return this.find(source, reader)
    return usable(await readMetadata(await this.#kept.renew(url, () => this.#read(url, reader)), reader))
  }

  /** Reads a document and keeps none that cannot be used, so that the one before goes on. */
  async #read(url: string, reader: Reader): Promise<string> {
    const { status, text } = await fetchBounded(this.#fetch, url, {
      headers: { Accept: 'application/samlmetadata+xml, application/xml, text/xml' },
    })
    if (status !== 200) throw issuerError({ kind: 'issuer-unusable', url, reason: { kind: 'of-status', status } })
    usable(await readMetadata(text, reader))
    return text
  }
}

function usable(read: ReadMetadata): IdpMetadata {
  if ('refusal' in read) throw samlError({ kind: 'saml-metadata-unusable', reason: read.refusal })
  return read.metadata
}

/** What this isolate knows. */
export const knownMetadata = new KnownMetadata()
