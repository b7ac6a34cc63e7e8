/**
 * Gives users of other providers their accounts. The link is the immutable id, never the name: a name of a directory
 * cannot take over an account that is there, and a user whose name changes keeps the account and its namespace.
 */
import type { Attribution } from '../../db/events/events.ts'
import { isUniqueViolation, type Database } from '../../db/database.ts'
import { longestFullName } from '../../limits.ts'
import { findIdentity, insertImportedAccount, type Identity, type LinkedIdentity } from './identity-store.ts'
import { accountNameFor, type WhyNoName } from './names.ts'

export interface NewIdentity extends Identity {
  /** Is cut to what an account may have. */
  readonly fullName: string
}

export type Provisioned =
  | { readonly outcome: 'made' | 'known'; readonly identity: LinkedIdentity }
  | { readonly outcome: 'refused'; readonly refusal: WhyNoName }

/** Finds the account of an identity, or makes one under the rules of names. */
export async function provision(
  db: Database,
  { fullName, ...identity }: NewIdentity,
  attribution: Attribution,
): Promise<Provisioned> {
  const known = await findIdentity(db, identity.provider, identity.subject)
  if (known !== undefined) return { outcome: 'known', identity: known }
  const named = accountNameFor(identity.name)
  if ('refusal' in named) return { outcome: 'refused', refusal: named.refusal }
  const account = { name: named.name, fullName: lineOf(fullName) }
  try {
    return { outcome: 'made', identity: await insertImportedAccount(db, identity, account, attribution) }
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    // Another request has made the account of the same identity, or the name is another account's.
    const raced = await findIdentity(db, identity.provider, identity.subject)
    return raced === undefined ? { outcome: 'refused', refusal: 'taken' } : { outcome: 'known', identity: raced }
  }
}

/** Returns a text as a full name: one line without control characters, cut to the bound. */
export const lineOf = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, longestFullName)
    .toWellFormed()
