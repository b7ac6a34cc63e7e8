/** What a login with a wrong password costs where no directory is configured, and that a directory is noticed at once. */
import { beforeEach, expect, it } from 'vitest'
import { checkPassword } from '../../../src/auth/login.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { directoryLogin } from '../../../src/identity/ldap/login.ts'
import { testContext } from '../../support/context.ts'
import { interceptedDatabase } from '../../support/intercepted-database.ts'
import { anAccount, aPerson } from '../../support/people.ts'

const path = '/enzi/v0/config/auth/ldap'
let trips = 0

beforeEach(() => {
  trips = 0
})

const counting = interceptedDatabase((_, run) => {
  trips++
  return run()
})

/** Logs in with a wrong password. @returns why it was refused, and the round trips to D1 */
async function guess(username: string, password: string) {
  trips = 0
  const context = testContext({ db: openDatabase(counting), directory: directoryLogin, address: '192.0.2.1' })
  const failure: unknown = await checkPassword(context, { username, password }).catch((error: unknown) => error)
  return { failure, trips }
}

it('a wrong password costs two round trips without a directory, for every name, and asks a new directory at once', async () => {
  await anAccount('alice', 'password of alice')
  const root = await aPerson('root', { isAdmin: true })
  for (const name of ['alice', 'unknown']) {
    const { failure, trips: cost } = await guess(name, `first guess at ${name}`)
    expect([name, cost, failure]).toMatchObject([name, 2, { failure: { kind: 'unauthorized' } }])
  }
  const search = { baseDN: 'dc=example', usernameAttr: 'uid' }
  const settings = { serverURL: 'ldap://127.0.0.1:9', userSearchConfigs: [search] }
  const set = await root.ask('PUT', path, settings)
  expect(set.status, await set.clone().text()).toBe(200)
  const { failure } = await guess('alice', 'second guess')
  expect(failure).toMatchObject({ failure: { kind: 'directory-unavailable' } })
  await root.ask('PUT', path, { serverURL: '' })
  expect((await guess('alice', 'third guess')).trips).toBe(2)
})
