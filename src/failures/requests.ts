/** Requests that the registry cannot read. */
import type { AccountName } from '../names.ts'
import { phrase, type FailureTypes, type PhraseOf } from './failure.ts'
import { whyJsonRefused } from './json.ts'
import { noPasswordReasons } from './passwords.ts'
import { placed, type Misfit } from './schema-misfit.ts'

/** The place of a parameter in a request. */
export type ParameterPlace = 'path' | 'query' | 'header'

const whyParameterInvalid = {
  /** The words stand in the schema of the parameter. */
  'of-schema': ({ message }: { message: string }) => message,
  'no-count': () => 'it must be a number, 0 or more',
  'no-digest': () => 'it must be a digest, as in the Link header',
  'not-a-user': ({ name }: { name: AccountName }) =>
    `${name} is an organization, and only users have access tokens; name a user`,
  'time-missing': () => 'say since when they must not have been used, so that none that is needed goes',
} as const

const forms =
  'five fields (minute hour day month weekday, in UTC) like "0 1 * * 6", or six with the second first, or "@hourly", "@daily"'

const whyNoSchedule = {
  'wrong-number-of-fields': () => `a schedule has ${forms}`,
  /** The message is that of the library that parses schedules. */
  'field-wrong': ({ message }: { message: string }) => `${message}; a schedule has ${forms}`,
  'never-fires': () => 'it would never fire',
} as const

export type WhyNoSchedule = PhraseOf<typeof whyNoSchedule>
export const scheduleRefusal = (why: WhyNoSchedule): string => phrase(whyNoSchedule, why)

const whyBodyInvalid = {
  ...whyJsonRefused,
  ...noPasswordReasons,
  /** The words stand in the schema of the route. */
  'of-schema': (misfit: Misfit) => `${placed(misfit, 'it: ')} (see /apidocs)`,
  unreadable: () => 'not valid JSON',
  'too-long': ({ limitBytes }: { limitBytes: number }) =>
    `it must have a Content-Length of at most ${limitBytes} bytes`,
  'form-too-long': ({ limitBytes }: { limitBytes: number }) =>
    `the form must have a Content-Length of at most ${limitBytes} bytes`,
  'name-like-id': () =>
    'name: it has the form of an id, and an account of that id could not be told from it; choose another',
  'name-like-service-account': () =>
    'name: only service accounts have names that begin with "robot."; choose another, or create a service account of an organization',
  'place-elsewhere': ({ organization }: { organization: AccountName }) =>
    `a service account of ${organization} has tokens for repositories of ${organization} alone; name only these`,
  'organization-with-password': () => 'an organization has no password, as its members log in; omit it',
  'directory-user-with-password': () =>
    'password: a user of the directory has it there, and none here; omit it with searchLDAP',
  'directory-organization': () => 'isOrg: a directory has users alone; omit it with searchLDAP',
  'no-directory': () => 'searchLDAP: no directory is configured here; omit it',
  'organization-inactive': () => 'an organization is always active; omit isActive',
  'organization-administrator': () => 'only a user can be an administrator; omit isAdmin',
  'old-password-missing': () => 'send your current password as oldPassword',
  'action-unknown': ({ actions }: { actions: readonly string[] }) => `action: it must be one of ${actions.join(', ')}`,
  /** The words stand in the schema of the type of the job. */
  'job-parameters': (misfit: Misfit) => placed(misfit, ''),
  schedule: ({ reason }: { reason: WhyNoSchedule }) => `schedule: ${scheduleRefusal(reason)}`,
  'end-past': () => 'expiresAt: it must be a future time',
  'end-too-late': ({ days }: { days: number }) =>
    `expiresAt: an access token may last ${days} days at most; choose an earlier time, or ask an administrator to raise accessTokenMaxDays`,
  'until-past': () => 'until: it must be a future time, and only with "on"',
} as const

export type WhyBodyInvalid = PhraseOf<typeof whyBodyInvalid>

interface InvalidParameter {
  readonly place: ParameterPlace
  readonly parameter: string
  readonly reason: PhraseOf<typeof whyParameterInvalid>
}

export const requestsFailures = {
  'parameter-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ place, parameter, reason }: InvalidParameter) =>
      `the ${place} parameter "${parameter}" is not valid: ${phrase(whyParameterInvalid, reason)}`,
  },
  'body-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_JSON',
    sentence: ({ reason }: { reason: WhyBodyInvalid }) =>
      `the request body is not valid: ${phrase(whyBodyInvalid, reason)}`,
  },
  'path-too-long': {
    status: 414,
    ociCode: 'NAME_INVALID',
    apiCode: 'INVALID_PARAMETERS',
    sentence: ({ limit }: { limit: number }) =>
      `the request path is longer than ${limit} characters, and no resource has such a long name: check it`,
  },
  'not-acceptable': {
    status: 406,
    ociCode: 'UNSUPPORTED',
    apiCode: 'NOT_ACCEPTABLE',
    sentence: () => 'the API answers in JSON: send "Accept: application/json"',
  },
  'media-type-unsupported': {
    status: 415,
    ociCode: 'UNSUPPORTED',
    apiCode: 'UNSUPPORTED_MEDIA_TYPE',
    sentence: () => 'the API reads JSON: send "Content-Type: application/json"',
  },
} as const satisfies FailureTypes
