/**
 * Gathers what a directory shows: all users of its searches, then whom it names for each target. One worker holds the
 * connection for its turn, and reads on from slice to slice; another worker begins the search in progress again.
 */
import type { Database } from '../../db/database.ts'
import { DirectoryFault, isOfQuestion } from '../ldap/faults.ts'
import { dnKeyOf } from '../links/dn.ts'
import { accountNameFor } from '../links/names.ts'
import { lineOf } from '../links/provision.ts'
import { administratorsTarget } from './administrators-store.ts'
import { admitResults, nameKey } from './admission.ts'
import { enter, leaving, type Checkpoint, type Step } from './checkpoint.ts'
import { syncError } from './failures.ts'
import { memberOptionsOf, type MemberSyncOptions } from './member-options.ts'
import { pageOfEnabledSyncs } from './member-syncs-store.ts'
import type { NamedEntries, SyncSource, UserPage, UserSearch } from './source.ts'
import {
  findEarlier,
  newPart,
  stageTargets,
  stageUsers,
  type DirectoryUser,
  type NamedMember,
  type StagedUser,
} from './staging-store.ts'
import { sortedBy, wordsOf } from './words.ts'

/** How long a slice reads on: its lease is half a minute. */
const sliceMilliseconds = 1000
/** The users that are kept in one statement: servers answer pages of a hundred. */
const usersOfSlice = 1000
/** A search that does not end in so many turns never does. */
const mostStarts = 3
/** The targets of a slice, and the entries that they name after which no further one is read. */
const targetsOfSlice = 200
const entriesOfSlice = 20_000

/** A search that this turn reads. */
interface OpenSearch {
  readonly index: number
  readonly part: string
  readonly pages: AsyncIterator<UserPage>
  found: number
}

/** The gathering of one turn. */
export class Gathering {
  readonly #db: Database
  readonly #clock: () => number
  readonly #run: string
  readonly #source: SyncSource
  #open: OpenSearch | undefined

  constructor(context: { readonly db: Database; readonly clock: () => number }, run: string, source: SyncSource) {
    this.#db = context.db
    this.#clock = context.clock
    this.#run = run
    this.#source = source
  }

