/** Planted bugs about who gets in by which way: cookies of browsers, accounts without a password, senders of junk. */
import { plantedIn } from './mutation.ts'

const cookies = 'test/routes/enzi/session-cookies.test.ts'
const bare = 'test/identity/links/accounts-without-passwords.test.ts'
const bounded = 'test/identity/oidc/bounded.test.ts'

export const gates = [
  ...plantedIn(
    'src/routes/shared/session-cookie.ts',
    [cookies],
    [
      {
        breaks: 'another page changes something with the cookie',
        find: "      await requireCsrfToken(c, secret)\n      c.set('caller', caller)",
        replace: "      c.set('caller', caller)",
      },
      {
        breaks: 'the token of one session is that of all',
        find: 'hashOpaqueToken(`csrf ${secret}`)',
        replace: "hashOpaqueToken(secret.slice(0, 4) + 'csrf')",
      },
      {
        breaks: 'a cookie counts beside other credentials',
        find: "c.req.header('authorization') === undefined ? getCookie(c, cookieName(c)) : undefined",
        replace: 'getCookie(c, cookieName(c))',
      },
      { breaks: 'scripts read the cookie', find: 'httpOnly: true', replace: 'httpOnly: false' },
      { breaks: 'other sites send the cookie', find: "sameSite: 'Strict'", replace: "sameSite: 'Lax'" },
      { breaks: 'another host may set the cookie', find: "'__Host-breakwater'", replace: "'breakwater'" },
      {
        breaks: 'an ended cookie closes what is public',
        find: 'return undefined\n      throw error',
        replace: 'throw error',
      },
    ],
  ),
  ...plantedIn(
    'src/routes/enzi/sessions.ts',
    [cookies],
    [
      {
        breaks: 'another page logs the browser out',
        find: '    await requireCsrfToken(c, ofBrowser)\n',
        replace: '',
      },
      { breaks: 'the browser keeps a dead cookie', find: '    clearSessionCookie(c)\n', replace: '' },
      {
        breaks: 'a script reads the session that the cookie has',
        find: 'cookie ? {} : { auth_token: token }',
        replace: '{ auth_token: token }',
      },
    ],
  ),
  ...plantedIn(
    'src/routes/enzi/user-sessions.ts',
    ['test/routes/enzi/user-sessions.test.ts'],
    [
      {
        breaks: 'an access token changes the policy of sessions',
        find: "  requirePassword(c, { kind: 'declared-by-route', words: changePolicy.administratorsMay })\n",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/routes/api/settings.ts',
    ['test/routes/enzi/user-sessions.test.ts'],
    [
      {
        breaks: 'an access token lengthens what access tokens may last',
        find: 'if (decisive.length > 0) requirePassword',
        replace: 'if (decisive.length > 1) requirePassword',
      },
    ],
  ),
  ...plantedIn(
    'src/accounts/passwords.ts',
    [bare],
    [
      {
        breaks: 'a user of a provider gets a password, or an error without a reason',
        find: "  if (isImported) throw new RegistryError({ kind: 'password-kept-elsewhere', name })\n",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/accounts/teams.ts',
    [bare],
    [
      {
        breaks: 'a service account administers a team',
        find: 'isAdmin === true ? undefined : owned.organization.id',
        replace: 'owned.organization.id',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sso/redeeming.ts',
    [bare],
    [
      {
        breaks: 'a service account is linked to a user of a provider',
        find: '  await refuseServiceAccount(context.db, account.name)\n',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/sso/bounded.ts',
    [bounded],
    [
      {
        breaks: 'a provider is asked for every code that a stranger invents',
        find: "  await refuseIfWaiting(context, 'single sign-on')\n",
        replace: '',
      },
      {
        breaks: 'a stranger is to blame for a provider that is down',
        find: 'error instanceof ExpectedError && blamed.has(error.failure.kind)',
        replace: 'error instanceof ExpectedError',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/oidc/id-token.ts',
    ['test/identity/oidc/id-token.test.ts'],
    [
      { breaks: 'a logout token never ends', find: "['exp', 'jti']", replace: "['jti']" },
      {
        breaks: 'an ID token ends sessions',
        find: "if (nonce !== undefined) throw refused({ kind: 'claim', claim: 'nonce' })",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/identity/documents/document-store.ts',
    ['test/identity/ldap/login-cost.test.ts'],
    [
      {
        breaks: 'a directory that was switched off still costs a round trip',
        find: " AND document ->> 'serverURL' <> ''",
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/accounts/token-alerts.ts',
    ['test/routes/api/limited-tokens.test.ts'],
    [
      {
        breaks: 'no administrator hears of tokens beyond the maximum',
        find: 'late === 0 ? []',
        replace: 'late >= 0 ? []',
      },
    ],
  ),
]
