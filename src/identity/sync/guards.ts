/**
 * Refuses to believe a directory that suddenly shows much less: a wrong filter, a lost permission of the reader or a moved
 * subtree would deactivate everyone. What is refused changes nothing, and the log and an alert say why.
 */

/** How many a search finds, and how many it found before. */
export interface Shrinking {
  readonly found: number
  readonly before: number
}

/** Tells whether a number fell to nothing, or below a share of what it was. @param minimumShare in percent */
export const hasShrunk = ({ found, before }: Shrinking, minimumShare: number): boolean =>
  before > 0 && (found === 0 || found * 100 < before * minimumShare)

export interface SearchCount extends Shrinking {
  /** The search in words: its base and its filter. */
  readonly search: string
}

/** Returns why the users that were found cannot be right; empty when they may be. */
export function whyNotUsers(
  searches: readonly SearchCount[],
  accounts: Shrinking,
  minimumShare: number,
): readonly string[] {
  const shrunk = searches.filter((search) => hasShrunk(search, minimumShare))
  const reasons = shrunk.map(
    ({ search, found, before }) => `the search ${search} finds ${found} entries, before ${before}`,
  )
  if (hasShrunk(accounts, minimumShare)) {
    reasons.push(
      `the searches find ${accounts.found} of the ${accounts.before} active users that came from the directory`,
    )
  }
  return reasons
}

/**
 * Returns what is strange about a target: the directory names entries for it, and none is a user that a search finds, as
 * with groups that hold names and no distinguished names. Undefined for any other target.
 */
export function whyNoUsers(
  target: string,
  { named, users }: { readonly named: number; readonly users: number },
): string | undefined {
  if (named === 0 || users > 0) return undefined
  return `no search finds a user among the ${named} entries that the directory names for ${target}: the attribute of a group has to hold distinguished names, and a search has to find its members`
}

/** Returns why the members that were found cannot be right; undefined when they may be. @param target "the team acme/dev" */
export function whyNotMembers(target: string, members: Shrinking, minimumShare: number): string | undefined {
  if (!hasShrunk(members, minimumShare)) return undefined
  return `left ${target} as it is: the directory names ${members.found} users for it, before ${members.before}`
}
