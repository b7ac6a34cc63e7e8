/** Accounts, teams, rights and access tokens, and the logins that they are for. */
import assert from 'node:assert/strict'
import * as z from 'zod'
import { newDocker } from '../docker.ts'
import { sharedEngine } from '../shared.ts'
import { admin, alice, bob, type User } from '../users.ts'
import type { Site } from './site.ts'
import type { Witness } from './witness.ts'

/** Signs for the team `security`, and may push to `acme/app`. */
export const sam: User = { name: 'sam', password: 'the password of sam' }
/** May only pull from `acme`. */
export const ray: User = { name: 'ray', password: 'the password of ray' }
const users = [alice, bob, sam, ray]

const newToken = z.object({ hashedToken: z.string(), token: z.string() })
type Token = z.infer<typeof newToken>

export interface People {
  /** Tokens of alice: one stays, and one is revoked after the backup. */
  readonly tokens: Readonly<Record<'kept' | 'revoked', Token>>
  readonly witnesses: readonly Witness[]
}

export async function addPeople(site: Site): Promise<People> {
  const call = (method: string, path: string, body?: object): Promise<unknown> => site.call(admin, method, path, body)
  await Promise.all([
    ...users.map((user) => call('POST', '/enzi/v0/accounts', { ...user })),
    call('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true }),
  ])
  const teams = { developers: sam, readers: ray, security: sam }
  for (const [team, user] of Object.entries(teams)) {
    await call('POST', '/enzi/v0/accounts/acme/teams', { name: team })
    await call('PUT', `/enzi/v0/accounts/acme/teams/${team}/members/${user.name}`, { isAdmin: false })
  }
  await call('POST', '/api/v0/repositories/acme', { name: 'app', visibility: 'private' })
  await call('PUT', '/api/v0/repositories/acme/app/teamAccess/developers', { accessLevel: 'read-write' })
  await call('PUT', '/api/v0/repositoryNamespaces/acme/teamAccess/readers', { accessLevel: 'read-only' })
  await addStrangers(call)
  const tokens = { kept: await makeToken(site), revoked: await makeToken(site) }
  return {
    tokens,
    witnesses: [
      ...[admin, ...users].map((user) => login(site, user)),
      login(site, { name: alice.name, password: tokens.kept.token }, 'an access token of alice'),
      { what: 'the rights of teams', check: () => seeRights(site) },
    ],
  }
}

/** Those who log in without a password that the registry keeps: as far as no provider has to answer for it. */
async function addStrangers(call: (method: string, path: string, body: object) => Promise<unknown>): Promise<void> {
  await call('POST', '/enzi/v0/accounts/acme/serviceAccounts', { name: 'ci' })
  const issuer = 'https://login.example.com'
  await call('PUT', '/enzi/v0/config/auth/oidc', { issuer, clientID: 'breakwater', clientSecret: 'a secret' })
  const group = { enableLink: true, groupName: 'readers' }
  await call('PUT', '/enzi/v0/accounts/acme/teams/readers/groupLinkConfig', group)
  const rule = { issuer, condition: 'claims.repository_id == "7"', repositories: ['acme/app'] }
  await call('PUT', '/api/v0/workloadRules/release', rule)
}

const makeToken = async (site: Site): Promise<Token> =>
  newToken.parse(await site.call(alice, 'POST', '/api/v0/api_tokens', { tokenLabel: 'laptop' }))

const login = (site: Site, user: User, whose = user.name): Witness => ({
  what: `the login of ${whose}`,
  async check() {
    const docker = await newDocker(await sharedEngine())
    const { exitCode, output } = await docker.logIn(site.registry, user)
    assert.equal(exitCode, 0, output)
  },
})

async function seeRights(site: Site): Promise<void> {
  const pathOf = ({ name }: User): string => `/api/v0/accounts/${name}/repositoryAccess/acme/app`
  const levelOf = async (user: User): Promise<string> =>
    z.looseObject({ accessLevel: z.string() }).parse(await site.call(admin, 'GET', pathOf(user))).accessLevel
  assert.deepEqual([await levelOf(sam), await levelOf(ray)], ['read-write', 'read-only'])
  assert.equal((await site.ask(admin, 'GET', pathOf(bob))).status, 404)
}
