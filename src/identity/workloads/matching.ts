/** Asks the rules of an issuer about the claims of a token. */
import type { WorkloadAccess } from '../../auth/workload-login.ts'
import { workloadNameOf } from '../../names.ts'
import { compileCondition, isCondition, type Condition, type Verdict } from './condition.ts'
import type { RuleRecord } from './rule-store.ts'
import type { CheckedToken } from './subject-token.ts'

export interface Judged {
  readonly rule: RuleRecord
  readonly verdict: Verdict
}

/** Conditions that this isolate has compiled, by their text; at the bound it begins again. */
const compiled = new Map<string, Condition>()
const mostCompiled = 300

/** Judges a token by each rule. A rule of another audience does not match. */
export const judge = (rules: readonly RuleRecord[], token: CheckedToken): Promise<Judged[]> =>
  Promise.all(rules.map(async (rule) => ({ rule, verdict: await verdictOn(rule, token) })))

async function verdictOn({ audience, condition: text }: RuleRecord, token: CheckedToken): Promise<Verdict> {
  if (!token.audiences.includes(audience)) return { matches: false, why: `the token is not meant for ${audience}` }
  const condition = await conditionOf(text)
  return condition?.test(token.claims) ?? { matches: false, why: 'the condition is not valid any more: write it again' }
}

async function conditionOf(text: string): Promise<Condition | undefined> {
  const known = compiled.get(text)
  if (known !== undefined) return known
  const condition = await compileCondition(text)
  if (!isCondition(condition)) return undefined
  if (compiled.size >= mostCompiled) compiled.clear()
  compiled.set(text, condition)
  return condition
}

/** Returns what a rule opens for workloads. */
export const accessBy = ({ id, name, places, level }: RuleRecord): readonly WorkloadAccess[] =>
  places.map(({ namespace, namespaceId, repository }) => ({
    workload: { id, name: workloadNameOf(name) },
    namespace,
    namespaceId,
    repository,
    level,
  }))
