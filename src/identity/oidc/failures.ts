/** The failures of OpenID Connect. Each says what to do next, as a user reads it in a browser. */
import { errorsOf, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import { quote } from '../../failures/text.ts'

const whyNoProvider = {
  'field-missing': ({ field }: { field: string }) => `${field}: it is needed to let users log in`,
  'openid-missing': () => 'scopes: "openid" must be one of them',
  'value-missing': ({ field }: { field: string }) => `${field}: say which value the claim must have`,
  'secret-missing': () => 'clientSecret: it is needed; send it, or use the clientAuthMethod "none"',
  'secret-elsewhere': () =>
    'clientSecret: the stored one is for another issuer or clientID; send the secret of this one',
} as const

const whyTokenRefused = {
  expired: () => 'it has expired',
  claim: ({ claim }: { claim: string }) => `its claim ${quote(claim)} is not as it must be`,
  algorithm: () => 'its algorithm is not allowed',
  key: () => 'it is by a key that the provider does not publish',
  signature: () => 'its signature is wrong',
  malformed: () => 'it is no token',
} as const

export type WhyTokenRefused = PhraseOf<typeof whyTokenRefused>

export const oidcFailures = {
  'sso-secret-lost': {
    status: 503,
    ociCode: 'UNSUPPORTED',
    apiCode: 'SSO_NOT_READY',
    sentence: () =>
      'the client secret of single sign-on does not open, as the secret of the registry has changed: ask an administrator to send it again with "breakwater identity oidc set"',
    isOutage: true,
  },
  'sso-settings-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_SETTINGS',
    sentence: ({ reason }: { reason: PhraseOf<typeof whyNoProvider> }) => phrase(whyNoProvider, reason),
  },
  'sso-exchange-refused': {
    status: 503,
    ociCode: 'UNKNOWN',
    apiCode: 'SSO_EXCHANGE_REFUSED',
    sentence: ({ error }: { error: string }) =>
      `the provider did not take the answer that it gave itself (${quote(error)}): begin again; if it persists, ask an administrator to check clientID and clientSecret with "breakwater identity oidc test"`,
    isOutage: true,
  },
  'sso-answer-invalid': {
    status: 503,
    ociCode: 'UNKNOWN',
    apiCode: 'SSO_ANSWER_INVALID',
    sentence: ({ code }: { code: string }) =>
      `the answer of the provider is not one of OpenID Connect (${quote(code)}): begin again; if it persists, ask an administrator`,
    isOutage: true,
  },
  'sso-token-refused': {
    status: 400,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'SSO_TOKEN_REFUSED',
    sentence: ({ reason }: { reason: WhyTokenRefused }) =>
      `the token of the provider cannot be trusted, because ${phrase(whyTokenRefused, reason)}: begin again; if it persists, ask an administrator`,
  },
} as const satisfies FailureTypes

export const oidcError = errorsOf(oidcFailures)
