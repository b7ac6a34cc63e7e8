/**
 * Decides which results of searches are users: searches have an order, and the first result of a name or of an id wins.
 * So the same directory makes the same users, however its results are cut into pages.
 */

import type { DirectoryUser, Earlier } from './staging-store.ts'

export interface Admission {
  readonly admitted: readonly DirectoryUser[]
  /** What the log says about results that are left out. */
  readonly lines: readonly string[]
}

/** Returns what two names have in common that differ in their letters' case: a directory takes either at a login. */
export const nameKey = (name: string): string => name.normalize('NFC').toLowerCase()

/** Admits the results of a page, in their order. */
export function admitResults(results: readonly DirectoryUser[], earlier: Earlier): Admission {
  const subjects = new Map(earlier.subjects)
  const names = new Map(earlier.names)
  const admitted: DirectoryUser[] = []
  const lines: string[] = []
  for (const user of results) {
    const refusal = whyNotAdmitted(user, { subjects, names })
    if (refusal === 'known') continue
    if (refusal !== undefined) {
      lines.push(refusal)
      continue
    }
    subjects.set(nameKey(user.name), user.subject)
    names.set(user.subject, user.name)
    admitted.push(user)
  }
  return { admitted, lines }
}

/** Returns why a result is left out: `known` is no news, as searches may find an entry several times. */
function whyNotAdmitted({ subject, name, dn }: DirectoryUser, { subjects, names }: Earlier): string | undefined {
  const known = names.get(subject)
  if (known !== undefined) {
    if (nameKey(known) === nameKey(name)) return 'known'
    return `left out: ${dn} as ${name}, as an earlier search found the same id as ${known}`
  }
  const owner = subjects.get(nameKey(name))
  if (owner === undefined) return undefined
  return `left out: ${dn}, as an earlier result has the name ${name} with the id ${owner}`
}
