import { beforeEach, describe, expect, it } from 'vitest'
import { anOrganization, aPerson, aTeam, type Person } from '../../support/people.ts'

let root: Person
beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await aTeam(await anOrganization('acme'), 'dev')
})

const places = ['/enzi/v0/accounts/acme/teams/dev/memberSyncConfig', '/enzi/v0/accounts/acme/adminMemberSyncConfig']

describe.each(places)('%s', (path) => {
  const options = { enableSync: true, searchBaseDN: 'ou=people,dc=acme', searchFilter: '(title=Lead)' }

  it('takes a filter, and shows it', async () => {
    expect((await root.ask('PUT', path, options)).status).toBe(200)
    expect(await (await root.ask('GET', path)).json()).toMatchObject(options)
  })

  it('refuses a wrong filter and says where it is wrong, and keeps what was there', async () => {
    await root.ask('PUT', path, options)
    for (const enableSync of [true, false]) {
      const refused = await root.ask('PUT', path, { ...options, enableSync, searchFilter: '(&(title=Lead)(l=Rome)' })
      expect(refused.status).toBe(400)
      expect(await refused.text()).toContain(
        String.raw`searchFilter: the filter (RFC 4515) is wrong at character 23: put \")\" there`,
      )
    }
    expect(await (await root.ask('GET', path)).json()).toMatchObject(options)
  })
})
