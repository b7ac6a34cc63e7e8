/** An identity provider of SAML that answers in place of a server, with keys of its own, and forges what a test wants forged. */
import { base64 } from '@scure/base'
import { SignedXml } from 'xml-crypto'

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
}

export const algorithms = {
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  withComments: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  enveloped: 'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  rsaSha1: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  rsaSha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  rsaSha512: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
} as const

/** A key with its certificate. */
export interface SamlKey {
  readonly privatePem: string
  /** The certificate in base64, as metadata have it. */
  readonly certificate: string
}

/** Makes a key. */
export async function aSamlKey(modulusLength = algorithm.modulusLength): Promise<SamlKey> {
  const keys = await crypto.subtle.generateKey({ ...algorithm, modulusLength }, true, ['sign', 'verify'])
  if (!('privateKey' in keys)) throw new Error('a pair was asked for')
  // The library expects it to be there already.
  await import('reflect-metadata')
  const { X509CertificateGenerator } = await import('@peculiar/x509')
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=idp.example.com',
    // As many providers' are, it has ended long ago.
    notBefore: new Date('2001-01-01'),
    notAfter: new Date('2002-01-01'),
    signingAlgorithm: algorithm,
    keys,
  })
  const exported = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  if (!(exported instanceof ArrayBuffer)) throw new Error('bytes were asked for')
  const body = base64.encode(new Uint8Array(exported)).replaceAll(/.{64}/g, '$&\n')
  return {
    privatePem: `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`,
    certificate: base64.encode(new Uint8Array(certificate.rawData)),
  }
}

export const entityId = 'https://idp.example.com/saml'
export const ssoUrl = 'https://idp.example.com/sso?realm=acme'

/** Writes the metadata of the provider. */
export const metadataWith = (...keys: readonly SamlKey[]): string => `
  <md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}">
    <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
      ${keys
        .map(
          ({ certificate }) => `<md:KeyDescriptor use="signing">
            <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>
              ${certificate.replaceAll(/.{64}/g, '$&\n')}
            </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
        )
        .join('')}
      <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/post"/>
      <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${ssoUrl.replaceAll('&', '&amp;')}"/>
    </md:IDPSSODescriptor>
  </md:EntityDescriptor>`

/** What a response says; what is left out is as it should be. */
export interface Said {
  readonly origin: string
  readonly requestId: string
  readonly now: number
  readonly issuer?: string
  readonly audience?: string
  readonly recipient?: string
  readonly destination?: string
  readonly inResponseTo?: string
  readonly nameId?: string
  readonly format?: string
  readonly notBefore?: number
  readonly notOnOrAfter?: number
  readonly issuedAt?: number
  readonly status?: string
  readonly conditions?: string
  readonly statement?: string
  readonly confirmation?: string
  readonly attributes?: Readonly<Record<string, readonly string[]>>
}

const time = (milliseconds: number): string => new Date(milliseconds).toISOString()

/** Writes an assertion. */
export function assertionOf(said: Said, id = '_assertion'): string {
  const { origin, requestId, now, attributes = {} } = said
  const until = time(said.notOnOrAfter ?? now + 300_000)
  const acs = said.recipient ?? `${origin}/enzi/v0/saml/acs`
  const data = `<saml:SubjectConfirmationData InResponseTo="${said.inResponseTo ?? requestId}" Recipient="${acs}" NotOnOrAfter="${until}"/>`
  const values = Object.entries(attributes).map(
    ([name, list]) =>
      `<saml:Attribute Name="${name}">${list.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  )
  return (
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" Version="2.0" IssueInstant="${time(said.issuedAt ?? now)}">` +
    `<saml:Issuer>${said.issuer ?? entityId}</saml:Issuer><saml:Subject>` +
    `<saml:NameID Format="${said.format ?? 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'}">${said.nameId ?? 'id-of-carol'}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">${said.confirmation ?? data}</saml:SubjectConfirmation></saml:Subject>` +
    (said.conditions ??
      `<saml:Conditions NotBefore="${time(said.notBefore ?? now - 1000)}" NotOnOrAfter="${until}"><saml:AudienceRestriction>` +
        `<saml:Audience>${said.audience ?? `${origin}/enzi/v0/saml/metadata`}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`) +
    (said.statement ??
      `<saml:AuthnStatement AuthnInstant="${time(now)}" SessionIndex="_session"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`) +
    (values.length === 0 ? '' : `<saml:AttributeStatement>${values.join('')}</saml:AttributeStatement>`) +
    '</saml:Assertion>'
  )
}

/** Writes a response around assertions. */
export function responseOf(said: Said, inside = assertionOf(said)): string {
  const { origin, requestId, now } = said
  const acs = said.destination ?? `${origin}/enzi/v0/saml/acs`
  return (
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response" Version="2.0" IssueInstant="${time(now)}" Destination="${acs}" InResponseTo="${said.inResponseTo ?? requestId}">` +
    `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${said.issuer ?? entityId}</saml:Issuer>` +
    `<samlp:Status><samlp:StatusCode Value="${said.status ?? 'urn:oasis:names:tc:SAML:2.0:status:Success'}"/></samlp:Status>` +
    `${inside}</samlp:Response>`
  )
}

export interface Signing {
  readonly of?: 'Assertion' | 'Response'
  readonly signature?: string
  readonly digest?: string
  readonly canonical?: string
}

/** Signs a part of a document, as providers do: after its issuer. */
export function signed(
  { privatePem, certificate }: SamlKey,
  xml: string,
  {
    of = 'Assertion',
    signature = algorithms.rsaSha256,
    digest = algorithms.sha256,
    canonical = algorithms.exclusive,
  }: Signing = {},
): string {
  const signer = new SignedXml({
    privateKey: privatePem,
    publicCert: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----`,
    signatureAlgorithm: signature,
    canonicalizationAlgorithm: canonical,
  })
  const xpath = `//*[local-name(.)='${of}']`
  signer.addReference({ xpath, digestAlgorithm: digest, transforms: [algorithms.enveloped, canonical] })
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signer.getSignedXml()
}

/** Puts a response into the form that the browser sends. */
export const encoded = (xml: string): string => base64.encode(new TextEncoder().encode(xml))
