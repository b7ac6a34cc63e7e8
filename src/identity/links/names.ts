/**
 * Decides which name an account of another provider's user gets. A name of the registry is a part of the names of
 * repositories, so fewer names fit than a directory may have.
 */
import {
  firstAdministrator,
  hasFormOfId,
  hasFormOfServiceAccount,
  isAccountName,
  type AccountName,
} from '../../names.ts'
import { longestAccountName } from '../../limits.ts'

/** Why a name gets no account. */
export type WhyNoName =
  'empty' | 'too-long' | 'not-in-grammar' | 'like-id' | 'like-service-account' | 'reserved' | 'taken'

/**
 * Returns the name of the account for a name of a provider, in lower case, as directories do not tell cases apart.
 * DTR's rule for imports (at most 100 characters, no spaces, none of `/\[]:;|=,+*?<>'"`) is the wider one: its names have
 * the grammar of Docker's namespaces too.
 */
export function accountNameFor(name: string): { readonly name: AccountName } | { readonly refusal: WhyNoName } {
  const folded = inLowerCase(name)
  if (folded === '') return { refusal: 'empty' }
  if (folded.length > longestAccountName) return { refusal: 'too-long' }
  if (hasFormOfId(folded)) return { refusal: 'like-id' }
  if (hasFormOfServiceAccount(folded)) return { refusal: 'like-service-account' }
  if (folded === firstAdministrator) return { refusal: 'reserved' }
  return isAccountName(folded) ? { name: folded } : { refusal: 'not-in-grammar' }
}

/** Returns a name in lower case, by ASCII alone: the Kelvin sign would become a "k", and its name that of another user. */
const inLowerCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

const words: Readonly<Record<WhyNoName, string>> = {
  empty: 'it is empty',
  'too-long': `it is longer than ${longestAccountName} characters`,
  'not-in-grammar': 'it has other characters than lower-case letters, digits and single ".", "_" or "-" between them',
  'like-id': 'it has the form of an id',
  'like-service-account': 'it begins as the names of service accounts do',
  reserved: 'the name belongs to the administrator of the registry',
  taken: 'another user or an organization has it',
}

/** Returns why a name gets no account, as the end of a sentence. */
export const whyNoName = (refusal: WhyNoName): string => words[refusal]
