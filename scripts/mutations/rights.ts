/** Planted bugs about grants and the standing of an account towards a repository: clauses of statements. */
import { plantedIn } from './mutation.ts'

export const rights = [
  ...plantedIn(
    'src/db/access/rights.ts',
    ['test/routes/v2/rights.test.ts'],
    [
      {
        breaks: 'a right outlives its account',
        find: 'NOT ${isHolderThere(right)} OR ${isTaken(right)}',
        replace: '${isTaken(right)}',
      },
      { breaks: 'a right of a deactivated account stands', find: ' AND is_active = 1)`', replace: ')`' },
      {
        breaks: 'a right goes with the name of the account',
        find: "WHERE id = ${holder?.id ?? ''} AND name = ${holder?.name ?? ''}",
        replace: "WHERE name = ${holder?.name ?? ''}",
      },
      {
        breaks: 'a right does not ask for the name of the account',
        find: "WHERE id = ${holder?.id ?? ''} AND name = ${holder?.name ?? ''}",
        replace: "WHERE id = ${holder?.id ?? ''}",
        equivalent: 'an account keeps its name, and no other gets its id',
      },
      {
        breaks: 'a right to change reaches a later repository of the name',
        find: 'WHERE name = ${repository} AND id <> ${ground.repositoryId})',
        replace: 'WHERE name = ${repository} AND false)',
      },
      {
        breaks: 'a right to change reaches a later namespace of the name',
        find: 'WHERE name = ${namespaceOf(repository)} AND id <> ${ground.namespaceId})',
        replace: 'WHERE name = ${namespaceOf(repository)} AND false)',
      },
      {
        breaks: 'a right to read reaches a later repository of the name',
        find: '${table}.id = ${repositoryId}',
        replace: '${repositoryId} IS NOT NULL',
      },
      {
        breaks: 'a right to read reaches a later namespace of the name',
        find: 'accounts.id = ${namespaceId} AND accounts.name = ${table}.namespace',
        replace: '${namespaceId} IS NOT NULL AND accounts.name = ${table}.namespace',
      },
      {
        breaks: 'a right to a namespace reaches all others',
        find: 'accounts.id = ${namespaceId} AND accounts.name = ${table}.namespace',
        replace: 'accounts.id = ${namespaceId}',
        equivalent: 'the name that a right is for lies in the namespace that it was given on',
      },
      {
        breaks: 'a right to one repository reads another one',
        find: 'sql`repositories.name = ${held.repository} AND ${isHeld',
        replace: 'sql`${isHeld',
        tests: ['test/routes/v2/manifests.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/access/standings.ts',
    ['test/routes/v2/access.test.ts'],
    [
      {
        breaks: 'every user has every namespace as their own',
        find: 'coalesce(owner.id = ${me}, 0) AS isOwn',
        replace: 'coalesce(owner.is_organization = 0, 0) AS isOwn',
      },
      {
        breaks: 'every organization with one owner is owned by all',
        find: 'members.organization_id = owner.id AND members.user_id = ${me}',
        replace: 'members.organization_id = owner.id',
        tests: ['test/routes/v2/rights.test.ts'],
      },
      {
        breaks: 'the rights of one team are those of all',
        find: 'WHERE team_members.user_id = ${me} AND team_members.organization_id = owner.id) AS namespaceRank',
        replace: 'WHERE team_members.organization_id = owner.id) AS namespaceRank',
        tests: ['test/db/repositories/visible-repositories.test.ts'],
      },
      {
        breaks: 'a grant to one team is one to all',
        find: 'WHERE team_members.user_id = ${me} AND team_members.organization_id = owner.id) AS repositoryRank',
        replace: 'WHERE team_members.organization_id = owner.id) AS repositoryRank',
      },
      {
        breaks: 'an owner of one organization owns all',
        find: 'members.organization_id = owner.id AND members.user_id = ${me}',
        replace: 'members.user_id = ${me}',
        tests: ['test/db/access/standings.test.ts'],
      },
      {
        breaks: 'a team of one organization has its rights in others',
        find: 'WHERE team_members.user_id = ${me} AND team_members.organization_id = owner.id) AS namespaceRank',
        replace: 'WHERE team_members.user_id = ${me}) AS namespaceRank',
        tests: ['test/db/repositories/visible-repositories.test.ts'],
      },
      {
        breaks: 'a grant on one repository counts for all',
        find: ' AND repository_grants.repository_id = repositories.id\n',
        replace: '\n',
        tests: ['test/db/repositories/visible-repositories.test.ts'],
      },
      {
        breaks: 'the lowest of several grants counts',
        find: 'SELECT max(repository_grants.rank)',
        replace: 'SELECT min(repository_grants.rank)',
        tests: ['test/db/access/standings.test.ts'],
      },
      {
        breaks: 'the lowest of several grants on a namespace counts',
        find: 'SELECT max(teams.namespace_rank)',
        replace: 'SELECT min(teams.namespace_rank)',
        tests: ['test/db/access/standings.test.ts'],
      },
    ],
  ),
]
