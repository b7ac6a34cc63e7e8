/** Finds the user of a name in the directory without a password, as an administrator asks. */
import { longestDirectoryLoginMilliseconds } from '../../limits.ts'
import { directoryError, type WhyNotFound } from './failures.ts'
import { DirectoryFault } from './faults.ts'
import { findUser, type FoundUser } from './find-user.ts'
import type { DirectorySession } from './session.ts'
import { within } from './within.ts'

export type KnownUser = FoundUser & { readonly subject: string }

/** Returns the user of a name, or why there is none to be known by an id. @throws directoryError `directory-not-asked` */
export async function userNamed(session: DirectorySession, name: string): Promise<KnownUser | WhyNotFound> {
  const { user, findings, fault } = await asked(session, name)
  if (fault !== undefined) throw notAsked(fault)
  if (user === undefined) return { kind: findings.some(({ kind }) => kind === 'several') ? 'several' : 'unknown' }
  const { subject } = user
  return subject === undefined ? { kind: 'no-id' } : { ...user, subject }
}

/** Tells whether a name has a user. */
export const isUser = (found: KnownUser | WhyNotFound): found is KnownUser => 'subject' in found

async function asked(session: DirectorySession, name: string) {
  try {
    return await within(longestDirectoryLoginMilliseconds, 'search', findUser(session, name))
  } catch (error) {
    throw error instanceof DirectoryFault ? notAsked(error) : error
  }
}

const notAsked = (cause: DirectoryFault) => directoryError({ kind: 'directory-not-asked' }, { cause })
