/** The failures of directories. What a directory itself says is told to administrators alone, by the test of a login. */
import { errorsOf, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import { placed, type Misfit } from '../../failures/schema-misfit.ts'
import { quote } from '../../failures/text.ts'
import type { Expected, FilterFault } from './filter-grammar.ts'
import { whyNoName, type WhyNoName } from '../links/names.ts'

const retrySeconds = 10

const expectedWords: Readonly<Record<Expected, string>> = {
  opening: 'put "(" there',
  closing: 'put ")" there',
  attribute: 'put the name of an attribute there, like "uid"',
  operator: 'put "=", ">=", "<=", "~=" or ":=" there',
  escape: String.raw`write "(" as "\28", ")" as "\29" and "\" as "\5c" in a value`,
  end: 'leave out the rest, or put all in one "(&...)"',
}

const whySettingsInvalid = {
  // The words stand in the schema of the settings.
  'of-schema': (misfit: Misfit) => placed(misfit, ''),
  'filter-wrong': ({ place, at, expected }: FilterFault & { place: string }) =>
    `${place}: the filter (RFC 4515) is wrong at character ${at}: ${expectedWords[expected]}`,
  'filter-unknown': ({ place }: { place: string }) =>
    `${place}: it must be a filter by RFC 4515, like "(objectClass=person)"`,
  'domain-twice': () => 'additionalDomains: a domain is listed twice: leave one out',
  'no-search': () => 'userSearchConfigs: without a search there are no users: add one',
  'schedule-wrong': () => 'syncSchedule: it must be a schedule like "@hourly" or "0 30 2 * * *"',
  'password-missing': ({ domain }: { domain: string }) =>
    `${domain === '' ? '' : `the domain ${domain}: `}send readerPassword: none is kept for this server, this reader and its encryption`,
  'none-stored': () => 'no directory is configured: store one, or send settings to test',
} as const

const whyNotFound = {
  unknown: () => 'no search finds the name: look at userSearchConfigs with "breakwater identity ldap show"',
  several: () => 'a search finds several users of the name, which tells no user apart: narrow its filter',
  'no-id': () => 'the reader sees no id that stays (entryUUID, objectGUID): let it read that attribute',
} as const

/** Why a name leads to no user of the directory. */
export type WhyNotFound = PhraseOf<typeof whyNotFound>

const whyNotImported = {
  ...whyNotFound,
  name: ({ refusal }: { refusal: WhyNoName }) =>
    `it cannot be the name of an account, as ${whyNoName(refusal)}: change it in the directory`,
  known: ({ account }: { account: string }) => `the user has the account ${account} already`,
} as const

const whyNotLinked = {
  ...whyNotFound,
  'no-directory': () => 'no directory is configured: store its settings first, with "breakwater identity ldap set"',
  taken: () =>
    'the user has another account: find it with "breakwater identity list --for NAME", and delete it or give it to another user first',
  organization: ({ account }: { account: string }) => `${account} is an organization: name the account of a user`,
  recovery: ({ account }: { account: string }) =>
    `${account} is the account that works while the directory is down: name another one`,
} as const

export type WhyNotLinked = PhraseOf<typeof whyNotLinked>

export type WhyNotImported = PhraseOf<typeof whyNotImported>

export type WhySettingsInvalid = PhraseOf<typeof whySettingsInvalid>

export const directoryFailures = {
  'directory-settings-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_LDAP_SETTINGS',
    sentence: ({ reason }: { reason: WhySettingsInvalid }) =>
      `the settings of the directory are not valid: ${phrase(whySettingsInvalid, reason)}`,
  },
  'directory-passwords-lost': {
    status: 503,
    ociCode: 'UNKNOWN',
    apiCode: 'LDAP_PASSWORDS_LOST',
    isOutage: true,
    sentence: () =>
      'the passwords by which the registry reads the directory open with neither secret: set REGISTRY_SECRET_PREVIOUS to the secret that they were stored under, or store them again with "breakwater identity ldap set"',
  },
  /** The same for every name, and without a reason: the caller has not logged in. */
  'directory-unavailable': {
    // Docker shows no sentence of an answer of 500 or more; clients repeat a request after this one too.
    status: 429,
    apiStatus: 503,
    ociCode: 'TOOMANYREQUESTS',
    apiCode: 'LDAP_UNAVAILABLE',
    isOutage: true,
    retryAfterSeconds: () => retrySeconds,
    sentence: () =>
      'the directory of users cannot be asked now, so the password was not checked: try again soon; administrators log in with a password of the registry, and find the reason with "breakwater identity ldap test"',
  },
  'directory-not-asked': {
    status: 503,
    ociCode: 'UNKNOWN',
    apiCode: 'LDAP_UNAVAILABLE',
    isOutage: true,
    retryAfterSeconds: () => retrySeconds,
    sentence: () =>
      'the directory of users cannot be asked now, so nothing was changed: find the reason with "breakwater identity ldap test"',
  },
  'directory-user-not-imported': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'LDAP_USER_NOT_IMPORTED',
    sentence: ({ name, reason }: { name: string; reason: WhyNotImported }) =>
      `there is no account for the user ${quote(name)} of the directory: ${phrase(whyNotImported, reason)}`,
  },
  'directory-user-waits': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'LDAP_USER_NOT_SYNCED',
    sentence: () =>
      'the password is right, but you have no account here yet: wait for the next sync of the directory, or ask an administrator to begin it',
  },
  'directory-name-refused': {
    status: 403,
    ociCode: 'DENIED',
    apiCode: 'LDAP_NAME_REFUSED',
    sentence: ({ name, refusal }: { name: string; refusal: WhyNoName }) =>
      `the password is right, but ${quote(name)} cannot be the name of an account, as ${whyNoName(refusal)}: ask an administrator`,
  },
  'directory-user-not-linked': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'LDAP_USER_NOT_LINKED',
    sentence: ({ name, reason }: { name: string; reason: WhyNotLinked }) =>
      `no account was given to ${quote(name)} of the directory: ${phrase(whyNotLinked, reason)}`,
  },
} as const satisfies FailureTypes

export const directoryError = errorsOf(directoryFailures)
