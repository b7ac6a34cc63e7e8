/** A second provider behind login: a directory that knows its users by an id of its own and makes their accounts. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Attempt, IdentityProvider } from '../../src/auth/identity-provider.ts'
import { checkPasswordWith } from '../../src/auth/login.ts'
import type { Context } from '../../src/context.ts'
import { insertAccount } from '../../src/db/accounts/accounts.ts'
import type { LoginAccount } from '../../src/db/accounts/logins.ts'
import { insertSession } from '../../src/db/accounts/sessions.ts'
import { parseAccountName } from '../../src/names.ts'
import { testContext } from '../support/context.ts'
import { countRows } from '../support/content.ts'
import { events } from '../support/events.ts'

const address = '192.0.2.1'
const password = 'password of dora in the directory'

interface Entry {
  readonly id: string
  readonly password: string
}

class Directory implements IdentityProvider<Entry> {
  /** What was asked, in order. */
  readonly asked: string[] = []
  /** Says yes to every password, which no provider should. */
  isCareless = false
  private readonly entries = new Map<string, Entry>([['dora', { id: 'entry-1', password }]])
  private readonly accounts = new Map<string, LoginAccount>()

  async find(_context: Context, { name }: Attempt): Promise<Entry | undefined> {
    this.asked.push('find')
    return this.entries.get(name)
  }

  async verify(_context: Context, attempt: Attempt, entry: Entry | undefined): Promise<boolean> {
    this.asked.push('verify')
    return this.isCareless || attempt.password === entry?.password
  }

  async linked({ db, now }: Context, { name }: Attempt, { id }: Entry): Promise<LoginAccount> {
    this.asked.push('linked')
    const known = this.accounts.get(id)
    if (known !== undefined) return known
    const facts = { isOrganization: false, fullName: '', passwordHash: null, isAdmin: false, isActive: true }
    const account = await insertAccount(db, { name: parseAccountName(name), ...facts }, { by: '', now })
    const made = { id: account.id, name: account.name, isAdmin: false, passwordHash: null }
    this.accounts.set(id, made)
    return made
  }
}

const logInWith = (directory: Directory, username: string, given: string): Promise<LoginAccount> =>
  checkPasswordWith(directory, testContext({ address }), { username, password: given })

const failureOf = async (login: Promise<LoginAccount>): Promise<unknown> =>
  login.then(
    () => undefined,
    (error: unknown) => error,
  )

it('a user of another provider logs in, with an account that the first login makes', async () => {
  const directory = new Directory()
  const first = await logInWith(directory, 'dora', password)
  expect(first).toMatchObject({ name: 'dora', isAdmin: false })
  expect(await logInWith(directory, 'dora', password)).toEqual(first)
  expect(await countRows('accounts', `name = 'dora' AND password_hash IS NULL`)).toBe(1)
  await expect.poll(() => countRows('login_addresses', `account_id = '${first.id}'`)).toBe(1)
  await expect.poll(() => countRows('login_failures')).toBe(0)
})

it('a user of another provider has sessions, until the account has a password of its own', async () => {
  const { id: accountId, passwordHash } = await logInWith(new Directory(), 'dora', password)
  const { db, now } = testContext()
  const begin = (hash: string) => insertSession(db, { hash, accountId, passwordHash, address: '', agent: '', now })
  expect(await begin('one')).toBe(true)
  await env.DB.prepare(`UPDATE accounts SET password_hash = 'a hash'`).run()
  expect(await begin('another')).toBe(false)
})

it('guesses at a user of another provider are slowed down before the provider hears of them', async () => {
  const directory = new Directory()
  for (let at = 0; at < 5; at++) {
    expect(await failureOf(logInWith(directory, 'dora', `guess ${at}`))).toMatchObject({
      failure: { kind: 'unauthorized' },
    })
  }
  await env.DB.prepare('UPDATE login_failures SET last_at = last_at + 60000').run()
  directory.asked.length = 0
  expect(await failureOf(logInWith(directory, 'dora', password))).toMatchObject({
    failure: { kind: 'too-many-logins' },
  })
  expect(directory.asked).toEqual([])
  expect(await events(`type = 'FAIL' AND object_name = 'dora'`)).toHaveLength(5)
})

it('an unknown user costs a provider the same work as a known one, and gets the same answer', async () => {
  const failedAs = async (name: string) => {
    const directory = new Directory()
    const failure = await failureOf(logInWith(directory, name, 'a guess'))
    return { failure, asked: directory.asked }
  }
  const known = await failedAs('dora')
  expect(known).toMatchObject({ asked: ['find', 'verify'], failure: { failure: { kind: 'unauthorized' } } })
  expect(await failedAs('zoe')).toEqual(known)
  expect(await failedAs('NOT A NAME')).toEqual(known)
})

it('an unknown user is refused even where a provider says that the password is right', async () => {
  const directory = new Directory()
  directory.isCareless = true
  expect(await failureOf(logInWith(directory, 'zoe', 'a guess'))).toMatchObject({ failure: { kind: 'unauthorized' } })
  expect(await countRows('accounts')).toBe(0)
})
