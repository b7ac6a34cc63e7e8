/** A user as a provider of single sign-on describes them, whatever the protocol. */
import { longestGroupName, mostGroupsOfUser } from '../../limits.ts'
import type { WhyNoAccount } from './failures.ts'

/** A user of the provider, who has just logged in there. */
export interface SsoUser {
  /** Unique at the provider, and never given to another user (OpenID Connect Core 1.0 section 8). */
  readonly subject: string
  readonly name: string
  readonly fullName: string
  /** Undefined when the settings name no groups: teams stay as they are. */
  readonly groups: readonly string[] | undefined
  /** Undefined when the settings say nothing of administrators. */
  readonly isAdmin: boolean | undefined
  /** The session at the provider, by which it can end the sessions that began with it. */
  readonly sid: string | undefined
}

/** Why there is no user in what the provider says. */
export type WhyNoUser = WhyNoAccount

export type ReadUser = { readonly user: SsoUser } | { readonly refusal: WhyNoUser }

export type ReadGroups = { readonly names: readonly string[] } | { readonly refusal: WhyNoUser }

/** Reads the groups of a user, within bounds. */
export function groupsFrom(values: readonly string[]): ReadGroups {
  const names = [...new Set(values)].filter((name) => name !== '' && name.length <= longestGroupName)
  return names.length > mostGroupsOfUser ? { refusal: { kind: 'too-many-groups', limit: mostGroupsOfUser } } : { names }
}

/** What a provider has said of a user who has just logged in there. */
export interface Attested {
  /** The provider, as `identities` has it. */
  readonly provider: string
  readonly read: ReadUser
  /** Whether the first login makes the account. */
  readonly makesAccounts: boolean
}
