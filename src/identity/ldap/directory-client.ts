/** What the registry asks of a directory. `client.ts` implements it, and `open.ts` opens it. */
import type { DirectoryEntry } from './entries.ts'

export interface Search {
  readonly baseDN: string
  /** Else the entries right below the base. */
  readonly isSubtree: boolean
  /** RFC 4515, as an administrator wrote it; empty for every entry. */
  readonly filter: string
  /** Values that entries must have besides. They are values of the protocol, and never a part of a filter's text. */
  readonly matching?: readonly { readonly attribute: string; readonly value: string }[]
  /** Attributes that entries must have, whatever the value. */
  readonly having?: readonly string[]
  /** The attributes to read, beside the ids of entries; none: the distinguished names and the ids alone. */
  readonly attributes: readonly string[]
  /** Stops after so many entries, without pages. */
  readonly most?: number
}

/** What is demanded of an entry that is read by its name. */
export type Wanted = Pick<Search, 'filter' | 'having'>

export interface DirectoryClient {
  /** Finds entries, page by page; in one page where the server has no pages. @throws DirectoryFault */
  search(search: Search): AsyncIterable<readonly DirectoryEntry[]>
  /**
   * Reads one entry, if it is what is wanted, within the bounds of what a login reads.
   *
   * @returns undefined when it is not, when there is none, or when the reader may not see it
   * @throws DirectoryFault
   */
  readEntry(dn: string, attributes: readonly string[], wanted?: Wanted): Promise<DirectoryEntry | undefined>
  /**
   * Reads entries as `readEntry`, with questions that are sent at once: a directory may be far away. Entries that are not
   * there, or not what is wanted, are left out. @throws DirectoryFault
   */
  readEntries(dns: readonly string[], attributes: readonly string[], wanted: Wanted): Promise<readonly DirectoryEntry[]>
  /**
   * Reads the values of an attribute of a group, in the ranges that the server answers. They are distinguished names, or
   * whatever the attribute has. @throws DirectoryFault, also `no-such-entry` for a group that is not there
   */
  readMembers(groupDN: string, memberAttribute: string): AsyncIterable<readonly string[]>
  /** Tells whether a group has this value, without reading its members. @throws DirectoryFault */
  isMember(groupDN: string, memberAttribute: string, value: string): Promise<boolean>
  /**
   * Logs in as an entry. The connection is of no other use afterwards. An empty password is refused here: for a server it
   * would be no login at all, which succeeds (RFC 4513 section 5.1.2).
   *
   * @throws DirectoryFault for anything but a right or a wrong password
   */
  bind(dn: string, password: string): Promise<boolean>
  /** Ends the connection; it may have ended already. */
  close(): void
}
