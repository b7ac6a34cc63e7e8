/**
 * Carries out what the gathered picture asks for, slice by slice. Each slice is decided on the rows as they are and
 * written in one transaction, so a worker that dies is followed by one that goes on where it was. A dry run decides the
 * same and writes nothing.
 */
import type { Database } from '../../db/database.ts'
import { dnKeyOf } from '../links/dn.ts'
import { accountNameFor, whyNoName } from '../links/names.ts'
import {
  changesOfAdministrators,
  countAdministrators,
  writeAdministrators,
  type AdministratorChange,
} from './administrators-store.ts'
import { counting, enter, leaving, type Checkpoint, type Counts, type Step } from './checkpoint.ts'
import { whyNotMembers, whyNoUsers } from './guards.ts'
import {
  changesOfOwners,
  changesOfTeams,
  pageOfTargets,
  writeOwners,
  writeTeams,
  type MemberChange,
  type SyncedTarget,
} from './members-store.ts'
import { planUsers, type NameVerdict, type UserStep } from './plan.ts'
import { readFoundUsers, readVanishedUsers, writeUsers, type Slice, type UserChanges } from './users-store.ts'
import { sortedBy, wordsOf } from './words.ts'

/** How a sync is carried out. */
export interface Applying {
  readonly db: Database
  readonly clock: () => number
  readonly isDryRun: boolean
  /** False with just-in-time provisioning. */
  readonly makesAccounts: boolean
  /** In percent; undefined where an administrator has said that the change is right. */
  readonly minimumShare: number | undefined
}

const usersOfSlice = 1000
const targetsOfPage = 200
const changesOfSlice = 2000

/** Takes the next slice of the users that searches found. */
export async function applyFound(context: Applying, checkpoint: Checkpoint): Promise<Step> {
  const { part } = checkpoint.parts[checkpoint.at] ?? {}
  if (part === undefined) return { checkpoint: enter(checkpoint, 'vanished'), lines: [] }
  const slice = await readFoundUsers(context.db, part, { after: checkpoint.after, limit: usersOfSlice })
  const { counts, lines } = await applyUsers(context, slice)
  const next = slice.last === undefined ? { after: '', at: checkpoint.at + 1 } : { after: slice.last }
  return { checkpoint: { ...counting(checkpoint, counts), ...next }, lines }
}

/** Takes the next slice of the users whom no search found. */
export async function applyVanished(context: Applying, checkpoint: Checkpoint): Promise<Step> {
  const parts = checkpoint.parts.map(({ part }) => part)
  const slice = await readVanishedUsers(context.db, parts, { after: checkpoint.after, limit: usersOfSlice })
  const { counts, lines } = await applyUsers(context, slice)
  const counted = counting(checkpoint, counts)
  const next = slice.last === undefined ? enter(counted, 'administrators') : { ...counted, after: slice.last }
  return { checkpoint: next, lines }
}

interface Applied {
  readonly counts: Partial<Counts>
  readonly lines: readonly string[]
}

async function applyUsers(context: Applying, { pairs, administrators }: Slice): Promise<Applied> {
  const { db, clock, isDryRun, makesAccounts } = context
  const { steps, lines } = planUsers(pairs, { makesAccounts, accountNameFor: verdictOn, administrators })
  const changes = changesOf(steps)
  if (!isDryRun && steps.length > 0) await writeUsers(db, changes, clock())
  const { created, updated, reactivated, deactivated } = changes
  return {
    counts: {
      created: created.length,
      updated: updated.length,
      reactivated: reactivated.length,
      deactivated: deactivated.length,
    },
    lines: [
      ...(created.length === 0 ? [] : [`created: ${namesOf(created.map(({ accountName }) => accountName))}`]),
      ...lines,
    ],
  }
}

const namesOf = (names: readonly string[]): string => sortedBy(names, (name) => name).join(', ')

function verdictOn(name: string): NameVerdict {
  const verdict = accountNameFor(name)
  return 'name' in verdict ? verdict : { refused: `${name} is no name of an account, as ${whyNoName(verdict.refusal)}` }
}

function changesOf(steps: readonly UserStep[]): UserChanges {
  return {
    created: steps.flatMap((step) =>
      step.kind === 'create'
        ? [
            {
              ...step.user,
              dnKey: dnKeyOf(step.user.dn),
              accountId: crypto.randomUUID(),
              accountName: step.accountName,
            },
          ]
        : [],
    ),
    updated: steps.flatMap((step) =>
      step.kind === 'update' ? [{ ...step.user, dnKey: dnKeyOf(step.user.dn), accountId: step.accountId }] : [],
    ),
    reactivated: steps.flatMap((step) => (step.kind === 'reactivate' ? [step.accountId] : [])),
    deactivated: steps.flatMap((step) => (step.kind === 'deactivate' ? [step.accountId] : [])),
  }
}

