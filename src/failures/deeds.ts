/** What callers ask for, as the sentence of a refusal says it: "alice may not …". */
import type { AccountName, RepositoryName, TeamName } from '../names.ts'
import { phrase, type PhraseOf } from './failure.ts'

interface OfRepository {
  readonly repository: RepositoryName
}
interface OfOrganization {
  readonly organization: AccountName
}
interface OfTeam {
  readonly team: TeamName
}

/** The operations with a repository (`auth/authorization.ts`). */
const withRepository = {
  view: 'see',
  pull: 'pull from',
  push: 'push to',
  'delete-content': 'delete content of',
  'delete-immutable-tags': 'delete immutable tags of',
  'see-events': 'see the events of',
  'see-pulls': 'see the pulls of',
  edit: 'edit',
  'see-access': 'see who has access to',
  'manage-access': 'manage access to',
  'delete-repository': 'delete',
} as const

/** The operations in a namespace (`auth/authorization.ts`). */
const inNamespace = {
  view: 'see',
  'create-repository': 'create repositories in',
  'see-access': 'see which teams have access to the namespace',
  'manage-access': 'change which teams have access to the namespace',
  empty: 'delete all repositories of',
} as const

/** The operations with an account (`auth/account-access.ts`). */
const withAccount = {
  view: 'see',
  describe: 'change',
  'see-organizations': 'see the organizations of',
  'see-sessions': 'see the sessions of',
  'end-sessions': 'end the sessions of',
  'change-password': 'change the password of',
  'reset-password': 'reset the password of',
  'change-status': 'activate, deactivate or promote',
  delete: 'delete',
} as const

export const deeds = {
  // Of the distribution API.
  pull: ({ repository }: OfRepository) => `pull from ${repository}`,
  push: ({ repository }: OfRepository) => `push to ${repository}`,
  delete: ({ repository }: OfRepository) => `delete from ${repository}`,
  'delete-immutable': ({ repository, tags }: OfRepository & { tags: readonly string[] }) =>
    `delete ${tags.join(', ')} from ${repository}, whose tags are immutable`,
  'list-repositories': () => 'list the repositories',
  'use-trust-data': ({ gun }: { gun: string }) => `use the trust data of ${gun}`,
  // Of the administrative API.
  'with-repository': ({ repository, operation }: OfRepository & { operation: keyof typeof withRepository }) =>
    `${withRepository[operation]} ${repository}`,
  'in-namespace': ({ namespace, operation }: { namespace: AccountName; operation: keyof typeof inNamespace }) =>
    `${inNamespace[operation]} ${namespace}`,
  'with-account': ({ account, operation }: { account: string; operation: keyof typeof withAccount }) =>
    `${withAccount[operation]} ${account}`,
  'see-members': ({ organization }: OfOrganization) => `see the members of ${organization}`,
  'add-members': ({ organization }: OfOrganization) => `add members to ${organization}`,
  'add-owners': ({ organization }: OfOrganization) => `add owners to ${organization}`,
  'remove-members': ({ organization }: OfOrganization) => `remove members from ${organization}`,
  'see-teams': ({ organization }: OfOrganization) => `see the teams of ${organization}`,
  'create-teams': ({ organization }: OfOrganization) => `create teams in ${organization}`,
  'change-teams': ({ organization }: OfOrganization) => `change the teams of ${organization}`,
  'delete-teams': ({ organization }: OfOrganization) => `delete teams of ${organization}`,
  'see-teams-of-member': ({ member }: { member: AccountName }) => `see the teams of ${member}`,
  'see-team-members': ({ team }: OfTeam) => `see who is in the team ${team}`,
  'add-team-members': ({ team }: OfTeam) => `add members to the team ${team}`,
  'add-team-administrators': ({ team }: OfTeam) => `add administrators to the team ${team}`,
  'remove-team-members': ({ team }: OfTeam) => `remove members from the team ${team}`,
  'choose-team-administrators': ({ organization, team }: OfOrganization & OfTeam) =>
    `choose the administrators of the team ${team} of ${organization}`,
  'see-team-access': ({ team }: OfTeam) => `see what the team ${team} has access to`,
  'manage-service-accounts': ({ organization }: OfOrganization) => `manage the service accounts of ${organization}`,
  'delete-accounts': () => 'delete accounts',
  'create-users': () => 'make users',
  'set-passwords': () => 'set passwords without the old one',
  'create-access-tokens': () => 'create access tokens',
  'activate-access-tokens': () => 'activate access tokens',
  /** The words stand in the declaration of an operation (`DeclaredOperation`). */
  'declared-with-repository': ({ repository, words }: OfRepository & { words: string }) => `${words} ${repository}`,
  'declared-in-namespace': ({ namespace, words }: { namespace: AccountName; words: string }) => `${words} ${namespace}`,
  /** The words stand in the declaration of an operation (`DeclaredAccountOperation`). */
  'declared-with-account': ({ account, words }: { account: string; words: string }) => `${words} ${account}`,
  /** The words stand in the declaration of a route (`administratorsMay`). */
  'declared-by-route': ({ words }: { words: string }) => words,
} as const

export type Deed = PhraseOf<typeof deeds>

export const wordsFor = (deed: Deed): string => phrase(deeds, deed)
