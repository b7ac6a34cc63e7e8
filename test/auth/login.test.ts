/** Logins against the real D1: failures are counted, slowed down and recorded, and strangers lock out no user. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { guessKey } from '../../src/auth/guess.ts'
import { hashPassword, needsRehash, verifyPassword } from '../../src/auth/password.ts'
import { header, problemOf, send, withPassword } from '../support/client.ts'
import { countRows } from '../support/content.ts'
import { anAccessToken, anAccount } from '../support/people.ts'
import { events } from '../support/events.ts'

const password = 'password of alice'
const [home, elsewhere] = ['192.0.2.1', '198.51.100.7']

beforeEach(() => anAccount('alice', password))
afterEach(() => vi.restoreAllMocks())

const logInFrom = (address: string, given: string, name = 'alice') =>
  withPassword(name, given)('GET', '/auth/token', { headers: { 'cf-connecting-ip': address } })

async function fail(times: number, address: string, name = 'alice'): Promise<void> {
  for (let at = 0; at < times; at++) await logInFrom(address, `guess ${at}`, name)
}

/** As if so many had failed, the last one just now. */
async function failed(key: string, count: number): Promise<void> {
  await env.DB.prepare('INSERT INTO login_failures (key, count, last_at) VALUES (?, ?, ?)')
    .bind(key, count, Date.now())
    .run()
}

/** As if all that failed had failed just now, however long this machine took for it. */
const justNow = () => env.DB.prepare('UPDATE login_failures SET last_at = last_at + 60000').run()

/** What a login leaves to the background. */
async function known(address: string): Promise<void> {
  await expect
    .poll(() => countRows('login_addresses', `address = '${address}'`), { timeout: 5000, interval: 20 })
    .toBe(1)
}

/** Runs work while argon2 has no memory, neither an old one nor a new one. */
async function withoutHashing(work: () => Promise<void>): Promise<void> {
  vi.spyOn(console, 'error').mockReturnValue()
  await expect(verifyPassword('$argon2id$broken', 'x')).rejects.toThrow('short of memory')
  vi.spyOn(WebAssembly, 'Instance').mockImplementation(function runOut() {
    throw new RangeError('out of memory')
  })
  await work()
  vi.restoreAllMocks()
}

