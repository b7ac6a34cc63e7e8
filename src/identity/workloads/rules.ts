/** Writes rules: what they say is checked here, once, so that a rule that is stored works. */
import type { Context } from '../../context.ts'
import type { Attribution } from '../../db/events/events.ts'
import { mostWorkloadRules } from '../../limits.ts'
import { isAccountName, isRepositoryName, namespaceOf, type AccountName, type RepositoryName } from '../../names.ts'
import { whyNoKeySet } from '../issuers/documents.ts'
import { whyNoIssuer } from '../issuers/issuer-url.ts'
import { missingOwner, warningsOf } from './advice.ts'
import { compileCondition, isCondition } from './condition.ts'
import { workloadRuleError } from './failures.ts'
import { idsOfNamespaces, putRule, type NewRule, type OpenedPlace, type RuleRecord } from './rule-store.ts'

/** What a rule names: a repository, or all of a namespace. */
export type NamedPlace = { readonly namespace: AccountName; readonly repository?: RepositoryName }

/** Reads `acme/app` or `acme/*`. @returns undefined for any other text */
export function placeOf(pattern: string): NamedPlace | undefined {
  if (isRepositoryName(pattern)) return { namespace: namespaceOf(pattern), repository: pattern }
  const namespace = pattern.slice(0, -2)
  return pattern.endsWith('/*') && isAccountName(namespace) ? { namespace } : undefined
}

export interface WantedRule extends Omit<NewRule, 'places'> {
  readonly places: readonly NamedPlace[]
}

/**
 * Writes a rule in place of one of the same name.
 *
 * @throws RegistryError `workload-issuer-invalid`, `workload-condition-invalid`, `workload-keys-invalid`,
 *   `workload-namespace-unknown` or `too-many-workload-rules`
 */
export async function writeRule(
  { db }: Pick<Context, 'db'>,
  rule: WantedRule,
  attribution: Attribution,
): Promise<{ readonly rule: RuleRecord; readonly isNew: boolean }> {
  const whyIssuer = whyNoIssuer(rule.issuer)
  if (whyIssuer !== undefined) throw workloadRuleError({ kind: 'workload-issuer-invalid', why: whyIssuer })
  await requireCondition(rule)
  if (rule.keySet !== undefined) requireKeySet(rule.keySet)
  const ids = await idsOfNamespaces(db, [...new Set(rule.places.map(({ namespace }) => namespace))])
  const places = rule.places.map((place): OpenedPlace => {
    const namespaceId = ids.get(place.namespace)
    if (namespaceId === undefined) {
      throw workloadRuleError({ kind: 'workload-namespace-unknown', name: place.namespace })
    }
    return { ...place, namespaceId }
  })
  const written = await putRule(db, { ...rule, places }, attribution)
  if (written === undefined) throw workloadRuleError({ kind: 'too-many-workload-rules', limit: mostWorkloadRules })
  return written
}

function requireKeySet(text: string): void {
  const why = whyNoKeySet(JSON.parse(text))
  if (why !== undefined) throw workloadRuleError({ kind: 'workload-keys-invalid', why })
}

async function requireCondition({ issuer, condition: text }: WantedRule): Promise<void> {
  const condition = await compileCondition(text)
  if (!isCondition(condition)) throw workloadRuleError({ kind: 'workload-condition-invalid', why: condition })
  const claims = missingOwner(issuer, condition.reads)
  if (claims === undefined) return
  throw workloadRuleError({ kind: 'workload-condition-invalid', why: { kind: 'no-owner', claims } })
}

/**
 * Returns what the author of a rule should know about it.
 *
 * @param origin of this registry
 */
export async function warningsAbout({ condition: text, audience }: RuleRecord, origin: string): Promise<string[]> {
  const condition = await compileCondition(text)
  const warnings = isCondition(condition) ? [...warningsOf(condition.reads)] : []
  if (!isOfRegistry(audience, origin)) {
    warnings.push(
      `the audience ${audience} does not name this registry: a service that takes such tokens could show them here; ${origin} is safer`,
    )
  }
  return warnings
}

const isOfRegistry = (audience: string, origin: string): boolean => audience.includes(new URL(origin).host)
