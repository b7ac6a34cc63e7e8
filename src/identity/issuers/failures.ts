/** The failures of issuers of tokens: what is configured, and what their servers answer. */
import { errorsOf, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import { jsonRefusal, type WhyJsonRefused } from '../../failures/json.ts'
import { quote } from '../../failures/text.ts'

const whyNoIssuer = {
  'no-url': () => 'it is not a URL; use one like "https://login.example.com"',
  'no-https': () => 'it must begin with https://, as http is safe on the same machine alone',
  'too-much': () => 'it has a user, a query or a fragment; leave them out',
} as const

export type WhyNoIssuer = PhraseOf<typeof whyNoIssuer>

/** Completes a sentence that begins with the name of a field. */
export const issuerRefusal = (why: WhyNoIssuer): string => phrase(whyNoIssuer, why)

const whyUnusable = {
  unreachable: () => 'cannot be reached',
  slow: ({ seconds }: { seconds: number }) => `did not answer within ${seconds} seconds`,
  redirected: () => 'answered with a redirect, which is not followed',
  'of-status': ({ status }: { status: number }) => `answered with the status ${status}`,
  'too-long': ({ limitBytes }: { limitBytes: number }) => `answered with more than ${limitBytes} bytes`,
  'no-text': () => 'answered with bytes that are not UTF-8',
  'no-json': ({ reason }: { reason: WhyJsonRefused }) =>
    `answered with JSON that cannot be used: ${jsonRefusal(reason)}`,
  'of-schema': ({ field }: { field: string }) => `answered without a valid "${field}"`,
  'other-issuer': ({ issuer }: { issuer: string }) => `says that it is the issuer ${quote(issuer)}`,
  'unsafe-url': ({ field }: { field: string }) => `names a "${field}" that is not safe, as it is not https`,
  'too-many-keys': ({ limit }: { limit: number }) => `has more than ${limit} keys`,
} as const

export type WhyUnusable = PhraseOf<typeof whyUnusable>

export const issuerFailures = {
  'issuer-unusable': {
    status: 503,
    ociCode: 'UNKNOWN',
    apiCode: 'ISSUER_UNUSABLE',
    sentence: ({ url, reason }: { url: string; reason: WhyUnusable }) =>
      `${quote(url)} ${phrase(whyUnusable, reason)}: try again in a minute; if it persists, ask an administrator to check the issuer`,
    retryAfterSeconds: () => 10,
    isOutage: true,
  },
} as const satisfies FailureTypes

export const issuerError = errorsOf(issuerFailures)
