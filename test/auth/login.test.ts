/** Logins against the real D1: what fails is counted, slowed down and written down, and strangers lock nobody out. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { header, problemOf, withPassword } from '../support/client.ts'
import { countRows } from '../support/content.ts'
import { anAccount } from '../support/people.ts'
import { events } from '../support/events.ts'

const password = 'password of alice'
const [home, elsewhere] = ['192.0.2.1', '198.51.100.7']

beforeEach(() => anAccount('alice', password))

const logInFrom = (address: string, given: string, name = 'alice') =>
  withPassword(name, given)('GET', '/auth/token', { headers: { 'cf-connecting-ip': address } })

async function fail(times: number, address: string, name = 'alice'): Promise<void> {
  for (let at = 0; at < times; at++) await logInFrom(address, 'a guess', name)
}

/** As if so many had failed, the last one just now. */
async function failed(key: string, count: number): Promise<void> {
  await env.DB.prepare('INSERT INTO login_failures (key, count, last_at) VALUES (?, ?, ?)')
    .bind(key, count, Date.now())
    .run()
}

/** What a login leaves to the background. */
async function known(address: string): Promise<void> {
  await expect
    .poll(() => countRows('login_addresses', `address = '${address}'`), { timeout: 5000, interval: 20 })
    .toBe(1)
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
})

describe('strangers', () => {
  it('who try a user from everywhere do not lock the user out of where they work', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    await failed('account alice', 100_000)
    expect((await logInFrom(home, password)).status).toBe(200)
  })

  it('who try a user from everywhere keep nobody with the password from a new place, and have one guess in each', async () => {
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

  it('who try other users from the same address do not slow down one who is at home there', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    await failed(`address ${home}`, 100_000)
    expect((await logInFrom(home, password)).status).toBe(200)
    expect((await logInFrom(home, 'a guess', 'nobody')).status).toBe(429)
  })

  it('elsewhere do not slow down the user here', async () => {
    await fail(6, elsewhere)
    expect((await logInFrom(elsewhere, password)).status).toBe(429)
    expect((await logInFrom(home, password)).status).toBe(200)
  })
})

describe('a login that succeeds', () => {
  it('writes nothing when nothing is new', async () => {
    expect((await logInFrom(home, password)).status).toBe(200)
    await known(home)
    const before = await env.DB.prepare('SELECT last_at FROM login_addresses').first('last_at')
    expect((await logInFrom(home, password)).status).toBe(200)
    expect(await env.DB.prepare('SELECT last_at FROM login_addresses').first('last_at')).toBe(before)
    expect(await countRows('login_failures')).toBe(0)
  })

  it('takes the whole network of an IPv6 address for one place', async () => {
    await fail(5, '2001:db8:1:2::1')
    expect((await logInFrom('2001:db8:1:2::ffff', password)).status).toBe(429)
    expect((await logInFrom('2001:db8:1:3::1', password)).status).toBe(200)
  })
})
