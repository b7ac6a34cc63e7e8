/** Failures of workloads that show a token of their CI system. */
import { phrase, type FailureTypes, type PhraseOf } from './failure.ts'
import { quote } from './text.ts'

export const whyWorkloadRefused = {
  /** Says nothing about which issuers there are rules for. */
  unverified: () => 'no rule of this registry knows its issuer and signature',
  malformed: () => 'it is no JSON Web Token that its issuer signed with a private key, or it is too long',
  expired: () => 'it has expired: get a new one in the same job',
  'not-yet': () => 'it is not valid yet: check the clock of its issuer',
  'too-long-lived': ({ mostHours }: { mostHours: number }) =>
    `it is valid for more than ${mostHours} hours, or has no end: ask its issuer for a shorter one`,
  'audience-foreign': ({ audiences }: { audiences: readonly string[] }) =>
    `it is meant for another audience: ask its issuer for one with the audience ${audiences.map(quote).join(' or ')}`,
  unmatched: () => 'no rule lets in a workload with its claims: compare them with the rules (breakwater ci try)',
  used: () => 'it was used before: get a new one for each use',
  'used-elsewhere': () => 'it was used before from another network, or too long ago: get a new one in the same job',
} as const

export type WhyWorkloadRefused = PhraseOf<typeof whyWorkloadRefused>

export const workloadsFailures = {
  'workload-refused': {
    status: 401,
    ociCode: 'UNAUTHORIZED',
    apiCode: 'NOT_AUTHENTICATED',
    sentence: ({ reason }: { reason: WhyWorkloadRefused }) =>
      `the token of the workload opens nothing: ${phrase(whyWorkloadRefused, reason)}`,
  },
} as const satisfies FailureTypes
