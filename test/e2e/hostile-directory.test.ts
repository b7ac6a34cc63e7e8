/** A directory that means harm, or has one broken user, harms no login but its own. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import * as z from 'zod'
import { api, attemptApi } from './support/api.ts'
import { entry, repeated, searchDone, startHostileDirectory } from './support/hostile-directory.ts'
import { newRegistry, type Registry } from './support/registry.ts'
import { admin } from './support/users.ts'

const path = '/enzi/v0/config/auth/ldap'
const search = { baseDN: 'dc=test', scopeSubtree: true, usernameAttr: 'uid' }
const settingsFor = (serverURL: string) => ({ serverURL, userSearchConfigs: [search] })
const tested = z.object({ steps: z.array(z.object({ step: z.string(), outcome: z.string(), message: z.string() })) })
const success = 0

describe('A hostile directory', () => {
  let registry: Registry

  before(async () => {
    registry = await newRegistry()
  })

  const statusOf = async (name: string, password: string): Promise<number> =>
    (await attemptApi(registry, { name, password }, 'GET', `/enzi/v0/accounts/${name}`)).status

  const floods = {
    'entries without end': [repeated(entry('', 'uid', []), 1_000_000)],
    'an entry of a million values': [
      entry(
        'uid=anna,dc=test',
        'uid',
        Array.from({ length: 1_000_000 }, () => 'a'),
      ),
    ],
  }
  for (const [what, flood] of Object.entries(floods)) {
    test(`that answers a login with ${what} is left in the middle of it`, async () => {
      const url = await startHostileDirectory({ search: () => [...flood, searchDone], bind: () => success })
      const body = { username: 'anna', password: 'any', settings: settingsFor(url) }
      const { steps } = tested.parse(await api(registry, admin, 'POST', `${path}/test`, body))
      // And not because its time was over.
      assert.match(steps.find(({ outcome }) => outcome === 'failed')?.message ?? '', /sends more than is read/)
    })
  }

  test('that cannot check one user does not shut the others out', async () => {
    const names = (request: Buffer, name: string): boolean => request.includes(name)
    const nameIn = (request: Buffer): string => ['broken', 'anna'].find((name) => names(request, name)) ?? 'another'
    const url = await startHostileDirectory({
      search: (request) => [entry(`uid=${nameIn(request)},dc=test`, 'uid', [nameIn(request)]), searchDone],
      // RFC 4511 appendix A.2: "other" is an internal error.
      bind: (request) => (nameIn(request) === 'broken' ? 80 : success),
    })
    await api(registry, admin, 'PUT', path, settingsFor(url))
    assert.equal(await statusOf('broken', 'password of broken'), 503)
    assert.equal(await statusOf('anna', 'password of anna'), 200)
  })
})
