/** A directory in memory, for what a real one does too seldom: it dies at a given question, or shows tens of thousands. */
import { DirectoryFault } from '../../../src/identity/ldap/faults.ts'
import { syncAction } from '../../../src/identity/sync/action.ts'
import { syncJob } from '../../../src/identity/sync/job.ts'
import { noMemberSync, type MemberSyncOptions } from '../../../src/identity/sync/member-options.ts'
import type { DirectoryUser } from '../../../src/identity/sync/staging-store.ts'
import type { NamedEntries, SyncSource, UserPage } from '../../../src/identity/sync/source.ts'
import { enqueueJob } from '../../../src/jobs/enqueue.ts'
import { aWorker, workOnJob } from '../../../src/jobs/runner.ts'
import type { JobsContext } from '../../../src/jobs/job-type.ts'
import type { JobRecord } from '../../../src/db/jobs/jobs.ts'
import { jobsContext, root, theJob, logOf } from '../../support/jobs.ts'

export class MemoryDirectory {
  /** The results of each search, in the order of the searches. */
  searches: readonly (readonly DirectoryUser[])[] = [[]]
  /** The names of the members of each group. */
  groups: Readonly<Record<string, readonly string[]>> = {}
  /** What is wrong with a group, by its name. */
  faults: Readonly<Record<string, DirectoryFault>> = {}
  administrators: MemberSyncOptions = noMemberSync
  makesAccounts = true
  pageSize = 1000
  /** The number of questions that are answered before the connection breaks. */
  answersLeft = Infinity
  questions = 0

  async open(): Promise<SyncSource> {
    return {
      searches: this.searches.map((_, index) => ({
        words: `search ${index}`,
        fingerprint: `search ${index}`,
        pages: () => this.#pages(index),
      })),
      fingerprint: `${this.searches.length} ${JSON.stringify(this.administrators)}`,
      makesAccounts: this.makesAccounts,
      administrators: this.administrators,
      membersOf: async (options) => this.#membersOf(options),
      close: async () => {},
    }
  }

  #ask(): void {
    this.questions++
    if (this.answersLeft-- <= 0) throw new Error('the directory went away')
  }

  async *#pages(index: number): AsyncGenerator<UserPage> {
    const results = this.searches[index] ?? []
    for (let at = 0; at < results.length; at += this.pageSize) {
      this.#ask()
      yield { users: results.slice(at, at + this.pageSize), lines: [] }
    }
  }

  #membersOf({ groupDN }: MemberSyncOptions): NamedEntries {
    this.#ask()
    const fault = this.faults[groupDN]
    if (fault !== undefined) throw fault
    const names = this.groups[groupDN]
    return names === undefined ? { kind: 'missing' } : { kind: 'dns', dns: names.map(dnOf) }
  }
}

const dnOf = (name: string): string => `UID=${name}, ou=people,dc=example`

export const aDirectoryUser = (name: string, subject = `id-${name}`): DirectoryUser => ({
  subject,
  name,
  fullName: `Full ${name}`,
  dn: `uid=${name},ou=people,dc=example`,
})

export const users = (...names: readonly string[]): readonly DirectoryUser[] =>
  names.map((name) => aDirectoryUser(name))

export const byGroup = (groupDN: string): MemberSyncOptions => ({
  ...noMemberSync,
  enableSync: true,
  selectGroupMembers: true,
  groupDN,
  groupMemberAttr: 'member',
})

/** The context of workers that know this job alone. */
export function syncContext(directory: MemoryDirectory, changes: Partial<JobsContext> = {}): JobsContext {
  return { ...jobsContext(), ...changes, jobTypes: new Map([[syncAction, syncJob(async () => directory.open())]]) }
}

/** Makes the job. */
export async function aSync(
  directory: MemoryDirectory,
  parameters: { readonly dryRun?: boolean; readonly force?: boolean } = {},
): Promise<JobRecord> {
  const order = { action: syncAction, parameters, retries: 0, capacityMap: {}, deadline: '', stopTimeout: '' }
  const now = Date.now()
  return enqueueJob(syncContext(directory), order, now, { by: root, now })
}

export interface Synced {
  readonly status: string
  readonly log: readonly string[]
}

/** Syncs, in as many turns as it takes. */
export async function sync(
  directory: MemoryDirectory,
  parameters: { readonly dryRun?: boolean; readonly force?: boolean } = {},
): Promise<Synced> {
  const { id } = await aSync(directory, parameters)
  return carryOut(directory, id)
}

/** Works on a sync until it ends. */
export async function carryOut(directory: MemoryDirectory, id: string): Promise<Synced> {
  for (let turn = 0; turn < 100; turn++) {
    await workOnJob(aWorker(syncContext(directory), 60_000), id)
    const { status, endedAt } = await theJob(id)
    if (endedAt !== null) return { status, log: await logOf(id) }
  }
  throw new Error('the sync does not end')
}