describe('a login that fails', () => {
  it('is written down, with the name that was tried and the address', async () => {
    await fail(1, home)
    await fail(1, home, 'nobody')
    await fail(1, home, 'NOT A NAME')
    expect(await events(`type = 'FAIL'`)).toMatchObject([
      { actor: '', objectType: 'login', objectName: 'alice', content: { address: home } },
      { objectName: 'nobody' },
      { objectName: '' },
    ])
  })

  it('too often must wait, also with the right password, and is told how long', async () => {
    await fail(5, home)
    await justNow()
    const response = await logInFrom(home, password)
    expect(response.status).toBe(429)
    expect(Number(header(response, 'retry-after'))).toBeGreaterThan(0)
    const { code, message } = await problemOf(response)
    expect(code).toBe('TOOMANYREQUESTS')
    expect(message).toMatch(/wait \d+ seconds? and try again, or use an access token/)
  })

  it('too often is refused before the password is looked at, so it is no longer counted', async () => {
    await fail(8, home)
    expect(await countRows('login_failures', `key = 'account alice from ${home}' AND count = 5`)).toBe(1)
    expect(await events(`type = 'FAIL'`)).toHaveLength(5)
  })

  it('counts once as long as the same password is sent, so a job that sends an old one does not lock out its owner', async () => {
    for (let at = 0; at < 20; at++) expect((await logInFrom(home, 'a password of yesterday')).status).toBe(401)
    expect(await countRows('login_failures', `key = 'account alice from ${home}' AND count = 1`)).toBe(1)
    expect(await countRows('login_failures', `key = 'address ${home}' AND count = 1`)).toBe(1)
    expect(await events(`type = 'FAIL'`)).toHaveLength(1)
    expect((await logInFrom(home, password)).status).toBe(200)
    for (let at = 0; at < 10; at++) {
      expect((await logInFrom(home, 'a password of yesterday')).status).toBe(401)
      expect((await logInFrom(home, password)).status).toBe(200)
    }
  })

  it('is hashed once as long as the same password is sent, so that it costs others nothing', async () => {
    const names = ['alice', 'nobody']
    for (const name of names) expect((await logInFrom(home, 'a password of yesterday', name)).status).toBe(401)
    await withoutHashing(async () => {
      for (const name of names) expect((await logInFrom(home, 'a password of yesterday', name)).status).toBe(401)
      expect((await logInFrom(home, 'another guess')).status).toBe(503)
    })
    await env.DB.prepare('UPDATE accounts SET password_hash = ?')
      .bind(await hashPassword('a password of yesterday'))
      .run()
    expect((await logInFrom(home, 'a password of yesterday')).status).toBe(200)
  })

  it('leaves nothing behind by which the password could be guessed', async () => {
    await logInFrom(home, 'a password of yesterday')
    const { results } = await env.DB.prepare('SELECT key FROM login_failures').all<{ key: string }>()
    const [tried = '', ...others] = results.map(({ key }) => key).filter((key) => key.includes('tried'))
    expect(others).toEqual([])
    expect(tried).toMatch(/^account alice from 192\.0\.2\.1 tried [A-Za-z0-9+/]{43}=$/)
    const secrets = { current: 'x'.repeat(32), previous: undefined }
    expect(await guessKey(secrets, `account alice from ${home}`, 'a password of yesterday')).not.toBe(tried)
  })

  it('does not show that two accounts were tried with the same password', async () => {
    const secrets = { current: 'x'.repeat(32), previous: undefined }
    const codeFor = async (trial: string) => (await guessKey(secrets, trial, password)).slice(trial.length)
    expect(await codeFor('account alice from here')).not.toBe(await codeFor('account bob from here'))
  })

  it('is heard up to the limit and no further, however many come at the same time', async () => {
    const guesses = Array.from({ length: 60 }, (_, at) => logInFrom(home, `guess ${at}`))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(55)
  })

  it('is not heard beyond the limit either where the password among others is right', async () => {
    const guesses = Array.from({ length: 20 }, (_, at) => logInFrom(home, at === 15 ? password : `guess ${at}`))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 429)).toHaveLength(15)
    expect(statuses[15]).toBe(429)
  })

  it('with many accounts at the same time is heard up to the limit of the address', async () => {
    await failed(`address ${home}`, 45)
    const guesses = Array.from({ length: 20 }, (_, at) => logInFrom(home, 'a guess', `user-${at}`))
    expect((await Promise.all(guesses)).filter(({ status }) => status === 401)).toHaveLength(5)
  })

  it('may be tried again when the time has passed', async () => {
    await fail(5, home)
    await env.DB.prepare('UPDATE login_failures SET last_at = last_at - 2000').run()
    expect((await logInFrom(home, password)).status).toBe(200)
  })

  it('may be tried again once, however many tries come at the same time', async () => {
    await failed(`account alice from ${home}`, 10)
    await env.DB.prepare('UPDATE login_failures SET last_at = last_at - 33000').run()
    const answers = await Promise.all(Array.from({ length: 20 }, () => logInFrom(home, 'a guess')))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(19)
  })

  it('counts the same for a user that there is and one that there is not', async () => {
    await fail(5, home, 'alice')
    await fail(5, elsewhere, 'nobody')
    await justNow()
    const [one, other] = [await logInFrom(home, 'a guess'), await logInFrom(elsewhere, 'a guess', 'nobody')]
    expect([one.status, other.status]).toEqual([429, 429])
    expect((await one.text()).replace(/\d+/g, '')).toBe((await other.text()).replace(/\d+/g, ''))
  })

  it('from an address that tries many accounts slows down that address alone', async () => {
    await failed(`address ${elsewhere}`, 60)
    expect((await logInFrom(elsewhere, password)).status).toBe(429)
    expect((await logInFrom(home, password)).status).toBe(200)
  })

  it('is forgiven where the right password follows', async () => {
    await fail(4, home)
    expect((await logInFrom(home, password)).status).toBe(200)
    await expect.poll(() => countRows('login_failures', `key LIKE 'account alice from%'`)).toBe(0)
    await fail(4, home)
    expect((await logInFrom(home, password)).status).toBe(200)
  })

  it('is forgiven at an address that is known, too', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < 4; at++) expect((await logInFrom(home, `guess ${round} ${at}`)).status).toBe(401)
      expect((await logInFrom(home, password)).status).toBe(200)
      await expect.poll(() => countRows('login_failures', `key LIKE 'account alice from%'`)).toBe(0)
    }
  })
})

