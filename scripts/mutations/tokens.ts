/** Registry tokens: what one is given, what it opens, and how long it lives. */
import { plantedIn } from './mutation.ts'

export const tokens = [
  ...plantedIn(
    'src/auth/registry-access.ts',
    ['test/auth/registry-access.test.ts'],
    [
      {
        breaks: 'a token for alice/app opens alice/app/sub',
        find: "type === 'repository' && name === repository",
        replace: "type === 'repository' && repository.startsWith(name)",
      },
      {
        breaks: 'a token for alice/app/sub opens alice/app',
        find: "type === 'repository' && name === repository",
        replace: "type === 'repository' && name.startsWith(repository)",
      },
      {
        breaks: 'a token for one repository opens all of the namespace',
        find: "type === 'repository' && name === repository",
        replace: "type === 'repository' && name.split('/')[0] === repository.split('/')[0]",
      },
      {
        breaks: 'a claim of another type opens a repository',
        find: "type === 'repository' && name === repository",
        replace: 'name === repository && type.length > 0',
      },
      {
        breaks: 'a claim on a repository opens it for every action',
        find: 'scope?.ground === undefined || !scope.actions.includes(action)',
        replace: 'scope?.ground === undefined',
      },
      {
        breaks: 'a token to push may delete',
        find: '!scope.actions.includes(action)',
        replace: "!scope.actions.includes(action === 'delete' ? 'push' : action)",
      },
      {
        breaks: 'a token to delete may push',
        find: '!scope.actions.includes(action)',
        replace: "!scope.actions.some((own) => own === action || (own === 'delete' && action === 'push'))",
      },
      {
        breaks: 'a token to push or delete may pull',
        find: '!scope.actions.includes(action)',
        replace: "(action !== 'pull' && !scope.actions.includes(action))",
      },
      {
        breaks: '`*` in a claim opens every endpoint',
        find: '!scope.actions.includes(action)',
        replace: "!scope.actions.some((own) => own === action || own === '*')",
      },
      { breaks: 'the claim `creates` is ignored', find: 'creates: scope.creates }', replace: 'creates: true }' },
      {
        breaks: 'no push by a token makes a repository',
        find: 'creates: scope.creates }',
        replace: 'creates: false }',
      },
      {
        breaks: 'a token to pull confirms what it is told of',
        find: "const pushes = scope.actions.includes('push')",
        replace: 'const pushes = true',
      },
      {
        breaks: 'an account that may pull confirms what it is told of',
        find: "const pushes = actions.includes('push')",
        replace: 'const pushes = true',
      },
      {
        breaks: 'a token to pull reads what is not signed',
        find: 'pushes || scope.readsUnsigned === true',
        replace: 'true',
        tests: ['test/trust/policy/pulls.test.ts'],
      },
      {
        breaks: 'the claim `readsUnsigned` is ignored, and locks signers out',
        find: 'pushes || scope.readsUnsigned === true',
        replace: 'pushes',
        tests: ['test/trust/policy/pulls.test.ts'],
      },
      {
        breaks: 'an account may do everything',
        find: 'if (!actions.includes(action)) return undefined\n',
        replace: '',
        tests: ['test/routes/v2/access.test.ts'],
      },
      {
        breaks: 'a mount reads what the token may not pull',
        find: "    ground !== undefined &&\n    actions.includes('pull')",
        replace: '    ground !== undefined',
      },
      {
        breaks: 'a mount reads claims of every type',
        find: "    type === 'repository' &&\n    isRepositoryName(name) &&\n    facet === undefined",
        replace: '    isRepositoryName(name) &&\n    facet === undefined',
      },
      {
        breaks: 'a token for trust data opens the repository of its name',
        find: ' && facet === undefined)',
        replace: ')',
        tests: ['test/trust/facet.test.ts'],
      },
      {
        breaks: 'a mount from one repository takes the blob from another',
        find: '.filter(({ repository }) => wanted.has(repository))',
        replace: '.filter(() => wanted.size > 0)',
      },
      {
        breaks: 'the catalog opens to every token',
        find: "(caller.kind === 'token' && caller.grant.access.some(isCatalog))",
        replace: "caller.kind === 'token'",
      },
      {
        breaks: 'who may push takes immutable tags',
        find: "isAllowed(level, 'delete-immutable-tags')",
        replace: "isAllowed(level, 'delete-content')",
        tests: ['test/routes/v2/tag-policy.test.ts'],
      },
      {
        breaks: 'no token takes immutable tags',
        find: "case 'token': {\n      const { account } = caller.grant",
        replace: "case 'token': {\n      return undefined\n      const { account } = caller.grant",
        tests: ['test/routes/v2/tag-policy.test.ts'],
      },
      {
        breaks: 'a ping takes a dead token',
        find: "if (caller.kind === 'dead-token') throw invalidToken(caller, undefined)",
        replace: '',
      },
      {
        breaks: 'a mount reads what the account may not pull',
        find: ".filter((standing) => permitOf(account, standing).actions.includes('pull'))",
        replace: '',
        tests: ['test/routes/v2/blobs.test.ts'],
      },
      {
        breaks: 'a deactivated account learns why its push was refused',
        find: 'found?.isActive === true && found.id === account?.id ?',
        replace: 'found !== undefined && found.id === account?.id ?',
      },
      {
        breaks: 'every caller learns why a push was refused',
        find: '!standing.createsOnPush && mayCreate)',
        replace: '!standing.createsOnPush)',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/authentication.ts',
    ['test/auth/authentication.test.ts'],
    [
      {
        breaks: 'a dead token counts as none',
        find: "return { kind: 'dead-token', reason: error.reason }",
        replace: 'return anonymous',
        tests: ['test/routes/v2/access.test.ts'],
      },
      {
        breaks: 'a header that is too long is read as far as it goes',
        find: "isTooLong ? '' : value",
        replace: 'value',
      },
      {
        breaks: 'a password ends at its first colon',
        find: 'password: text.slice(colon + 1)',
        replace: "password: text.slice(colon + 1).split(':')[0] ?? ''",
      },
      { breaks: 'a name goes on to the last colon', find: "text?.indexOf(':')", replace: "text?.lastIndexOf(':')" },
      {
        breaks: 'credentials that are no UTF-8 are mended',
        find: 'fatal: true, ignoreBOM: true }).decode(bytes)\n  } catch',
        replace: 'fatal: false, ignoreBOM: true }).decode(bytes)\n  } catch',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/registry-access.ts',
    ['test/auth/registry-access.test.ts'],
    [
      {
        breaks: 'a ping needs no login',
        find: "if (caller.kind === 'anonymous') throw unauthorized({",
        replace: "if (caller.kind === 'anonymous' && Date.now() < 0) throw unauthorized({",
      },
    ],
  ),
  ...plantedIn(
    'src/auth/registry-token.ts',
    ['test/auth/registry-token.test.ts'],
    [
      { breaks: 'the memory of tokens lacks the audience', find: '`${service}\\n${token}`', replace: '`${token}`' },
      { breaks: 'a token for another host is taken', find: '    audience: service,\n', replace: '' },
      { breaks: 'a token of another issuer is taken', find: '    issuer,\n    audience', replace: '    audience' },
      { breaks: 'a token lives as long as it says', find: '    maxTokenAge: tokenSeconds,\n', replace: '' },
      {
        breaks: 'a token is remembered as long as it says',
        find: 'Math.min(exp, iat + tokenSeconds) * 1000',
        replace: 'exp * 1000',
      },
      {
        breaks: 'a token lives five minutes though it says less',
        find: 'Math.min(exp, iat + tokenSeconds) * 1000',
        replace: '(iat + tokenSeconds) * 1000',
      },
      {
        breaks: 'a token outlives its end by the tolerance',
        find: 'if (until <= now) throw',
        replace: 'if (until + 5000 <= now) throw',
      },
      {
        breaks: 'a token need not end',
        find: "requiredClaims: ['exp'],",
        replace: '',
        equivalent: 'the claims that are read afterwards must have an end',
      },
      { breaks: 'a token begins before it was made', find: 'clockTolerance: 5', replace: 'clockTolerance: 120' },
      {
        breaks: 'tokens of the previous secret are refused',
        find: 'keys.previous !== undefined && error',
        replace: 'keys.previous === keys.current && error',
      },
      {
        breaks: 'an account without an id is an account',
        find: 'isAccountName(sub) && accountId !== undefined ? { id: accountId, name: sub }',
        replace: "isAccountName(sub) ? { id: accountId ?? '', name: sub }",
      },
      {
        breaks: 'a subject that is no name is an account',
        find: 'isAccountName(sub) && accountId !== undefined ? { id: accountId, name: sub }',
        replace: 'accountId !== undefined ? { id: accountId, name: sub as AccountName }',
      },
      {
        breaks: 'the claim `creates` may be missing',
        find: 'creates: z.boolean(),',
        replace: 'creates: z.boolean().default(true),',
      },
      {
        breaks: 'a token is issued for ten minutes',
        find: 'seconds + secondsOfToken(now, until))',
        replace: 'seconds + 2 * secondsOfToken(now, until))',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/verified-tokens.ts',
    ['test/auth/verified-tokens.test.ts'],
    [
      {
        breaks: 'the memory of tokens does not ask for the key',
        find: 'found?.key === key && found.from <= now',
        replace: 'found !== undefined && found.from <= now',
      },
      { breaks: 'the memory of tokens holds what has ended', find: ' && now < found.until ?', replace: ' ?' },
      {
        breaks: 'the memory of tokens holds what has not begun',
        find: 'found?.key === key && found.from <= now &&',
        replace: 'found?.key === key &&',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/scope.ts',
    ['test/auth/scope.test.ts'],
    [
      { breaks: 'the scopes of a request are not bounded', find: 'texts.slice(0, mostScopes)', replace: 'texts' },
      {
        breaks: 'a scope that comes twice has its last actions',
        find: 'for (const action of scope.actions) known.actions.add(action)',
        replace: 'known.actions = new Set(scope.actions)',
      },
      {
        breaks: 'a scope goes by its name, not its type',
        find: '`${scope.type}:${scope.name}`',
        replace: '`${scope.name}`',
      },
      {
        breaks: 'a name ends at its first colon',
        find: 'text.slice(first + 1, last), actions',
        replace: "text.slice(first + 1).split(':')[0] ?? '', actions",
      },
      { breaks: 'a class is part of the type', find: ".replace(/\\([^)]*\\)$/, '')", replace: '' },
      { breaks: 'a scope without a name is one', find: 'last <= first + 1', replace: 'last <= first' },
    ],
  ),
]
