/** What a sync asks of a directory: the searches for users, and whom a group or a search names for a target. */
import type { MemberSyncOptions } from './member-options.ts'
import type { DirectoryUser } from './staging-store.ts'

export interface UserPage {
  readonly users: readonly DirectoryUser[]
  /** Entries of the page that can be no user, for the log: "uid=x,dc=y has no entryUUID". */
  readonly lines: readonly string[]
}

export interface UserSearch {
  /** Its base and its filter, for the log. */
  readonly words: string
  /** Differs when the search does: what another search found before says nothing about this one. */
  readonly fingerprint: string
  /** Reads all results, page by page. */
  pages(): AsyncIterable<UserPage>
}

/** Whom the directory names: entries by their id, or by their distinguished names. */
export type NamedEntries =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'dns'; readonly dns: readonly string[] }
  /** The group, or the base of the search, is not there. */
  | { readonly kind: 'missing' }

/** A directory that is configured, as one turn of a sync uses it. */
export interface SyncSource {
  readonly searches: readonly UserSearch[]
  /** Differs when any setting does that decides what is gathered. */
  readonly fingerprint: string
  /** False with just-in-time provisioning. */
  readonly makesAccounts: boolean
  /** How the administrators of the registry are found; disabled when they are not synced. */
  readonly administrators: MemberSyncOptions
  /** Finds whom the options name. */
  membersOf(options: MemberSyncOptions): Promise<NamedEntries>
  close(): Promise<void>
}
