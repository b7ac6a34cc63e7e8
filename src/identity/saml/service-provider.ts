/** This registry as SAML's service provider: its names, its metadata, and its requests for a login. */
import { base64 } from '@scure/base'
import { nameIdFormats } from './name-id.ts'
import { namespaces, xmlText } from './xml.ts'

/** DTR's paths. */
export const metadataPath = '/enzi/v0/saml/metadata'
export const acsPath = '/enzi/v0/saml/acs'
export const loginPath = '/enzi/v0/saml/login'

const postBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'

/** Returns the name of the registry: as DTR's, the place of its metadata. */
export const entityIdOf = (origin: string): string => origin + metadataPath

/** Returns where the answers of the provider go (Assertion Consumer Service). */
export const acsUrlOf = (origin: string): string => origin + acsPath

/** Writes what an identity provider has to know of the registry. */
export const metadataOf = (origin: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="${namespaces.metadata}" entityID="${xmlText(entityIdOf(origin))}">
  <SPSSODescriptor protocolSupportEnumeration="${namespaces.protocol}" AuthnRequestsSigned="false" WantAssertionsSigned="true">
    <NameIDFormat>${nameIdFormats.persistent}</NameIDFormat>
    <NameIDFormat>${nameIdFormats.unspecified}</NameIDFormat>
    <AssertionConsumerService Binding="${postBinding}" Location="${xmlText(acsUrlOf(origin))}" index="0" isDefault="true"/>
  </SPSSODescriptor>
</EntityDescriptor>
`

export interface LoginRequest {
  /** The name of the request, which the answer repeats. */
  readonly id: string
  /** Comes back with the answer (RelayState). */
  readonly state: string
  /** Undefined leaves it to the provider. */
  readonly nameIdFormat: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Returns where the browser asks the provider for a login (SAML 2.0 Bindings section 3.4: HTTP-Redirect). */
export async function loginUrl(
  origin: string,
  ssoUrl: string,
  { id, state, nameIdFormat, now }: LoginRequest,
): Promise<string> {
  const policy = nameIdFormat === undefined ? '' : ` Format="${xmlText(nameIdFormat)}"`
  const request =
    `<samlp:AuthnRequest xmlns:samlp="${namespaces.protocol}" ID="${xmlText(id)}" Version="2.0"` +
    ` IssueInstant="${new Date(now).toISOString()}" Destination="${xmlText(ssoUrl)}"` +
    ` ProtocolBinding="${postBinding}" AssertionConsumerServiceURL="${xmlText(acsUrlOf(origin))}">` +
    `<saml:Issuer xmlns:saml="${namespaces.assertion}">${xmlText(entityIdOf(origin))}</saml:Issuer>` +
    `<samlp:NameIDPolicy${policy} AllowCreate="true"/></samlp:AuthnRequest>`
  const url = new URL(ssoUrl)
  url.searchParams.set('SAMLRequest', base64.encode(await deflated(request)))
  url.searchParams.set('RelayState', state)
  return url.href
}

async function deflated(text: string): Promise<Uint8Array> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  return new Uint8Array(await new Response(compressed).arrayBuffer())
}
