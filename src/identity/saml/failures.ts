/** The failures of SAML. Each says what to do next, as a user reads it in a browser, or an administrator in a terminal. */
import { errorsOf, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import { quote } from '../../failures/text.ts'
import type { WhyNoMetadata } from './metadata.ts'
import type { WhyNoXml } from './xml.ts'

const whyRefused = {
  'no-response': () => 'it is no response of SAML 2.0',
  'too-long': () => 'it is too long',
  'document-type': () => 'it has a document type, which could define entities',
  'too-many-elements': () => 'it has too many elements, or too deep ones',
  'not-well-formed': () => 'it is not well-formed XML',
  encrypted: () => 'its assertion is encrypted, and the registry has no key: turn encryption off at the provider',
  'no-assertion': () => 'it has no assertion',
  'several-assertions': () => 'it has more than one assertion',
  unsigned: () => 'it is not signed',
  'signature-misplaced': () => 'a signature in it is not built as SAML demands',
  algorithm: () =>
    'its signature uses an algorithm that is not safe: let the provider sign with RSA and SHA-256, canonicalized exclusively',
  'signature-wrong': () => 'its signature is wrong, or by a key that is not in the metadata of the provider',
  version: () => 'it is of another version than 2.0',
  issuer: () => 'it is of another provider',
  destination: () => 'it is meant for another address',
  recipient: () => 'it is meant for another recipient',
  audience: () => 'it is meant for another service',
  unconfirmed: () => 'it does not say for whom and until when it may be used',
  'not-asked': () => 'it is no answer to the login that began in this browser',
  'too-early': () => 'it holds only later: compare the clocks of the provider and of the registry',
  expired: () => 'it has expired: compare the clocks of the provider and of the registry',
  condition: () => 'it has a condition that the registry does not know',
  'no-login': () => 'it does not say that the user has logged in',
  used: () => 'it was used before',
} as const

export type WhyRefused = PhraseOf<typeof whyRefused>

const whyNoXml: Readonly<Record<WhyNoXml, string>> = {
  'document-type': 'the document has a document type, which could define entities: leave it out',
  'too-many-elements': 'the document has too many elements, or too deep ones: give that of one provider',
  'not-well-formed': 'the document is not well-formed XML',
}

const whyNoMetadata = {
  xml: ({ reason }: { reason: WhyNoXml }) => whyNoXml[reason],
  'no-provider': () => 'there is no identity provider in the document (IDPSSODescriptor)',
  'several-providers': () => 'there are several identity providers in the document: give the metadata of one',
  expired: () => 'the document holds no longer (validUntil): fetch a new one',
  'no-entity-id': () => 'the provider has no entityID, or one that is too long',
  'no-redirect': () => 'the provider takes no logins by HTTP-Redirect (SingleSignOnService): turn that binding on',
  'unsafe-url': ({ url }: { url: string }) => `the provider takes logins at ${quote(url)}, which is not https`,
  'no-key': () => 'there is no certificate to sign with that has an RSA key of at least 2048 bits',
  'too-many-keys': ({ limit }: { limit: number }) => `there are more than ${limit} certificates to sign with`,
} as const satisfies { readonly [Kind in WhyNoMetadata['kind']]: unknown }

const metadataRefusal = (reason: PhraseOf<typeof whyNoMetadata>): string => phrase(whyNoMetadata, reason)

const whySettingsInvalid = {
  'metadata-missing': () => 'idpMetadataURL: it is needed to let users log in, or idpMetadata with the text itself',
  'metadata-twice': () => 'idpMetadata: leave it empty, or leave idpMetadataURL empty',
  'metadata-unusable': ({ reason }: { reason: WhyNoMetadata }) => `idpMetadata: ${metadataRefusal(reason)}`,
  'other-host': ({ host }: { host: string }) =>
    `spHost: it must be ${quote(host)}, the host of publicOrigin, or be left empty`,
  'value-missing': () => 'requiredValue: say which value the attribute must have',
} as const

export type WhySettingsInvalid = PhraseOf<typeof whySettingsInvalid>

export const samlFailures = {
  'saml-off': {
    status: 404,
    ociCode: 'UNSUPPORTED',
    apiCode: 'SSO_OFF',
    sentence: () =>
      'there are no logins by SAML here: log in with a password, or ask an administrator to set them up with "breakwater identity saml set"',
  },
  'saml-settings-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_SETTINGS',
    sentence: ({ reason }: { reason: WhySettingsInvalid }) => phrase(whySettingsInvalid, reason),
  },
  'saml-metadata-unusable': {
    status: 503,
    ociCode: 'UNSUPPORTED',
    apiCode: 'SAML_METADATA_UNUSABLE',
    sentence: ({ reason }: { reason: WhyNoMetadata }) =>
      `the metadata of the identity provider cannot be used, because ${metadataRefusal(reason)}: ask an administrator to test it with "breakwater identity saml test"`,
    isOutage: true,
  },
  'saml-response-refused': {
    status: 400,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'SAML_RESPONSE_REFUSED',
    sentence: ({ reason }: { reason: WhyRefused }) =>
      `the answer of the identity provider cannot be trusted, because ${phrase(whyRefused, reason)}: begin again; if it persists, ask an administrator`,
  },
} as const satisfies FailureTypes

export const samlError = errorsOf(samlFailures)
