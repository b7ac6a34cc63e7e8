/** The failures of single sign-on, by any protocol. Each says what to do next, as a user reads it in a browser. */
import { errorsOf, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import { quote } from '../../failures/text.ts'
import { whyNoName, type WhyNoName } from '../links/names.ts'

const whyNoAccount = {
  'name-missing': ({ claim }: { claim: string }) =>
    `the provider sends no ${quote(claim)} with your name: ask an administrator to let it send that, or to take your name from what it sends`,
  'not-admitted': ({ claim }: { claim: string }) =>
    `your ${quote(claim)} at the provider is not that of users who are let in: log in at the provider as another user, or ask an administrator`,
  'too-many-groups': ({ limit }: { limit: number }) =>
    `the provider says that you are in more than ${limit} groups: ask an administrator to let it send only those that teams are linked to`,
  'groups-elsewhere': ({ claim }: { claim: string }) =>
    `you are in too many groups for the provider to send ${quote(claim)}: ask an administrator to let the provider send only the groups that are assigned to this registry`,
  'id-missing': ({ claim }: { claim: string }) =>
    `the provider sends no one ID of yours as ${quote(claim)}, or one that is too long: ask an administrator`,
  'id-transient': () =>
    'the provider gives you another NameID at each login (the transient format): ask an administrator to let it send a persistent one, or to set subjectAttribute',
  'id-of-other-format': ({ format, wanted }: { format: string; wanted: string }) =>
    `the provider sends a NameID of the format ${quote(format)} and not ${quote(wanted)}, so another user could have it later: ask an administrator to let it send that format, or to set subjectAttribute or nameIDFormat`,
  'name-refused': ({ name, refusal }: { name: string; refusal: WhyNoName }) =>
    `there can be no account for the name ${quote(name)}, because ${whyNoName(refusal)}: if you have an account with a password, link it with "breakwater identity link"; else ask an administrator`,
  unknown: () =>
    'you have no account here, and logins make none: ask an administrator to make one, and link it with "breakwater identity link"',
  inactive: () => 'your account is not active: ask an administrator to activate it',
} as const

export type WhyNoAccount = PhraseOf<typeof whyNoAccount>

export const ssoFailures = {
  'sso-off': {
    status: 404,
    ociCode: 'UNSUPPORTED',
    apiCode: 'SSO_OFF',
    sentence: () =>
      'there is no single sign-on here: log in with a password, or ask an administrator to set it up with "breakwater identity oidc set" or "breakwater identity saml set"',
  },
  'sso-no-origin': {
    status: 503,
    ociCode: 'UNSUPPORTED',
    apiCode: 'SSO_NOT_READY',
    sentence: () =>
      'the registry does not know its own address: ask an administrator to set publicOrigin, like "https://registry.example.com", with "breakwater settings set"',
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
      `${name} has no password, and could not log in without this link: link another user of a provider first, or delete the account`,
  },
  'identity-of-directory': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'NOT_AUTHORIZED',
    sentence: ({ name }: { name: string }) =>
      `the directory decides about ${name}: ask an administrator to end this link`,
  },
  'group-name-missing': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_SETTINGS',
    sentence: () => 'groupName: it is needed to link the team; send the name that the provider has for it',
  },
  'too-many-teams-of-group': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TOO_MANY_TEAMS',
    sentence: ({ limit }: { limit: number }) =>
      `at most ${limit} teams may follow one group: link another group, or unlink a team`,
  },
} as const satisfies FailureTypes

export const ssoError = errorsOf(ssoFailures)
