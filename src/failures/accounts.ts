/** Failures about accounts, organizations, teams and their grants. */
import type { AccountName } from '../names.ts'
import type { FailureTypes } from './failure.ts'
import { quote } from './text.ts'

export const accountsFailures = {
  'account-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_ACCOUNT',
    sentence: ({ name }: { name: string }) =>
      `account ${quote(name)} does not exist, or you have no access to it: check the name, or ask an administrator to create it`,
  },
  'account-exists': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'ACCOUNT_EXISTS',
    sentence: ({ name }: { name: string }) => `there is already an account ${quote(name)}: choose another name`,
  },
  'account-has-repositories': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'ACCOUNT_HAS_REPOSITORIES',
    sentence: ({ name }: { name: AccountName }) =>
      `${name} still has repositories: delete them first, or delete both with DELETE /api/v0/accounts/${name}`,
  },
  'last-administrator': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'LAST_ADMINISTRATOR',
    sentence: ({ name }: { name: AccountName }) =>
      `${name} is the last active administrator: make another user an administrator first`,
  },
  'not-an-organization': {
    status: 400,
    ociCode: 'UNSUPPORTED',
    apiCode: 'NOT_AN_ORGANIZATION',
    sentence: ({ name }: { name: AccountName }) =>
      `${name} is a user, and only organizations have members and teams: use the name of an organization`,
  },
  'member-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_USER',
    sentence: ({ organization, name }: { organization: AccountName; name: string }) =>
      `${quote(name)} is not a member of ${organization}: add the user first`,
  },
  'team-member-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_USER',
    sentence: ({ organization, team, name }: { organization: AccountName; team: string; name: string }) =>
      `${quote(name)} is not in the team ${quote(team)} of ${organization}: add the user first`,
  },
  /** Hides an organization where a user is needed, as the caller may not be allowed to know that it exists. */
  'user-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_USER',
    sentence: ({ name }: { name: string }) =>
      `there is no user ${quote(name)}: check the name (an organization is not a user), or ask an administrator to create the user`,
  },
  'team-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_TEAM',
    sentence: ({ organization, name }: { organization: AccountName; name: string }) =>
      `${organization} has no team ${quote(name)}, or you have no access to it: list its teams to find the right name`,
  },
  'team-exists': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TEAM_EXISTS',
    sentence: ({ organization, name }: { organization: AccountName; name: string }) =>
      `${organization} already has a team ${quote(name)}: choose another name`,
  },
  'membership-synced': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'MEMBERSHIP_SYNCED',
    sentence: ({ name, group }: { name: string; group: string }) =>
      `a sync with the directory decides whether ${quote(name)} is in ${group}: change the group there, or end the sync first`,
  },
  'grant-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_NAMESPACE_TEAM_ACCESS',
    sentence: ({ team, target }: { team: string; target: string }) =>
      `the team ${quote(team)} has no access to ${target}: grant it with PUT`,
  },
  'access-token-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_API_TOKEN',
    sentence: () => 'there is no such access token: list the tokens of the account to find the right one',
  },
  'password-kept-elsewhere': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'PASSWORD_KEPT_ELSEWHERE',
    sentence: ({ name }: { name: AccountName }) =>
      `the directory or OpenID provider of ${name} keeps the password: change it there; for a machine, create an access token`,
  },
  'service-account-limited': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'SERVICE_ACCOUNT',
    sentence: ({ name }: { name: AccountName }) =>
      `${name} is a service account: it has no password, is no user of a provider, administers nothing, and belongs to one organization; use the account of a user`,
  },
  'too-many-service-accounts': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TOO_MANY_SERVICE_ACCOUNTS',
    sentence: ({ limit }: { limit: number }) =>
      `an organization may have at most ${limit} service accounts: delete unused ones`,
  },
  'session-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_SESSION',
    sentence: () => 'there is no such session: list the sessions of the user to find the right one',
  },
  'too-many-access-tokens': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'TOO_MANY_API_TOKENS',
    sentence: ({ limit }: { limit: number }) =>
      `an account may have at most ${limit} access tokens: delete unused ones`,
  },
} as const satisfies FailureTypes
