/** The failures of rules by which workloads get in. */
import { errorsOf, phrase, type FailureTypes, type PhraseOf } from '../../failures/failure.ts'
import { quote } from '../../failures/text.ts'
import type { AccountName } from '../../names.ts'
import { issuerRefusal, type WhyNoIssuer } from '../issuers/failures.ts'
import { expressionOf } from './advice.ts'

const whyNoCondition = {
  'too-long': ({ limit }: { limit: number }) => `it has more than ${limit} characters`,
  'of-cel': ({ message, at }: { message: string; at: number }) => `${message} (at character ${at + 1})`,
  'no-boolean': ({ type }: { type: string }) =>
    `it gives a value of the type ${type}: compare it, as in claims.repository_id == "1234"`,
  'function-unknown': ({ name }: { name: string }) =>
    `it calls ${quote(name)}, which conditions do not have: use startsWith, endsWith, contains, in, has, exists or all`,
  'loop-in-loop': ({ name }: { name: string }) => `it calls ${quote(name)} within another loop`,
  'name-unknown': ({ name }: { name: string }) => `it reads ${quote(name)}: write claims.${name} for a claim`,
  'no-owner': ({ claims }: { claims: readonly string[] }) =>
    `its issuer signs tokens for everyone, so it must say for whom: compare ${claims.map(expressionOf).join(' or ')}`,
} as const

export type WhyConditionRefused = PhraseOf<typeof whyNoCondition>

/** Completes a sentence that begins with the condition. */
export const conditionRefusal = (why: WhyConditionRefused): string => phrase(whyNoCondition, why)

const whyNoKeys = {
  'no-keys': () => 'it has no key by which a token could be checked: send {"keys": […]} with keys of RSA, EC or OKP',
  'too-many': () => 'it has too many keys: leave out those that sign no tokens any more',
  private: () => 'it has a private key: send the public keys alone, and make a new key there, as this one was shown',
} as const

export const workloadRuleFailures = {
  'workload-keys-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_KEY_SET',
    sentence: ({ why }: { why: PhraseOf<typeof whyNoKeys> }) =>
      `the key set cannot be used, as ${phrase(whyNoKeys, why)}`,
  },
  'workload-rule-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_WORKLOAD_RULE',
    sentence: ({ name }: { name: string }) =>
      `there is no rule ${quote(name)} for workloads: list the rules to find its name`,
  },
  'workload-condition-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_CONDITION',
    sentence: ({ why }: { why: WhyConditionRefused }) => `the condition cannot be used: ${conditionRefusal(why)}`,
  },
  'workload-issuer-invalid': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'INVALID_ISSUER',
    sentence: ({ why }: { why: WhyNoIssuer }) => `the issuer cannot be used: ${issuerRefusal(why)}`,
  },
  'workload-namespace-unknown': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'NO_SUCH_ACCOUNT',
    sentence: ({ name }: { name: AccountName }) =>
      `there is no namespace ${quote(name)} that a rule could open: create the user or the organization first`,
  },
  'too-many-workload-rules': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TOO_MANY_WORKLOAD_RULES',
    sentence: ({ limit }: { limit: number }) =>
      `a registry may have at most ${limit} rules for workloads: delete some, or join their conditions`,
  },
} as const satisfies FailureTypes

export const workloadRuleError = errorsOf(workloadRuleFailures)
