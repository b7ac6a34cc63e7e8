/** The failures of single sign-on. Each says what to do next, as a user reads it in a browser. */
import { errorsOf, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import { quote } from '../../failures/text.ts'
import { whyNoName, type WhyNoName } from '../links/names.ts'

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

const whyNoAccount = {
  'name-missing': ({ claim }: { claim: string }) =>
    `the provider sends no claim ${quote(claim)} with your name: ask an administrator to set usernameClaim to one that it sends, or to ask for more scopes`,
  'not-admitted': ({ claim }: { claim: string }) =>
    `your claim ${quote(claim)} is not that of users who are let in: log in at the provider as another user, or ask an administrator`,
  'too-many-groups': ({ limit }: { limit: number }) =>
    `the provider says that you are in more than ${limit} groups: ask an administrator to let it send only those that teams are linked to`,
  'groups-elsewhere': ({ claim }: { claim: string }) =>
    `you are in too many groups for the claim ${quote(claim)}: ask an administrator to let the provider send only the groups that are assigned to this registry`,
  'name-refused': ({ name, refusal }: { name: string; refusal: WhyNoName }) =>
    `there can be no account for the name ${quote(name)}, because ${whyNoName(refusal)}: if you have an account with a password, link it with "breakwater identity link"; else ask an administrator`,
  unknown: () =>
    'you have no account here, and logins make none: ask an administrator to make one, and link it with "breakwater identity link"',
  inactive: () => 'your account is not active: ask an administrator to activate it',
} as const

export type WhyNoAccount = PhraseOf<typeof whyNoAccount>

export const oidcFailures = {
  'sso-off': {
    status: 404,
    ociCode: 'UNSUPPORTED',
    apiCode: 'SSO_OFF',
    sentence: () =>
      'there is no single sign-on here: log in with a password, or ask an administrator to set it up with "breakwater identity oidc set"',
  },
  'sso-no-origin': {
    status: 503,
    ociCode: 'UNSUPPORTED',
    apiCode: 'SSO_NOT_READY',
    sentence: () =>
      'the registry does not know its own address: ask an administrator to set publicOrigin, like "https://registry.example.com", with "breakwater settings set"',
  },
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
  'sso-login-lost': {
    status: 400,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'SSO_LOGIN_LOST',
    sentence: ({ origin }: { origin: string }) =>
      `this login did not begin in this browser within the last ten minutes: begin it again, at ${origin}`,
  },
  'sso-provider-refused': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'SSO_PROVIDER_REFUSED',
    sentence: ({ error, description }: { error: string; description: string }) =>
      `the provider has refused the login (${quote(error)}${description === '' ? '' : `: ${quote(description)}`}): begin again, or ask an administrator whether this registry is set up at the provider`,
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
  'sso-no-account': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'SSO_NO_ACCOUNT',
    sentence: ({ reason }: { reason: WhyNoAccount }) => phrase(whyNoAccount, reason),
  },
  'sso-code-unknown': {
    status: 400,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'SSO_CODE_UNKNOWN',
    sentence: () => 'the code of this login was used, has expired or was refused: begin again',
  },
  'sso-code-pending': {
    status: 409,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'AUTHORIZATION_PENDING',
    sentence: () => 'the login is not approved yet: approve it in the browser, and ask again in a few seconds',
  },
  'sso-user-code-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'SSO_USER_CODE_UNKNOWN',
    sentence: () => 'no command waits for this code: compare it with the one that the command shows, or begin again',
  },
  'sso-too-many-devices': {
    status: 429,
    ociCode: 'TOOMANYREQUESTS',
    apiCode: 'TOO_MANY_REQUESTS',
    sentence: () => 'too many logins wait for a browser: wait a few minutes and try again',
    retryAfterSeconds: () => 60,
  },
  'identity-taken': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'IDENTITY_TAKEN',
    sentence: () =>
      'this user of the provider belongs to an account already: unlink it there with "breakwater identity unlink", or log in at the provider as another user',
  },
  'identity-of-organization': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'NOT_A_USER',
    sentence: ({ name }: { name: string }) => `${name} is an organization, and only users log in: name a user`,
  },
  'identity-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_IDENTITY',
    sentence: ({ name }: { name: string }) =>
      `${name} is not linked to such a user of a provider: list the links with "breakwater identity list"`,
  },
  'identity-last': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'LAST_IDENTITY',
    sentence: ({ name }: { name: string }) =>
      `${name} has no password, and could not log in without this link: set a password first, or delete the account`,
  },
  'group-name-missing': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_SETTINGS',
    sentence: () => 'groupName: it is needed to link the team; send the name that the provider has in its claim',
  },
  'too-many-teams-of-group': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TOO_MANY_TEAMS',
    sentence: ({ limit }: { limit: number }) =>
      `at most ${limit} teams may follow one group: link another group, or unlink a team`,
  },
} as const satisfies FailureTypes

export const oidcError = errorsOf(oidcFailures)