/** Appoints and dismisses administrators that came from the directory. */
export async function applyAdministrators(context: Applying, checkpoint: Checkpoint): Promise<Step> {
  const { db, clock, isDryRun, minimumShare } = context
  const facts = await countAdministrators(db, checkpoint.targetsPart)
  const done = enter(checkpoint, 'teams')
  if (facts === undefined) return { checkpoint: done, lines: [] }
  // What was judged at the beginning holds for all slices, as they change the numbers.
  const isFirst = checkpoint.targets.length === 0
  const refusal =
    isFirst && minimumShare !== undefined ? whyNotMembers('the administrators', facts, minimumShare) : undefined
  if (refusal !== undefined) return { checkpoint: leaving(done, [refusal]), lines: [refusal] }
  const strange = isFirst ? whyNoUsers('the administrators', facts) : undefined
  const page = { after: checkpoint.change, limit: changesOfSlice }
  const { changes, administrators } = await changesOfAdministrators(db, checkpoint.targetsPart, page)
  const { allowed, lines: told } = allowAdministrators(changes, administrators)
  const lines = strange === undefined ? told : [strange, ...told]
  if (!isDryRun && allowed.length > 0) await writeAdministrators(db, allowed, clock())
  const promoted = allowed.filter(({ change }) => change === 'join').length
  const counted = counting(checkpoint, { promoted, demoted: allowed.length - promoted })
  const last = changes.length === changesOfSlice ? changes.at(-1) : undefined
  if (last === undefined) return { checkpoint: enter(counted, 'teams'), lines }
  const { target, userId } = last
  return { checkpoint: { ...counted, targets: ['begun'], change: { target, userId } }, lines }
}

/** Leaves out the dismissal of the last active administrator. @param administrators the number of active ones */
export function allowAdministrators(
  changes: readonly AdministratorChange[],
  administrators: number,
): { readonly allowed: readonly AdministratorChange[]; readonly lines: readonly string[] } {
  const allowed: AdministratorChange[] = []
  const lines: string[] = []
  let left = administrators
  for (const one of inOrder(changes)) {
    if (one.change === 'leave' && one.isActive && left <= 1) {
      lines.push(`kept ${one.name} as an administrator: no other active one is left`)
      continue
    }
    if (one.isActive) left += one.change === 'join' ? 1 : -1
    allowed.push(one)
    lines.push(
      one.change === 'join' ? `appointed ${one.name} as an administrator` : `dismissed the administrator ${one.name}`,
    )
  }
  return { allowed, lines }
}

/** Returns changes in the order of their names, those who become administrators first. */
const inOrder = (changes: readonly AdministratorChange[]): readonly AdministratorChange[] =>
  sortedBy(changes, ({ change, name }) => `${change} ${name}`)

/** What differs between teams and owners. */
const kinds = {
  teams: { words: 'the team', next: 'owners', changes: changesOfTeams, write: writeTeams },
  owners: { words: 'the owners of', next: 'finish', changes: changesOfOwners, write: writeOwners },
} as const

/** Takes the next changes of the members of teams, or of the owners of organizations. */
export async function applyMembers(context: Applying, checkpoint: Checkpoint, kind: keyof typeof kinds): Promise<Step> {
  const { next, changes: find, write } = kinds[kind]
  const { db, clock, isDryRun } = context
  const { targetsPart: part } = checkpoint
  if (checkpoint.targets.length === 0) {
    const targets = await pageOfTargets(db, part, { kind, after: checkpoint.after, limit: targetsOfPage })
    const last = targets.at(-1)
    if (last === undefined) return { checkpoint: enter(checkpoint, next), lines: [] }
    return judgeTargets(context, { ...checkpoint, after: last.id }, targets)
  }
  const changes = await find(db, part, checkpoint.targets, { after: checkpoint.change, limit: changesOfSlice })
  if (!isDryRun && changes.length > 0) await write(db, changes, clock())
  const joined = changes.filter(({ change }) => change === 'join').length
  const counted = counting(checkpoint, { joined, left: changes.length - joined })
  const last = changes.length === changesOfSlice ? changes.at(-1) : undefined
  const change = last === undefined ? { target: '', userId: '' } : { target: last.target, userId: last.userId }
  return {
    checkpoint: { ...counted, change, targets: last === undefined ? [] : checkpoint.targets },
    lines: linesOf(kind, changes),
  }
}

/** Decides which targets of a page are changed; what was decided holds until all of their changes are made. */
function judgeTargets({ minimumShare }: Applying, checkpoint: Checkpoint, page: readonly SyncedTarget[]): Step {
  const left: string[] = []
  const strange: string[] = []
  const targets: string[] = []
  for (const target of sortedBy(page, wordsOf)) {
    const refusal = minimumShare === undefined ? undefined : whyNotMembers(wordsOf(target), target, minimumShare)
    if (refusal === undefined) targets.push(target.id)
    else left.push(refusal)
    const oddity = whyNoUsers(wordsOf(target), target)
    if (oddity !== undefined) strange.push(oddity)
  }
  const next = { ...checkpoint, targets, change: { target: '', userId: '' } }
  return { checkpoint: leaving(next, left), lines: [...left, ...strange] }
}

/** Says who joins and leaves, one line for each target. */
function linesOf(kind: keyof typeof kinds, changes: readonly MemberChange[]): readonly string[] {
  const byTarget = Map.groupBy(changes, ({ targetName }) => targetName)
  return sortedBy([...byTarget], ([target]) => target).map(([target, some]) => {
    const named = (which: MemberChange['change']): string =>
      namesOf(some.flatMap(({ change, name }) => (change === which ? [name] : [])))
    const [joins, leaves] = [named('join'), named('leave')]
    const parts = [...(joins === '' ? [] : [`joined: ${joins}`]), ...(leaves === '' ? [] : [`left: ${leaves}`])]
    return `${kinds[kind].words} ${target}: ${parts.join('; ')}`
  })
}