  /** Reads on in the searches for users. */
  async users(checkpoint: Checkpoint): Promise<Step> {
    const index = checkpoint.parts.length
    const search = this.#source.searches[index]
    if (search === undefined) {
      return { checkpoint: { ...enter(checkpoint, 'targets'), targetsPart: newPart(this.#run) }, lines: [] }
    }
    if (this.#open?.index !== index) return this.#begin(checkpoint, search, index)
    const lines: string[] = []
    const users: DirectoryUser[] = []
    const until = this.#clock() + sliceMilliseconds
    let isThrough = false
    do {
      const page = await this.#open.pages.next()
      if (page.done === true) {
        isThrough = true
        break
      }
      lines.push(...page.value.lines)
      users.push(...page.value.users)
    } while (users.length < usersOfSlice && this.#clock() < until)
    lines.push(...(await this.#stage(checkpoint, this.#open, users)))
    const sorted = sortedBy(lines, (line) => line)
    return isThrough ? this.#finish(checkpoint, search, this.#open, sorted) : { checkpoint, lines: sorted }
  }

  #begin(checkpoint: Checkpoint, search: UserSearch, index: number): Step {
    if (checkpoint.starts >= mostStarts) throw syncError({ kind: 'directory-search-endless', search: search.words })
    const pages = search.pages()[Symbol.asyncIterator]()
    this.#open = { index, part: newPart(this.#run), pages, found: 0 }
    const again = checkpoint.starts === 0 ? '' : ' again'
    return {
      checkpoint: { ...checkpoint, starts: checkpoint.starts + 1 },
      lines: [`searches${again}: ${search.words}`],
    }
  }

  async #stage(checkpoint: Checkpoint, open: OpenSearch, users: readonly DirectoryUser[]): Promise<readonly string[]> {
    if (users.length === 0) return []
    const staged = users.map(stagedOf)
    const parts = [...checkpoint.parts.map(({ part }) => part), open.part]
    const { admitted, lines } = admitResults(staged, await findEarlier(this.#db, parts, staged))
    const kept = new Set(admitted.map(({ subject }) => subject))
    await stageUsers(
      this.#db,
      open.part,
      staged.filter((user) => kept.delete(user.subject)),
    )
    open.found += users.length
    return lines
  }

  #finish(checkpoint: Checkpoint, search: UserSearch, open: OpenSearch, lines: readonly string[]): Step {
    const parts = [...checkpoint.parts, { part: open.part, search: search.fingerprint, found: open.found }]
    this.#open = undefined
    return {
      checkpoint: { ...checkpoint, parts, starts: 0 },
      lines: [...lines, `found ${open.found} users`],
    }
  }

  /** Reads whom the directory names for the administrators of the registry, and then for some of the other targets. */
  async targets(checkpoint: Checkpoint): Promise<Step> {
    if (checkpoint.at === 0) return this.#administrators(checkpoint)
    const syncs = await pageOfEnabledSyncs(this.#db, { after: checkpoint.after, limit: targetsOfSlice })
    if (syncs.length === 0) return { checkpoint: enter(checkpoint, 'judge'), lines: [] }
    const until = this.#clock() + sliceMilliseconds
    const gathered = new GatheredTargets()
    let after = checkpoint.after
    for (const sync of syncs) {
      const words = wordsOf(sync)
      const options = memberOptionsOf(sync.options)
      gathered.add(sync.id, words, options, await this.#named(options))
      after = sync.id
      if (gathered.members.length >= entriesOfSlice || this.#clock() >= until) break
    }
    await this.#stageTargets(checkpoint, gathered)
    const left = sortedBy(gathered.left, (line) => line)
    return { checkpoint: leaving({ ...checkpoint, after }, left), lines: left }
  }

  async #administrators(checkpoint: Checkpoint): Promise<Step> {
    const { administrators: options } = this.#source
    const gathered = new GatheredTargets()
    if (options.enableSync) {
      gathered.add(administratorsTarget, 'the administrators', options, await this.#named(options))
    }
    await this.#stageTargets(checkpoint, gathered)
    return { checkpoint: leaving({ ...checkpoint, at: 1 }, gathered.left), lines: gathered.left }
  }

  /** Asks whom options name. What is wrong with them alone, as an owner of an organization wrote them, ends no sync. */
  async #named(options: MemberSyncOptions): Promise<NamedEntries | DirectoryFault> {
    try {
      return await this.#source.membersOf(options)
    } catch (error) {
      if (isOfQuestion(error)) return error
      throw error
    }
  }

  async #stageTargets({ parts, targetsPart }: Checkpoint, { targets, members }: GatheredTargets): Promise<void> {
    if (targets.length === 0) return
    const userParts = parts.map(({ part }) => part)
    await stageTargets(this.#db, { part: targetsPart, userParts }, targets, members)
  }
}

/** Targets of one slice, with those whom the directory names for them. */
class GatheredTargets {
  readonly targets: { target: string; named: number }[] = []
  readonly members: NamedMember[] = []
  /** Which targets stay as they are, as their group or base is not there, or cannot be read. */
  readonly left: string[] = []

  add(target: string, words: string, options: MemberSyncOptions, named: NamedEntries | DirectoryFault): void {
    if (named instanceof DirectoryFault) {
      this.left.push(`left ${words} as it is: ${named.advice}`)
      return
    }
    if (named.kind === 'missing') {
      const where = options.selectGroupMembers ? options.groupDN : options.searchBaseDN
      this.left.push(`left ${words} as it is: the directory does not have ${where}`)
      return
    }
    const some =
      named.kind === 'ids'
        ? named.ids.map((subject): NamedMember => ({ target, subject, dnKey: null }))
        : named.dns.map((dn): NamedMember => ({ target, subject: null, dnKey: dnKeyOf(dn) }))
    this.targets.push({ target, named: some.length })
    for (const member of some) this.members.push(member)
  }
}

/** Returns a user as it is kept: the full name as an account takes it, so that no sync sees a change in what it wrote. */
function stagedOf({ subject, name, fullName, dn }: DirectoryUser): StagedUser {
  const verdict = accountNameFor(name)
  return {
    subject,
    name,
    fullName: lineOf(fullName),
    dn,
    nameKey: nameKey(name),
    dnKey: dnKeyOf(dn),
    accountName: 'name' in verdict ? verdict.name : null,
  }
}
