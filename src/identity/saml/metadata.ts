/** The metadata of an identity provider (SAML 2.0 Metadata): where users log in, and the keys that sign what it says. */
import { longestEntityId, longestUrl, mostSamlCertificates } from '../../limits.ts'
import { mayName } from '../issuers/issuer-url.ts'
import { readCertificate, type SigningKey } from './certificates.ts'
import {
  attributeOf,
  childrenOf,
  everyElement,
  parseXml,
  textOf,
  XmlRefused,
  type WhyNoXml,
  type XmlElement,
} from './xml.ts'

export interface IdpMetadata {
  readonly entityId: string
  /** Where the browser is sent, with the binding HTTP-Redirect. */
  readonly ssoUrl: string
  /** Several while the provider changes its key. */
  readonly keys: readonly SigningKey[]
  /** Whether it says so: Keycloak always does, and takes others where it is told to. The registry signs none. */
  readonly wantsSignedRequests: boolean
}

export type WhyNoMetadata =
  | { readonly kind: 'xml'; readonly reason: WhyNoXml }
  | { readonly kind: 'no-provider' }
  | { readonly kind: 'several-providers' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'no-entity-id' }
  | { readonly kind: 'no-redirect' }
  | { readonly kind: 'unsafe-url'; readonly url: string }
  | { readonly kind: 'no-key' }
  | { readonly kind: 'too-many-keys'; readonly limit: number }

export type ReadMetadata = { readonly metadata: IdpMetadata } | { readonly refusal: WhyNoMetadata }

const redirectBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'

/**
 * Reads the metadata of the one identity provider in a document.
 *
 * @param origin of the registry: a provider on the same machine may be without https
 */
export async function readMetadata(
  text: string,
  { origin, now }: { readonly origin: string; readonly now: number },
): Promise<ReadMetadata> {
  let root: XmlElement
  try {
    root = await parseXml(text)
  } catch (error) {
    if (error instanceof XmlRefused) return { refusal: { kind: 'xml', reason: error.reason } }
    throw error
  }
  const found = everyElement(root, 'metadata', 'EntityDescriptor').flatMap((entity) =>
    childrenOf(entity, 'metadata', 'IDPSSODescriptor').map((role) => ({ entity, role })),
  )
  const [provider, another] = found
  if (provider === undefined) return { refusal: { kind: 'no-provider' } }
  if (another !== undefined) return { refusal: { kind: 'several-providers' } }
  if ([root, provider.entity, provider.role].some((element) => isOver(element, now))) {
    return { refusal: { kind: 'expired' } }
  }
  const entityId = attributeOf(provider.entity, 'entityID')
  if (entityId === undefined || entityId.length > longestEntityId) return { refusal: { kind: 'no-entity-id' } }
  const ssoUrl = childrenOf(provider.role, 'metadata', 'SingleSignOnService')
    .filter((service) => attributeOf(service, 'Binding') === redirectBinding)
    .map((service) => attributeOf(service, 'Location'))
    .find((url) => url !== undefined && url.length <= longestUrl)
  if (ssoUrl === undefined) return { refusal: { kind: 'no-redirect' } }
  if (!mayName(origin, ssoUrl)) return { refusal: { kind: 'unsafe-url', url: ssoUrl } }
  const keys = await keysOf(provider.role)
  if ('refusal' in keys) return keys
  const wantsSignedRequests = attributeOf(provider.role, 'WantAuthnRequestsSigned') === 'true'
  return { metadata: { entityId, ssoUrl, keys: keys.keys, wantsSignedRequests } }
}

async function keysOf(
  role: XmlElement,
): Promise<{ readonly keys: readonly SigningKey[] } | { readonly refusal: WhyNoMetadata }> {
  const texts = childrenOf(role, 'metadata', 'KeyDescriptor')
    .filter((key) => ['signing', undefined].includes(attributeOf(key, 'use')))
    .flatMap((key) => everyElement(key, 'signature', 'X509Certificate'))
    .map((certificate) => textOf(certificate) ?? '')
  if (texts.length > mostSamlCertificates) return { refusal: { kind: 'too-many-keys', limit: mostSamlCertificates } }
  const keys = await Promise.all(texts.map((text) => readCertificate(text)))
  const usable = keys.filter((key) => key !== undefined)
  return usable.length === 0 ? { refusal: { kind: 'no-key' } } : { keys: usable }
}

/** Tells whether the time is over until which an element holds. A time that is none is over. */
function isOver(element: XmlElement, now: number): boolean {
  const until = attributeOf(element, 'validUntil')
  return until !== undefined && !(Date.parse(until) > now)
}
