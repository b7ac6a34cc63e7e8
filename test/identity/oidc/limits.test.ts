import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { readUser } from '../../../src/identity/oidc/claims.ts'
import { insertDevice } from '../../../src/identity/sso/login-store.ts'
import { noProvider } from '../../../src/identity/oidc/provider-settings.ts'
import * as limits from '../../../src/limits.ts'
import { insertMany, isWithin, text, times, withSql } from '../../support/bounds.ts'
import { send } from '../../support/client.ts'
import { anOrganization, aPerson, aTeam, type Person } from '../../support/people.ts'

let root: Person
const path = '/enzi/v0/config/auth/oidc'
const provider = { issuer: 'https://login.example.com', clientID: 'breakwater', clientSecret: 'secret', enabled: true }
const origin = 'http://localhost:5000'

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await root.ask('POST', '/api/v0/meta/settings', { publicOrigin: origin })
  await root.ask('PUT', path, provider)
})

const set = (fields: object): Promise<boolean> => isWithin(root.ask('PUT', path, { ...provider, ...fields }))

const claims = { sub: 'subject', preferred_username: 'carol' }
const groupsOf = (groups: readonly string[]) =>
  readUser({ ...noProvider, groupsClaim: 'groups' }, { ...claims, groups })

async function takesDevice(waiting: number, isOfOneNetwork: boolean): Promise<boolean> {
  await withSql('DELETE FROM oidc_logins')
  await insertMany(
    waiting - 1,
    `INSERT INTO oidc_logins (hash, challenge, purpose, user_code_hash, device, network, expires_at)
     SELECT 'hash' || i, '', 'login', 'code' || i, '', ${isOfOneNetwork ? `'here'` : `'network' || i`}, 100 FROM n`,
  )
  const device = { challenge: '', purpose: 'login', device: '', network: 'here', expiresAt: 100 } as const
  return insertDevice(openDatabase(env.DB), { ...device, hash: 'hash', userCodeHash: 'code' }, 1)
}

async function linksTeams(count: number): Promise<boolean> {
  const acme = await anOrganization(`acme${count}`)
  await aTeam(acme, 'developers')
  await insertMany(
    count - 1,
    `INSERT INTO teams (id, organization_id, name, created_at) SELECT 'team${count}' || i, accounts.id, 'team' || i, 1
     FROM n JOIN accounts ON accounts.name = 'acme${count}'`,
  )
  await withSql(
    `INSERT INTO team_groups (team_id, group_name)
     SELECT teams.id, 'group${count}' FROM teams WHERE teams.id LIKE 'team${count}%'`,
  )
  const link = `/enzi/v0/accounts/acme${count}/teams/developers/groupLinkConfig`
  const { status } = await root.ask('PUT', link, { enableLink: true, groupName: `group${count}` })
  return status === 200
}

/** Tells whether a form of so many bytes is read. */
async function takesForm(bytes: number): Promise<boolean> {
  const body = `logout_token=${text(bytes - 'logout_token='.length)}`
  const headers = { 'content-length': String(bytes), 'content-type': 'application/x-www-form-urlencoded' }
  const response = await send('POST', '/auth/oidc/backchannel-logout', { body, headers })
  return !(await response.text()).includes('the form must have a Content-Length')
}

/** Each bound, and whether so much is taken. */
const edges: Record<string, readonly [bound: number, takes: (size: number) => boolean | Promise<boolean>]> = {
  longestClientId: [limits.longestClientId, (size) => set({ clientID: text(size) })],
  longestClientSecret: [limits.longestClientSecret, (size) => set({ clientSecret: text(size) })],
  longestClaimName: [limits.longestClaimName, (size) => set({ groupsClaim: text(size) })],
  mostSsoScopes: [limits.mostSsoScopes, (size) => set({ scopes: ['openid', ...times(size - 1, 'a')] })],
  longestGroupName: [
    limits.longestGroupName,
    (size) => {
      const read = groupsOf([text(size)])
      return 'user' in read && read.user.groups?.length === 1
    },
  ],
  mostGroupsOfUser: [
    limits.mostGroupsOfUser,
    (size) => 'user' in groupsOf(Array.from({ length: size }, (_, at) => `group ${at}`)),
  ],
  mostTeamsOfGroup: [limits.mostTeamsOfGroup, linksTeams],
  longestSsoParameter: [
    limits.longestSsoParameter,
    async (size) => {
      const response = await send('GET', `/auth/oidc/callback?code=${text(size)}`)
      return !(await response.text()).includes('it is too long')
    },
  ],
  largestLogoutBytes: [limits.largestLogoutBytes, takesForm],
  longestDeviceName: [
    limits.longestDeviceName,
    async (size) => {
      const body = JSON.stringify({ challenge: 'a'.repeat(43), device: text(size) })
      const headers = { 'content-type': 'application/json' }
      return isWithin(send('POST', '/enzi/v0/sso/device', { body, headers }))
    },
  ],
  longestSubject: [
    limits.longestSubject,
    async (size) => {
      const query = `provider=ldap&subject=${text(size)}`
      const response = await root.ask('DELETE', `/enzi/v0/accounts/root/identities?${query}`)
      return response.status === 404
    },
  ],
  mostDevicesOfNetwork: [limits.mostDevicesOfNetwork, (size) => takesDevice(size, true)],
  mostDevices: [limits.mostDevices, (size) => takesDevice(size, false)],
}

describe('a bound of single sign-on is taken at its edge, and nothing beyond it', () => {
  it.each(Object.entries(edges))('%s', async (_, [bound, takes]) => {
    expect([await takes(bound), await takes(bound + 1)]).toEqual([true, false])
  })
})
