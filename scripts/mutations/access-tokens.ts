/** Personal access tokens: the statements that count, list, change and delete them. */
import { plantedIn } from './mutation.ts'

export const accessTokens = [
  ...plantedIn(
    'src/db/accounts/access-tokens.ts',
    ['test/routes/api/access-tokens.test.ts'],
    [
      {
        breaks: 'every user reads and deletes the access tokens of all',
        find: 'sql`access_tokens.hash = ${hash} AND access_tokens.account_id = ${ownerId}`',
        replace: 'sql`access_tokens.hash = ${hash} AND ${ownerId} IS NOT NULL`',
      },
      {
        breaks: 'an account may have one access token more',
        find: 'WHERE (SELECT count(*) FROM access_tokens WHERE account_id = ${accountId}) < ${most}`',
        replace: 'WHERE (SELECT count(*) FROM access_tokens WHERE account_id = ${accountId}) < ${most} + 1`',
        tests: ['test/routes/api/access-tokens.test.ts', 'test/limits.test.ts'],
      },
      {
        breaks: 'the access tokens of all accounts count together',
        find: 'WHERE (SELECT count(*) FROM access_tokens WHERE account_id = ${accountId}) < ${most}`',
        replace: 'WHERE (SELECT count(*) FROM access_tokens) < ${most}`',
      },
      {
        breaks: 'the access tokens of all accounts are listed',
        find: 'WHERE account_id = ${accountId} AND (created_at, hash) >=',
        replace: 'WHERE ${accountId} IS NOT NULL AND (created_at, hash) >=',
      },
      {
        breaks: 'a page of access tokens leaves out its first',
        find: '(created_at, hash) >= (',
        replace: '(created_at, hash) > (',
      },
      {
        breaks: 'the unused access tokens of all accounts are deleted',
        find: 'access_tokens.account_id = ${accountId}\n    AND coalesce',
        replace: '${accountId} IS NOT NULL\n    AND coalesce',
      },
      {
        breaks: 'an access token that was used lately is deleted as unused',
        find: 'coalesce(access_tokens.last_used_at, access_tokens.created_at) < ${before}',
        replace: 'access_tokens.created_at < ${before}',
      },
      {
        breaks: 'an access token that was never used is never deleted as unused',
        find: 'coalesce(access_tokens.last_used_at, access_tokens.created_at) < ${before}',
        replace: 'access_tokens.last_used_at < ${before}',
      },
      {
        breaks: 'an access token cannot be switched off',
        find: 'SET label = ${label}, is_active = ${isActive} WHERE',
        replace: 'SET label = ${label} WHERE ${isActive} IS NOT NULL AND',
      },
    ],
  ),
]
