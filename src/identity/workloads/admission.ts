/** Lets workloads in: finds the rules of the issuer, checks the token by its keys, asks the rules, and notes the use. */
import type { Admission, SentToken } from '../../auth/workload-login.ts'
import { createLocalJWKSet } from 'jose'
import { networksOf } from '../../auth/network.ts'
import type { Context } from '../../context.ts'
import type { WhyWorkloadRefused } from '../../failures/workloads.ts'
import { workloadNameOf } from '../../names.ts'
import { keySetOf } from '../issuers/documents.ts'
import { issuers } from '../issuers/issuers.ts'
import { accessBy, judge, type Judged } from './matching.ts'
import { rulesOfIssuer, type RuleRecord } from './rule-store.ts'
import { checkToken, readUnchecked, toldClaims, type CheckedToken, type UncheckedToken } from './subject-token.ts'
import { noteUse } from './use-store.ts'
import { whyUsedUp } from './uses.ts'

/** A token that was checked, with the judgement of each rule of its issuer. */
interface Examined {
  readonly token: CheckedToken
  readonly judged: readonly Judged[]
}

/**
 * Checks a token and asks the rules, without using it.
 *
 * @throws RegistryError `issuer-unusable`
 */
export async function examine(
  { db, now }: Pick<Context, 'db' | 'now'>,
  text: string,
): Promise<Examined | WhyWorkloadRefused> {
  const unchecked = readUnchecked(text)
  if (unchecked === undefined) return { kind: 'malformed' }
  const rules = await rulesOfIssuer(db, unchecked.issuer)
  return examineBy(rules, unchecked, now)
}

/** Checks a token by the keys of each of the rules. Keys that rules have of their own come first: they need no issuer. */
async function examineBy(
  rules: readonly RuleRecord[],
  unchecked: UncheckedToken,
  now: number,
): Promise<Examined | WhyWorkloadRefused> {
  let examined: Examined | undefined
  // The keys of an issuer that no rule names are never asked for.
  let refusal: WhyWorkloadRefused = { kind: 'unverified' }
  const byKeys = [...Map.groupBy(rules, ({ keySet = '' }) => keySet)].toSorted(([one]) => (one === '' ? 1 : -1))
  for (const [keySet, some] of byKeys) {
    const token = await checkedBy(keySet, some, unchecked, now).catch((error: unknown) => {
      // An issuer that cannot be asked is no fault where other keys have shown the token right.
      if (examined === undefined) throw error
      return refusal
    })
    if (!('kind' in token)) examined = { token, judged: [...(examined?.judged ?? []), ...(await judge(some, token))] }
    else if (refusal.kind === 'unverified') refusal = token
  }
  return examined ?? refusal
}

/** Checks a token for rules that have the same keys. @param keySet JSON; empty for the keys that the issuer publishes */
async function checkedBy(
  keySet: string,
  rules: readonly RuleRecord[],
  unchecked: UncheckedToken,
  now: number,
): Promise<CheckedToken | WhyWorkloadRefused> {
  const keys =
    keySet === '' ? await issuers.keysOf(unchecked.issuer) : createLocalJWKSet(keySetOf('', JSON.parse(keySet)))
  const audiences = [...new Set(rules.map(({ audience }) => audience))]
  return checkToken(unchecked, keys, audiences, now)
}

/** Lets a workload in, as `WorkloadLogin` says. */
export async function admit(context: Context, { token: text, as: usedAs }: SentToken) {
  const examined = await examine(context, text)
  if ('kind' in examined) return examined
  const { token, judged } = examined
  const rules = judged.flatMap(({ rule, verdict }) => (verdict.matches ? [rule] : []))
  const [first] = rules
  if (first === undefined) return { kind: 'unmatched' } as const
  const [{ name: network }] = networksOf(context.address)
  const workload = { id: first.id, name: workloadNameOf(first.name) }
  const use = {
    token: token.id,
    network,
    usedAs,
    endsAt: token.endsAt,
    rules: rules.map(({ name }) => name),
    workload: workload.name,
    content: contentOf(token, rules, network, usedAs),
  }
  const earlier = await noteUse(context.db, use, context.now)
  const anyNetwork = rules.every((rule) => rule.anyNetwork)
  const why = whyUsedUp(earlier, { network, usedAs, anyNetwork }, context.now)
  if (why !== undefined) return why
  return { workload, access: rules.flatMap(accessBy), until: token.endsAt } satisfies Admission
}

const contentOf = (
  { issuer, claims }: CheckedToken,
  rules: readonly RuleRecord[],
  address: string,
  usedAs: SentToken['as'],
) => ({ issuer, rules: rules.map(({ name }) => name), address, as: usedAs, claims: toldClaims(claims) })
