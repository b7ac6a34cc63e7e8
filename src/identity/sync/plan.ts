/**
 * Decides what a sync does with users, slice by slice in the order of their ids. A slice has each user whole: what the
 * directory shows, what the registry knows, and whether another account has the name. So slices of any size come to the
 * same, and a slice that is decided twice changes nothing the second time. One thing depends on the order: the last active
 * administrator stays, also when a later slice brings another one back; the next sync takes it then.
 */
import type { AccountName } from '../../names.ts'
import type { DirectoryUser } from './staging-store.ts'
import type { KnownUser, Pair } from './users-store.ts'
import { sortedBy } from './words.ts'

/** The name of an account for a name of a directory, or why it can be none, as the end of a sentence. */
export type NameVerdict = { readonly name: AccountName } | { readonly refused: string }

export interface UserRules {
  /** False with just-in-time provisioning: the first login makes the account. */
  readonly makesAccounts: boolean
  readonly accountNameFor: (name: string) => NameVerdict
  /** The number of active administrators before this slice, local ones too: the last one stays. */
  readonly administrators: number
}

export type UserStep =
  | { readonly kind: 'create'; readonly user: DirectoryUser; readonly accountName: AccountName }
  | { readonly kind: 'update'; readonly accountId: string; readonly user: DirectoryUser }
  | { readonly kind: 'reactivate'; readonly accountId: string }
  | { readonly kind: 'deactivate'; readonly accountId: string }

export interface UserPlan {
  readonly steps: readonly UserStep[]
  readonly lines: readonly string[]
}

/** Those of a slice who get no account and are told one by one: a search of a whole directory finds machines too, at each sync. */
const mostRefusalsTold = 100

/** Plans one slice of users. Lines tell of them in the order of their names. */
export function planUsers(pairs: readonly Pair[], rules: UserRules): UserPlan {
  const steps: UserStep[] = []
  const told: { readonly name: string; readonly lines: readonly string[] }[] = []
  const refused: string[] = []
  let administrators = rules.administrators
  for (const pair of pairs) {
    const plan = planOne(pair, { ...rules, administrators })
    steps.push(...plan.steps)
    if (plan.steps.length === 0 && pair.known === undefined) refused.push(...plan.lines)
    else told.push({ name: nameOf(pair), lines: plan.lines })
    if (pair.known?.isAdmin === true) administrators += changeInActive(plan.steps)
  }
  const lines = sortedBy(told, ({ name }) => name).flatMap((one) => one.lines)
  return { steps, lines: [...lines, ...firstOf(refused)] }
}

function firstOf(refused: readonly string[]): readonly string[] {
  const rest = refused.length - mostRefusalsTold
  const first = sortedBy(refused, (line) => line).slice(0, mostRefusalsTold)
  return rest > 0 ? [...first, `no account for ${rest} more: narrow the search if they are no users`] : first
}

/** Names a user in the lines of the log. */
const nameOf = ({ found, known }: Pair): string => known?.accountName ?? found?.name ?? ''

function changeInActive(steps: readonly UserStep[]): number {
  if (steps.some(({ kind }) => kind === 'deactivate')) return -1
  return steps.some(({ kind }) => kind === 'reactivate') ? 1 : 0
}

function planOne({ found, known, isTaken }: Pair, rules: UserRules): UserPlan {
  if (known === undefined) return found === undefined ? nothing : planNew(found, isTaken, rules)
  if (known.isLocal) return nothing
  return found === undefined ? planVanished(known, rules) : planKnown(found, known)
}

const nothing: UserPlan = { steps: [], lines: [] }

function planNew(user: DirectoryUser, isTaken: boolean, { makesAccounts, accountNameFor }: UserRules): UserPlan {
  if (!makesAccounts) return nothing
  const verdict = accountNameFor(user.name)
  if ('refused' in verdict) return { steps: [], lines: [`no account for ${user.dn}: ${verdict.refused}`] }
  if (isTaken) return { steps: [], lines: [`no account for ${user.dn}: ${takenName(verdict.name)}`] }
  return { steps: [{ kind: 'create', user, accountName: verdict.name }], lines: [] }
}

const takenName = (name: string): string =>
  `another account has the name ${name}; change the name in the directory, or delete that account`

function planVanished({ accountId, accountName, isActive, isAdmin, dn }: KnownUser, rules: UserRules): UserPlan {
  if (!isActive) return nothing
  if (isAdmin && rules.administrators <= 1) {
    return { steps: [], lines: [`kept ${accountName}, who vanished (${dn}): it is the last active administrator`] }
  }
  return {
    steps: [{ kind: 'deactivate', accountId }],
    lines: [`deactivated ${accountName}: no search finds ${dn}`],
  }
}

function planKnown(found: DirectoryUser, known: KnownUser): UserPlan {
  const { accountId, accountName } = known
  const steps: UserStep[] = []
  const lines: string[] = []
  if (known.isVanished) {
    steps.push({ kind: 'reactivate', accountId })
    lines.push(`reactivated ${accountName}: ${found.dn} is back`)
  }
  if (differs(found, known)) steps.push({ kind: 'update', accountId, user: found })
  if (found.name !== known.name) {
    lines.push(
      `renamed: ${known.name} logs in as ${found.name}, and keeps the account and the namespace ${accountName}`,
    )
  }
  return { steps, lines }
}

const differs = (found: DirectoryUser, known: DirectoryUser): boolean =>
  found.name !== known.name || found.fullName !== known.fullName || found.dn !== known.dn
