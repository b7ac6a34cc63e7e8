/** The SQL that makes an administrator again. Wrangler takes no parameters, so values are written as literals. */
import { randomUUID } from 'node:crypto'
import type { AccountName } from '../../../src/names.ts'

/**
 * Makes the statements of a recovery, to be run in one transaction, which fails where the name is an organization's.
 *
 * @param recovery `passwordHash` is a PHC string; `endsAccessTokens` deletes the access tokens of the user too
 */
export function recoveryStatements(
  name: AccountName,
  { passwordHash, endsAccessTokens }: { readonly passwordHash: string; readonly endsAccessTokens: boolean },
  now: number,
): string[] {
  const [account, hash] = [literal(name), literal(passwordHash)]
  // SQL cannot raise an error outside of a trigger; a path that is none appears in the error's text.
  const refusal = `json_extract('{}', name || ' is an organization: name a user')`
  const content = literal(JSON.stringify({ isAdmin: true, isActive: true, password: 'changed' }))
  return [
    `INSERT INTO accounts (id, name, password_hash, is_admin, is_active, created_at)
VALUES (${literal(randomUUID())}, ${account}, ${hash}, 1, 1, ${now})
ON CONFLICT (name) DO UPDATE SET
  password_hash = excluded.password_hash, is_active = 1,
  is_admin = CASE is_organization WHEN 0 THEN 1 ELSE ${refusal} END`,
    `DELETE FROM sessions WHERE account_id = (SELECT id FROM accounts WHERE name = ${account})`,
    ...(endsAccessTokens
      ? [`DELETE FROM access_tokens WHERE account_id = (SELECT id FROM accounts WHERE name = ${account})`]
      : []),
    // A user who lost a password has tried some, and is not to wait for that.
    `DELETE FROM login_failures
WHERE key = ${literal(`account ${name}`)} OR key >= ${literal(`account ${name} from `)} AND key < ${literal(`account ${name} from!`)}`,
    `INSERT INTO events (published_at, actor, type, object_type, object_id, object_name, content)
SELECT ${now}, '', 'UPDATE', 'account', id, name, ${content} FROM accounts WHERE name = ${account}`,
  ]
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
