/** Logins: what is counted, what must wait, what is forgiven, and which accounts and sessions log in. */
import { plantedIn } from './mutation.ts'

export const logins = [
  ...plantedIn(
    'src/auth/wrong-tokens.ts',
    ['test/auth/login.test.ts'],
    [
      {
        breaks: 'a wrong access token never has to wait',
        find: '  refuseTooEarly(secondsToWait(rules, await findFailures(db, keys), false, now))\n',
        replace: '',
      },
      {
        breaks: 'a wrong access token is not counted',
        find: 'await writeDown(context, name, keys, details)',
        replace: 'await writeDown(context, name, [], details)',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/login.ts',
    ['test/auth/login.test.ts'],
    [
      {
        breaks: 'failures at a known address are not forgiven',
        find: 'isCounted || hasTrials(guess.rules, failures) ||',
        replace: 'isCounted ||',
      },
      { breaks: 'a password that must wait is checked', find: '  refuseTooEarly(wait)\n', replace: '' },
      {
        breaks: 'an access token logs in under any name',
        find: 'found?.account.name === name',
        replace: 'found !== undefined',
        tests: ['test/routes/api/access-tokens.test.ts', 'test/auth/login.test.ts'],
      },
      {
        breaks: 'an unknown user costs less work than a known one',
        find: 'await provider.verify(context, attempt, identity)',
        replace: 'identity !== undefined && (await provider.verify(context, attempt, identity))',
        tests: ['test/auth/identity-provider.test.ts'],
      },
      {
        breaks: 'an unknown user logs in where the provider says yes',
        find: 'identity === undefined || !isRight',
        replace: '!isRight',
        tests: ['test/auth/identity-provider.test.ts'],
      },
      {
        breaks: 'a failed login with a password leaves no event',
        find: '    if (isCounted) await writeDown(context, name, [])\n',
        replace: '',
      },
      {
        breaks: 'an access token proves as much as a password',
        find: "proof: 'access token', until }",
        replace: "proof: 'password', until }",
        tests: ['test/routes/api/access-tokens.test.ts'],
      },
      {
        breaks: 'an address where an account logs in every day is forgotten',
        find: '(lastSeenAt ?? 0) < staleBefore',
        replace: 'false',
      },
      {
        breaks: 'the last use of an access token is not written down',
        find: 'if ((lastUsedAt ?? 0) < now - touchEverySeconds * 1000) context',
        replace: 'if (now < 0) context',
        tests: ['test/routes/api/access-tokens.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/auth/managed-password.ts',
    ['test/auth/login.test.ts'],
    [
      {
        breaks: 'a wrong password that is sent again is hashed again',
        find: '  if (isRefuted(key, passwordHash)) return false\n',
        replace: '',
      },
      {
        breaks: 'a password stays right after it was changed',
        find: 'passwordHash !== null && passwordHash === provenHash(key)',
        replace: 'provenHash(key) !== null',
      },
      {
        breaks: 'a password that was hashed with older parameters is not hashed again',
        find: 'if (!needsRehash(user.passwordHash)) return user',
        replace: 'if (password.length > 0) return user',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/throttle.ts',
    ['test/auth/throttle.test.ts'],
    [
      {
        breaks: 'what strangers do counts at a known address',
        find: "applies === 'always' || (!isKnown && (applies",
        replace: "applies === 'always' || ((applies",
      },
      {
        breaks: 'the account counts where it was never tried',
        find: "(applies === 'unless-known' || wasTried)",
        replace: "(applies === 'unless-known' || applies === 'where-tried')",
      },
      {
        breaks: 'a wait never passes an hour',
        find: 'found !== undefined && isFresh(found, now)',
        replace: 'found !== undefined',
      },
      {
        breaks: 'the networks of an address count as soon as it',
        find: 'free: freeGuesses.accountFromNetwork * factor',
        replace: 'free: freeGuesses.accountFromNetwork',
      },
      {
        breaks: 'the networks of an address count always',
        find: "network === address ? ('always' as const) : ('unless-known' as const)",
        replace: "'always' as const",
      },
      { breaks: 'one guess more is free', find: 'if (beyond < 0) return 0', replace: 'if (beyond <= 0) return 0' },
      { breaks: 'a wait has no end', find: 'Math.min(2 ** beyond, longestWaitSeconds)', replace: '2 ** beyond' },
      { breaks: 'a wait is a second shorter', find: 'Math.ceil((lastAt', replace: 'Math.floor((lastAt' },
      {
        breaks: 'a trial of one account is one of all',
        find: '`account ${name} from ${network}`',
        replace: '`account ${name === "" ? name : "x"} from ${network}`',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/network.ts',
    ['test/auth/network.test.ts'],
    [
      { breaks: 'an IPv6 address counts alone', find: '`${site}:${fourth}::/64`', replace: '`${address}`' },
      { breaks: 'an IPv4 address in IPv6 is another', find: '/^(?:::ffff:)?((', replace: '/^((' },
      { breaks: 'zeros make another network', find: '.map(trimZeros)\n}', replace: '\n}' },
    ],
  ),
  ...plantedIn(
    'src/db/accounts/sessions.ts',
    ['test/routes/enzi/user-sessions.test.ts'],
    [
      {
        breaks: 'a session never ends',
        find: 'AND sessions.expires_at > ${now} AND',
        replace: 'AND ${now} > 0 AND',
        tests: ['test/routes/enzi/sessions.test.ts'],
      },
      {
        breaks: 'a session is good at the moment it ends',
        find: 'AND sessions.expires_at > ${now} AND',
        replace: 'AND sessions.expires_at >= ${now} AND',
        tests: ['test/accounts/sessions.test.ts'],
      },
      {
        breaks: 'a session of a deactivated account goes on',
        find: 'AND sessions.expires_at > ${now} AND accounts.is_active = 1`',
        replace: 'AND sessions.expires_at > ${now}`',
        tests: ['test/accounts/sessions.test.ts'],
      },
      {
        breaks: 'a session begins with a password that was changed meanwhile',
        find: 'WHERE id = ${accountId} AND password_hash IS ${passwordHash} AND is_active = 1\n',
        replace: 'WHERE id = ${accountId} AND ${passwordHash} IS NOT NULL AND is_active = 1\n',
        tests: ['test/accounts/sessions.test.ts', 'test/routes/enzi/sessions.test.ts'],
      },
      {
        breaks: 'a session begins for a deactivated account',
        find: 'AND password_hash IS ${passwordHash} AND is_active = 1\n',
        replace: 'AND password_hash IS ${passwordHash}\n',
        tests: ['test/accounts/sessions.test.ts', 'test/routes/enzi/sessions.test.ts'],
      },
      {
        breaks: 'sessions of all accounts are counted together',
        find: 'SELECT rowid FROM sessions WHERE account_id = ${accountId}\n',
        replace: 'SELECT rowid FROM sessions WHERE ${accountId} IS NOT NULL\n',
        tests: ['test/routes/enzi/sessions.test.ts', 'test/limits.test.ts', 'test/accounts/sessions.test.ts'],
      },
      {
        breaks: 'a logout ends all sessions',
        find: 'DELETE FROM sessions WHERE hash = ${hash}`',
        replace: 'DELETE FROM sessions WHERE ${hash} IS NOT NULL`',
        tests: ['test/routes/enzi/sessions.test.ts'],
      },
      {
        breaks: 'a service account has sessions',
        find: 'AND NOT EXISTS (SELECT 1 FROM service_accounts WHERE service_accounts.account_id = accounts.id)',
        replace: '',
        tests: ['test/routes/enzi/service-accounts.test.ts'],
      },
      {
        breaks: 'every use of a session writes',
        find: ' AND last_used_at < ${before}`',
        replace: ' AND ${before} > 0`',
        equivalent: 'login asks for it only when the last note is old: the condition is for requests at once',
      },
      {
        breaks: 'a session is renewed by every use',
        find: 'expires_at - ${now} <= ${minuteMilliseconds} * ${threshold},',
        replace: 'expires_at - ${now} > 0 AND ${threshold} >= 0,',
        tests: ['test/routes/enzi/user-sessions.test.ts'],
      },
      {
        breaks: 'the oldest session gives way, though it is in use',
        find: 'ORDER BY last_used_at DESC, expires_at DESC',
        replace: 'ORDER BY expires_at DESC, last_used_at DESC',
        tests: ['test/routes/enzi/user-sessions.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/db/accounts/logins.ts',
    ['test/auth/login.test.ts'],
    [
      {
        breaks: 'a deactivated account logs in',
        find: 'WHERE name = ${name} AND is_active = 1 AND is_organization = 0`',
        replace: 'WHERE name = ${name} AND is_organization = 0`',
      },
      {
        breaks: 'an organization logs in',
        find: 'WHERE name = ${name} AND is_active = 1 AND is_organization = 0`',
        replace: 'WHERE name = ${name} AND is_active = 1`',
      },
      {
        breaks: 'an access token that is switched off logs in',
        find: ' AND access_tokens.is_active = 1 AND accounts.is_active = 1`',
        replace: ' AND accounts.is_active = 1`',
        tests: ['test/routes/api/access-tokens.test.ts'],
      },
      {
        breaks: 'an access token of a deactivated account logs in',
        find: ' AND access_tokens.is_active = 1 AND accounts.is_active = 1`',
        replace: ' AND access_tokens.is_active = 1`',
        tests: ['test/routes/api/access-tokens.test.ts'],
      },
      {
        breaks: 'any access token logs in',
        find: 'WHERE access_tokens.hash = ${hash} AND access_tokens.is_active',
        replace: 'WHERE ${hash} IS NOT NULL AND access_tokens.is_active',
        tests: ['test/routes/api/access-tokens.test.ts', 'test/auth/login.test.ts'],
      },
      {
        breaks: 'a password is counted as a guess though it is known to be right',
        find: 'WHERE NOT EXISTS (SELECT 1 FROM ${accountOf(guess)} AND (password_hash = ${provenHash} OR id = ${provenId}))\n',
        replace: 'WHERE (${provenHash} IS NULL OR ${provenId} IS NULL OR true)\n',
        tests: ['test/db/accounts/logins.test.ts'],
      },
      {
        breaks: 'the same wrong password counts again',
        find: '      AND NOT EXISTS (SELECT 1 FROM login_failures WHERE key = ${key} AND last_at > ${since})\n',
        replace: '      AND ${key} IS NOT NULL\n',
        tests: ['test/db/accounts/logins.test.ts'],
      },
      {
        breaks: 'a wrong password that was counted long ago never counts again',
        find: 'WHERE key = ${key} AND last_at > ${since})',
        replace: 'WHERE key = ${key} AND ${since} > 0)',
        tests: ['test/db/accounts/logins.test.ts'],
      },
      {
        breaks: 'a guess counts though it must wait',
        find: 'WHERE count >= free\n',
        replace: 'WHERE count >= free + 1000000\n',
        tests: ['test/db/accounts/logins.test.ts'],
      },
      {
        breaks: 'an address that one account is known at is known for all',
        find: 'address = ${address} AND account_id IN (SELECT id FROM ${accountOf(guess)}))`',
        replace: 'address = ${address})`',
        tests: ['test/db/accounts/logins.test.ts'],
      },
      {
        breaks: 'an account that is known at one address is known at all',
        find: 'WHERE address = ${address} AND account_id IN',
        replace: 'WHERE ${address} IS NOT NULL AND account_id IN',
        tests: ['test/db/accounts/logins.test.ts'],
      },
      {
        breaks: 'an address counts as seen because another account was there',
        find: 'WHERE account_id = accounts.id AND address = ${guess.address}) AS knownSince',
        replace: 'WHERE address = ${guess.address}) AS knownSince',
        tests: ['test/db/accounts/logins.test.ts'],
      },
      {
        breaks: 'an account counts as seen at addresses where it never was',
        find: 'WHERE account_id = accounts.id AND address = ${guess.address}) AS knownSince',
        replace: 'WHERE account_id = accounts.id AND ${guess.address} IS NOT NULL) AS knownSince',
        tests: ['test/db/accounts/logins.test.ts'],
      },
      {
        breaks: 'a count never begins again',
        find: 'SET count = CASE WHEN last_at <= ${since} THEN 1 ELSE count + 1 END, last_at = excluded.last_at`',
        replace: 'SET count = CASE WHEN ${since} < 0 THEN 1 ELSE count + 1 END, last_at = excluded.last_at`',
        tests: ['test/db/accounts/logins.test.ts'],
      },
      {
        breaks: 'a login forgives what is counted beyond its address',
        find: 'filter((rule) => rule.isTrial === isTrial)',
        replace: 'filter((rule) => rule.isTrial === isTrial || isTrial)',
      },
      {
        breaks: 'a login does not forgive the failures at its address',
        find: 'WHERE key IN (SELECT value FROM json_each(${keysWhere(true)})) OR key >=',
        replace: 'WHERE key >=',
      },
      {
        breaks: 'a login does not forget the wrong passwords from its address',
        find: ' OR key >= ${guess.trialKey} AND key < ${`${guess.trialKey}!`}`',
        replace: '`',
      },
      {
        breaks: 'a right password stays counted as a guess',
        find: 'sql`UPDATE login_failures SET count = count - 1 WHERE ${others}`',
        replace: 'sql`UPDATE login_failures SET count = count - 0 WHERE ${others}`',
      },
      {
        breaks: 'counts of zero are kept',
        find: 'sql`DELETE FROM login_failures WHERE ${others} AND count <= 0`',
        replace: 'sql`DELETE FROM login_failures WHERE ${others} AND count < 0`',
      },
    ],
  ),
  ...plantedIn(
    'src/db/accounts/login-trimming.ts',
    ['test/events/retention.test.ts'],
    [
      {
        breaks: 'sessions that have ended are never deleted',
        find: 'DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at <= ${now} LIMIT',
        replace:
          'DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at <= ${now} - 1000000000000 LIMIT',
      },
      {
        breaks: 'sessions that have not ended are deleted',
        find: 'SELECT hash FROM sessions WHERE expires_at <= ${now} LIMIT',
        replace: 'SELECT hash FROM sessions WHERE ${now} > 0 LIMIT',
      },
      {
        breaks: 'failures that still count are deleted',
        find: 'SELECT key FROM login_failures WHERE last_at < ${failuresBefore} LIMIT',
        replace: 'SELECT key FROM login_failures WHERE ${failuresBefore} > 0 LIMIT',
      },
      {
        breaks: 'addresses that are still known are deleted',
        find: 'FROM login_addresses WHERE last_at < ${addressesBefore} LIMIT',
        replace: 'FROM login_addresses WHERE ${addressesBefore} > 0 LIMIT',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/guess.ts',
    ['test/auth/login.test.ts'],
    [
      {
        breaks: 'a guess is known by its password alone',
        find: 'JSON.stringify([trialKey, password])',
        replace: 'JSON.stringify([password])',
      },
      {
        breaks: 'a password is right because another one was',
        find: 'proven.get(guess) ?? null',
        replace: '[...proven.values()][0] ?? null',
      },
      {
        breaks: 'a password stays wrong after it was set',
        find: 'refuted.get(guess) === passwordHash',
        replace: 'refuted.has(guess)',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/opaque-token.ts',
    ['test/routes/api/access-tokens.test.ts', 'test/routes/enzi/sessions.test.ts', 'test/auth/login.test.ts'],
    [
      {
        breaks: 'a secret of one kind passes for another kind',
        find: 'text.startsWith(prefix) && pattern',
        replace: 'pattern',
        tests: ['test/auth/login.test.ts'],
      },
    ],
  ),
  ...plantedIn(
    'src/auth/password.ts',
    ['test/auth/password.test.ts'],
    [
      {
        breaks: 'each check makes an instance of its own',
        find: 'lastUsed?.deref() ?? new Argon2',
        replace: 'new Argon2',
      },
      {
        breaks: 'the instance is held for ever',
        find: 'lastUsed = new WeakRef(argon2)',
        replace: 'lastUsed = Object.assign(new WeakRef(argon2), { deref: () => argon2 })',
      },
    ],
  ),
  ...plantedIn(
    'src/auth/proof.ts',
    ['test/routes/enzi/sessions.test.ts'],
    [
      {
        breaks: 'an access token may decide who gets in',
        find: "proof !== 'access token'",
        replace: 'proof.length > 0',
        tests: ['test/routes/api/access-tokens.test.ts'],
      },
    ],
  ),
]
