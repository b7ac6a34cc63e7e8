/** Decisions of who may do what with repositories, namespaces, accounts and organizations. */
import { plantedIn } from './mutation.ts'

export const access = [
  ...plantedIn(
    'src/access-limit.ts',
    ['test/auth/limit.test.ts'],
    [
      {
        breaks: 'a limit to repositories opens others',
        find: "return isWithin ? highestWithin(limit) : 'none'",
        replace: "return isWithin ? highestWithin(limit) : 'read-only'",
      },
      {
        breaks: 'a limit to a repository opens its namespace',
        find: 'namespaces.includes(namespaceOf(repository))',
        replace: 'repositories.some((name) => namespaceOf(name) === namespaceOf(repository))',
      },
      {
        breaks: 'a limit to a level limits nothing',
        find: "limit === undefined || limit.level === 'all' ? 'admin' : limit.level",
        replace: "limit === undefined || limit.level.length > 0 ? 'admin' : 'none'",
      },
      {
        breaks: 'a registry token forgets the namespaces of the limit',
        find: 'namespaces: limit.within.namespaces.filter((name) => namespaces.has(name))',
        replace: 'namespaces: limit.within.namespaces.filter((name) => !namespaces.has(name))',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/authorization.ts',
    ['test/auth/authorization.test.ts'],
    [
      {
        breaks: 'a public repository may be pushed to by all',
        find: "=== 'public' ? 'read-only' : 'none'",
        replace: "=== 'public' ? 'read-write' : 'none'",
      },
      {
        breaks: 'a private repository may be read by all',
        find: "=== 'public' ? 'read-only' : 'none'",
        replace: "!== undefined ? 'read-only' : 'none'",
      },
      {
        breaks: 'a grant on the repository does not count',
        find: 'givenOnNamespace(account, standing), standing.repositoryLevel)',
        replace: 'givenOnNamespace(account, standing))',
      },
      {
        breaks: 'the level on the namespace does not count',
        find: 'highestOf(open, givenOnNamespace(account, standing), standing.repositoryLevel)',
        replace: 'highestOf(open, standing.repositoryLevel)',
      },
      {
        breaks: 'a limited login has the level of its account',
        find: 'return lowerOf(given, ceilingOn(account.limit, standing.name))',
        replace: 'return given',
        tests: ['test/auth/limit.test.ts'],
      },
      {
        breaks: 'a limited login of an administrator administers',
        find: ' && account.limit === undefined',
        replace: '',
        tests: ['test/auth/limit.test.ts'],
      },
      {
        breaks: 'an administrator is like any user',
        find: "account.isAdmin || owns(standing) ? 'admin'",
        replace: "owns(standing) ? 'admin'",
      },
      { breaks: 'owners of the organization are no owners', find: '=> isOwn || isOwner', replace: '=> isOwn' },
      { breaks: 'a user does not own their namespace', find: '=> isOwn || isOwner', replace: '=> isOwner' },
      { breaks: 'a push needs the right to read', find: "push: 'read-write'", replace: "push: 'read-only'" },
      {
        breaks: 'deleting content needs the right to read',
        find: "'delete-content': 'read-write'",
        replace: "'delete-content': 'read-only'",
      },
      {
        breaks: 'immutable tags go by the right to push',
        find: "'delete-immutable-tags': 'admin'",
        replace: "'delete-immutable-tags': 'read-write'",
      },
      {
        breaks: 'access is managed by the right to push',
        find: "'manage-access': 'admin',\n  'delete-repository'",
        replace: "'manage-access': 'read-write',\n  'delete-repository'",
      },
      { breaks: 'every user administers', find: 'account?.isAdmin === true', replace: 'account !== undefined' },
      { breaks: 'the catalog is open to all', find: 'return account !== undefined\n', replace: 'return true\n' },
      {
        breaks: 'a namespace without an account has its administrators',
        find: 'account === undefined || standing.kind === undefined',
        replace: 'account === undefined',
      },
      {
        breaks: 'every user sees a namespace',
        find: "return level !== 'none' || (standing.isMember && ",
        replace: 'return true || (standing.isMember && ',
      },
      {
        breaks: 'members do not see their namespace',
        find: "return level !== 'none' || (standing.isMember && ",
        replace: "return level !== 'none' || (false && ",
      },
      {
        breaks: 'a level on the namespace is enough to make repositories',
        find: "return level === 'admin'\n",
        replace: "return level !== 'none'\n",
      },
      {
        breaks: 'a team with admin empties a namespace',
        find: "return level === 'admin' && (account.isAdmin || owns(standing))",
        replace: "return level !== 'none' && level === 'admin'",
      },
      {
        breaks: 'a push makes repositories though the setting is off',
        find: 'standing.createsOnPush && mayInNamespace',
        replace: 'mayInNamespace',
      },
      {
        breaks: 'who may push may make repositories',
        find: "standing.createsOnPush && mayInNamespace(account, standing, 'create-repository')",
        replace: 'standing.createsOnPush',
      },
      {
        breaks: 'a push to what may not be made is granted',
        find: 'standing.repository !== undefined || creates',
        replace: 'true',
      },
      {
        breaks: 'the right to make repositories is given on one repository',
        find: 'repository === undefined || creates ?',
        replace: 'repository === undefined ?',
      },
      {
        breaks: 'every right is given on the namespace',
        find: 'repository === undefined || creates ? { namespaceId } : { repositoryId: repository.id }',
        replace: '{ namespaceId }',
      },
      {
        breaks: 'names that break the grammar are looked up',
        find: "type === 'repository' && isRepositoryName(name) ? [name] : []",
        replace: "type === 'repository' ? [name as RepositoryName] : []",
      },
      {
        breaks: 'scopes of every type name repositories',
        find: "type === 'repository' && isRepositoryName(name) ? [name] : []",
        replace: 'isRepositoryName(name) ? [name] : []',
      },
      {
        breaks: 'a scope of another type is granted as a repository',
        find: "scope.type === 'repository' ? byName.get(scope.name) : undefined",
        replace: 'byName.get(scope.name)',
      },
      {
        breaks: '`*` gives all there is, whatever the account may do',
        find: "permit.actions.filter((action) => wanted.has(action) || wanted.has('*'))",
        replace: "(wanted.has('*') ? actions : permit.actions.filter((action) => wanted.has(action)))",
      },
      { breaks: '`*` gives nothing', find: "wanted.has(action) || wanted.has('*')", replace: 'wanted.has(action)' },
      {
        breaks: 'what was not asked for is granted',
        find: "permit.actions.filter((action) => wanted.has(action) || wanted.has('*'))",
        replace: 'permit.actions',
      },
      {
        breaks: 'a token to push may not pull',
        find: "scope.actions.includes('push') ? [...scope.actions, 'pull'] : scope.actions",
        replace: 'scope.actions',
      },
      {
        breaks: 'a token to pull may make the repository',
        find: "permit.creates && granted.includes('push')",
        replace: 'permit.creates',
      },
      {
        breaks: 'a token to push may always make the repository',
        find: "const creates = permit.creates && granted.includes('push')",
        replace: "const creates = granted.includes('push')",
      },
      {
        breaks: 'the catalog is granted to callers without a login',
        find: "mayInRegistry(account, 'list-catalog') && scope",
        replace: 'scope',
      },
      {
        breaks: 'the catalog is granted for whatever action',
        find: " && scope.actions.includes('*')\n",
        replace: '\n',
      },
      {
        breaks: 'every name of type registry is the catalog',
        find: "type === 'registry' && name === 'catalog'",
        replace: "type === 'registry' && name.length > 0",
      },
      {
        breaks: 'every type named catalog is the catalog',
        find: "type === 'registry' && name === 'catalog'",
        replace: "type.length > 0 && name === 'catalog'",
      },
      {
        breaks: 'grants of nothing are kept',
        find: 'granted.actions.length === 0 ? [] : [granted]',
        replace: '[granted]',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/account-access.ts',
    ['test/auth/account-access.test.ts'],
    [
      {
        breaks: 'the password of an administrator is reset by an access token of theirs',
        find: "operation === 'reset-password' && standing.isSelf",
        replace: 'false',
      },
      {
        breaks: 'administrators may do no more with accounts than others',
        find: 'if (viewer.isAdmin) return true',
        replace: '',
      },
      { breaks: 'owners do not see the accounts of their members', find: ' || standing.isOwnerOfTheirs', replace: '' },
      {
        breaks: 'members of an organization describe it',
        find: 'return standing.isSelf || standing.isOwner\n',
        replace: 'return standing.isSelf || standing.isOwner || standing.isMember\n',
      },
      {
        breaks: 'owners see all organizations of their members, and set their passwords',
        find: "    case 'change-password':\n      return standing.isSelf\n",
        replace: "    case 'change-password':\n      return standing.isSelf || standing.isOwnerOfTheirs\n",
      },
      {
        breaks: 'every user acts for every user',
        find: "viewer.name === user || mayInRegistry(viewer, 'administer')",
        replace: 'true',
      },
      {
        breaks: 'an access token is enough to appoint administrators',
        find: " || operation === 'change-status' ||",
        replace: ' ||',
        tests: ['test/routes/access.test.ts'],
      },
      {
        breaks: 'promoting is describing',
        find: 'isActive !== undefined || isAdmin !== undefined',
        replace: 'isActive !== undefined',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/organization-access.ts',
    ['test/auth/organization-access.test.ts'],
    [
      {
        breaks: 'a caller without a login is asked like others',
        find: 'if (account === undefined || !seesAccounts(account)) return false\n',
        replace: 'if (account === undefined) return standing.isMember\n',
      },
      {
        breaks: 'owners do not manage their organization',
        find: 'account.isAdmin || standing.isOwner',
        replace: 'account.isAdmin',
      },
      { breaks: 'members see all teams', find: 'return standing.isTeamMember', replace: 'return standing.isMember' },
      {
        breaks: 'members of a team manage it',
        find: 'return standing.isTeamAdmin',
        replace: 'return standing.isTeamMember',
      },
      {
        breaks: 'team administrators add outsiders',
        find: "    case 'add-outsiders':\n    case 'appoint",
        replace: "    case 'add-outsiders':\n      return standing.isTeamAdmin\n    case 'appoint",
      },
      {
        breaks: 'strangers know of an organization',
        find: 'return standing.isMember || standing.isSelf',
        replace: 'return true',
      },
      {
        breaks: 'members remove each other',
        find: "        mayInOrganization(account, standing, account?.name === member ? 'view' : 'manage')\n",
        replace: "        mayInOrganization(account, standing, 'view')\n",
      },
      {
        breaks: 'a limited login changes organizations',
        find: 'if (account.limit !== undefined && !reading.has(operation)) return false\n',
        replace: '',
        tests: ['test/auth/limit.test.ts'],
      },
      {
        breaks: 'a limited login takes members out',
        find: 'account?.limit === undefined &&',
        replace: 'account !== undefined &&',
        tests: ['test/auth/limit.test.ts'],
      },
      {
        breaks: 'members put members',
        find: "    case 'put':\n      return mayInOrganization(account, standing, 'manage')",
        replace: "    case 'put':\n      return mayInOrganization(account, standing, 'view')",
      },
    ],
  ),
]