describe('a password that cannot be looked at', () => {
  it('is a 503 and no failed login, as argon2 has no memory', async () => {
    await withoutHashing(async () => {
      for (const given of [password, 'a guess']) {
        const response = await logInFrom(home, given)
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
        expect((await problemOf(response)).message).toContain('wait a few seconds and try again')
      }
    })
    expect(await events(`type = 'FAIL'`)).toEqual([])
    expect((await logInFrom(home, password)).status).toBe(200)
  })
})

describe('a wrong password that is not ASCII', () => {
  it('is told that it may have to be set again, whether there is such a user or not', async () => {
    const tell = async (name: string): Promise<string> =>
      (await problemOf(await logInAs(name, 'парольпароль-one-AAAA'))).message
    expect(await tell('alice')).toMatch(/^wrong username or password.*non-ASCII.*must be reset by an administrator/)
    expect(await tell('nobody')).toBe(await tell('alice'))
    expect((await problemOf(await logInFrom(home, 'a guess'))).message).not.toContain('ASCII')
  })

  const logInAs = (name: string, given: string): Promise<Response> => {
    const bytes = new TextEncoder().encode(`${name}:${given}`)
    const authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`
    return send('GET', '/auth/token', { headers: { authorization, 'cf-connecting-ip': home } })
  }
})

describe('strangers', () => {
  it('who try a user from everywhere do not lock the user out of where they work', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    await failed('account alice', 100_000)
    expect((await logInFrom(home, password)).status).toBe(200)
  })

  it('who try a user from many places do not lock out the owner at a new place, and have one guess in each', async () => {
    await failed('account alice', 100_000)
    expect((await logInFrom(home, password)).status).toBe(200)
    expect((await logInFrom(elsewhere, 'a guess')).status).toBe(401)
    expect((await logInFrom(elsewhere, password)).status).toBe(429)
  })

  it('whose revoked access token is sent on and on do not keep the people beside them from logging in', async () => {
    const token = `bwa_${'A'.repeat(43)}`
    for (let at = 0; at < 60; at++) await logInFrom(home, token, 'robot')
    expect((await logInFrom(home, token, 'robot')).status).toBe(429)
    expect((await logInFrom(home, password)).status).toBe(200)
  })

  it('who send wrong access tokens from all of a /48 are slowed down, as each writes a row', async () => {
    const place = (subnet: number): string => `2001:db8:1:${subnet.toString(16)}::1`
    const token = `bwa_${'A'.repeat(43)}`
    for (let at = 0; at < 3; at++) expect((await logInFrom(place(at * 0x100), token)).status).toBe(401)
    expect(await countRows('login_failures', `key = 'access tokens from 2001:db8:1::/48' AND count = 3`)).toBe(1)
    await env.DB.prepare(`UPDATE login_failures SET count = 200 WHERE key = 'access tokens from 2001:db8:1::/48'`).run()
    await justNow()
    expect((await logInFrom(place(0xff00), token)).status).toBe(429)
    expect((await logInFrom('2001:db8:2::1', token)).status).toBe(401)
    expect((await logInFrom(place(0xff00), password)).status).toBe(200)
  })

  it('who try other users from the same address do not slow down one who is at home there', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    await failed(`address ${home}`, 100_000)
    expect((await logInFrom(home, password)).status).toBe(200)
    expect((await logInFrom(home, 'a guess', 'nobody')).status).toBe(429)
  })

  it('elsewhere do not slow down the user here', async () => {
    await fail(6, elsewhere)
    await justNow()
    expect((await logInFrom(elsewhere, password)).status).toBe(429)
    expect((await logInFrom(home, password)).status).toBe(200)
  })
})

describe('a login that succeeds', () => {
  it('is heard from sixty clients at once, which send the same password', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => logInFrom(home, password)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60)
    await expect.poll(() => countRows('login_failures')).toBe(0)
  })

  it('is taken back from all that it was counted under', async () => {
    await failed(`address ${home}`, 7)
    await failed('account alice', 9)
    expect((await logInFrom(home, password)).status).toBe(200)
    await expect.poll(() => countRows('login_failures', `key LIKE 'account alice from%'`)).toBe(0)
    expect(await countRows('login_failures', 'count IN (7, 9)')).toBe(2)
  })

  it('with a password that was changed meanwhile fails, in the isolate that knew it too', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    await env.DB.prepare('UPDATE accounts SET password_hash = ?')
      .bind(await hashPassword('another password'))
      .run()
    expect((await logInFrom(home, password)).status).toBe(401)
    expect((await logInFrom(home, 'another password')).status).toBe(200)
    await env.DB.prepare('UPDATE accounts SET is_active = 0').run()
    expect((await logInFrom(home, 'another password')).status).toBe(401)
  })

  it('must wait where others have failed, in the isolate that knows the password too', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    await fail(5, home)
    await justNow()
    expect((await logInFrom(home, password)).status).toBe(429)
  })

  it('writes nothing when nothing is new', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    const before = await env.DB.prepare('SELECT last_at FROM login_addresses').first('last_at')
    expect((await logInFrom(home, password)).status).toBe(200)
    expect(await env.DB.prepare('SELECT last_at FROM login_addresses').first('last_at')).toBe(before)
    expect(await countRows('login_failures')).toBe(0)
  })

  it('forgives what was counted for the account in the networks around', async () => {
    const inNetwork = '2001:db8:1:2::1'
    await fail(2, inNetwork)
    expect(await countRows('login_failures', `key LIKE 'account alice from 2001:db8:1:%/48'`)).toBe(1)
    expect((await logInFrom(inNetwork, password)).status).toBe(200)
    await expect.poll(() => countRows('login_failures', `key LIKE 'account alice from%'`)).toBe(0)
  })

  it('renews the memory of the address when that is older than a day', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    const yesterday = Date.now() - 25 * 3_600_000
    await env.DB.prepare('UPDATE login_addresses SET last_at = ?').bind(yesterday).run()
    expect((await logInFrom(home, password)).status).toBe(200)
    await expect.poll(() => countRows('login_addresses', `last_at > ${yesterday}`)).toBe(1)
  })

  it('hashes a password again that was hashed with older parameters', async () => {
    const older = '$argon2id$v=19$m=64,t=1,p=1$1qnaCaH1tTDbUTX1cYhgng$0bKR89H4PwbvkSOmdbhJe/5jI28QMdmQqpOBQMXYmpI'
    await env.DB.prepare('UPDATE accounts SET password_hash = ?').bind(older).run()
    expect((await logInFrom(home, 'password')).status).toBe(200)
    const renewed = (await env.DB.prepare('SELECT password_hash FROM accounts').first<string>('password_hash')) ?? ''
    expect(needsRehash(renewed)).toBe(false)
    expect((await logInFrom(home, 'password')).status).toBe(200)
  })

  it('takes a name in capitals, with the password and with an access token', async () => {
    expect((await logInFrom(home, password, 'Alice')).status).toBe(200)
    expect((await logInFrom(home, await anAccessToken('alice'), 'Alice')).status).toBe(200)
  })

  it('takes a password that only looks like a token of the registry', async () => {
    const likeSession = `bws_${'x'.repeat(43)}`
    await anAccount('carol', likeSession)
    expect((await logInFrom(home, likeSession, 'carol')).status).toBe(200)
  })

  it('is none of an organization, not even with a password', async () => {
    await env.DB.prepare('UPDATE accounts SET is_organization = 1').run()
    expect((await logInFrom(home, password)).status).toBe(401)
  })

  it('takes a /56 and a /48 of IPv6 for one place after more failures', async () => {
    const place = (subnet: number): string => `2001:db8:1:${subnet.toString(16)}::1`
    for (let at = 0; at < 10; at++) expect((await logInFrom(place(at), `guess ${at}`)).status).toBe(401)
    await justNow()
    expect((await logInFrom(place(0xff), password)).status).toBe(429)
    for (let at = 10; at < 20; at++) expect((await logInFrom(place(at * 0x100), `guess ${at}`)).status).toBe(401)
    await justNow()
    expect((await logInFrom(place(0xfff0), password)).status).toBe(429)
    expect((await logInFrom('2001:db8:2::1', password)).status).toBe(200)
  })

  it('takes the whole network of an IPv6 address for one place', async () => {
    await fail(5, '2001:db8:1:2::1')
    await justNow()
    expect((await logInFrom('2001:db8:1:2::ffff', password)).status).toBe(429)
    expect((await logInFrom('2001:db8:1:3::1', password)).status).toBe(200)
  })
})
