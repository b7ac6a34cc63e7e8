/** Which accounts never get a password, a user of a provider or the rights of an administrator, whatever writes them. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { createServiceAccount } from '../../../src/accounts/service-accounts.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { insertImportedAccount } from '../../../src/identity/links/identity-store.ts'
import { redeemLink } from '../../../src/identity/sso/redeeming.ts'
import { parseAccountName } from '../../../src/names.ts'
import { recoveryStatements } from '../../../scripts/admin/recovery/statements.ts'
import { problemOf, type Send } from '../../support/client.ts'
import { testContext } from '../../support/context.ts'
import { anOrganization, aUser, sendJson } from '../../support/people.ts'

const db = openDatabase(env.DB)
const attribution = { by: parseAccountName('root'), now: 2 }
const robot = parseAccountName('robot.acme.ci')
const carol = parseAccountName('carol')
let root: Send

beforeEach(async () => {
  root = await aUser('root', { isAdmin: true })
  await aUser('alice')
  await anOrganization('acme', { owners: ['alice'], teams: { builders: ['alice'] } })
  await anOrganization('beta')
})

const idOf = async (name: string): Promise<string> =>
  (await env.DB.prepare('SELECT id FROM accounts WHERE name = ?').bind(name).first<string>('id')) ?? ''

async function aRobot(): Promise<string> {
  const organization = { id: await idOf('acme'), name: parseAccountName('acme') }
  const { id } = await createServiceAccount(db, organization, { shortName: 'ci', description: '' }, attribution)
  return id
}

const identity = { provider: 'ldap', subject: 'entry', name: 'carol', dn: '', dnKey: '' }
const aCarol = () => insertImportedAccount(db, identity, { name: carol, fullName: '' }, attribution)
const run = (...statements: readonly string[]): Promise<unknown> =>
  env.DB.batch(statements.map((statement) => env.DB.prepare(statement)))

describe('a service account', () => {
  it('is linked to no user of a provider, and the code of the login stays unused', async () => {
    const id = await aRobot()
    const sent = { code: 'unknown', verifier: 'v' }
    await expect(
      redeemLink(testContext({ now: 2 }), sent, { id, name: robot }, parseAccountName('root')),
    ).rejects.toMatchObject({ failure: { kind: 'service-account-limited' } })
  })

  it('administers no team', async () => {
    await aRobot()
    const at = `/enzi/v0/accounts/acme/teams/builders/members/${robot}`
    const refused = await sendJson(root, 'PUT', at, { isAdmin: true })
    expect([refused.status, (await problemOf(refused)).code]).toEqual([409, 'SERVICE_ACCOUNT'])
    expect((await sendJson(root, 'PUT', at, {})).status).toBe(200)
    const promoted = await sendJson(root, 'PUT', at, { isAdmin: true })
    expect([promoted.status, (await problemOf(promoted)).code]).toEqual([409, 'SERVICE_ACCOUNT'])
  })

  it('stays bare whatever statement is run', async () => {
    const [id, beta, acme] = [await aRobot(), await idOf('beta'), await idOf('acme')]
    const team = (await env.DB.prepare('SELECT id FROM teams').first<string>('id')) ?? ''
    const statements = [
      `UPDATE accounts SET password_hash = 'hash' WHERE id = '${id}'`,
      `UPDATE accounts SET is_admin = 1 WHERE id = '${id}'`,
      `UPDATE accounts SET is_imported = 1 WHERE id = '${id}'`,
      `INSERT INTO identities (provider, subject, account_id, name, last_seen_at) VALUES ('ldap', 's', '${id}', 'n', 1)`,
      `INSERT OR IGNORE INTO identities (provider, subject, account_id, name, last_seen_at) VALUES ('ldap', 's', '${id}', 'n', 1)`,
      `UPDATE members SET is_admin = 1 WHERE user_id = '${id}'`,
      `INSERT INTO members (organization_id, user_id) VALUES ('${beta}', '${id}')`,
      `INSERT INTO members (organization_id, user_id, is_admin) VALUES ('${acme}', '${id}', 1)
         ON CONFLICT DO UPDATE SET is_admin = 1`,
      `INSERT INTO team_members (team_id, organization_id, user_id, is_admin) VALUES ('${team}', '${acme}', '${id}', 1)`,
    ]
    for (const statement of statements) await expect(run(statement), statement).rejects.toThrow('a service account')
    await run(`INSERT INTO team_members (team_id, organization_id, user_id) VALUES ('${team}', '${acme}', '${id}')`)
    await expect(run(`UPDATE team_members SET is_admin = 1 WHERE user_id = '${id}'`)).rejects.toThrow('service account')
    await aCarol()
    await expect(run(`UPDATE identities SET account_id = '${id}'`)).rejects.toThrow('service account')
  })

  it('is never made of the account of a user', async () => {
    await aCarol()
    const acme = await idOf('acme')
    for (const name of ['carol', 'root', 'beta']) {
      const made = run(
        `INSERT INTO service_accounts (account_id, organization_id, created_by, created_at)
         SELECT id, '${acme}', '', 1 FROM accounts WHERE name = '${name}'`,
      )
      await expect(made, name).rejects.toThrow('cannot become a service account')
    }
  })

  it('is no administrator after a recovery, which names the reason', async () => {
    await aRobot()
    const statements = recoveryStatements(robot, { passwordHash: 'hash', endsAccessTokens: false }, 2)
    await expect(run(...statements)).rejects.toThrow('this is a service account, which has no password')
  })
})

describe('an imported account', () => {
  it('gets no password here, from the user, an administrator or a recovery', async () => {
    await aCarol()
    const body = { newPassword: 'a password of carol' }
    const refused = await sendJson(root, 'POST', '/enzi/v0/accounts/carol/changePassword', body)
    expect([refused.status, await problemOf(refused)]).toMatchObject([
      409,
      { code: 'PASSWORD_KEPT_ELSEWHERE', message: expect.stringContaining('change it there') },
    ])
    const statements = recoveryStatements(carol, { passwordHash: 'hash', endsAccessTokens: false }, 2)
    await expect(run(...statements)).rejects.toThrow('keeps the password of this user')
    await expect(
      run(`INSERT INTO accounts (id, name, password_hash, is_imported, created_at) VALUES ('i', 'dave', 'hash', 1, 1)`),
    ).rejects.toThrow('keeps the password of this user')
    expect(await env.DB.prepare("SELECT password_hash AS hash FROM accounts WHERE name = 'carol'").first()).toEqual({
      hash: null,
    })
  })

  it('may administer the registry', async () => {
    await aCarol()
    expect((await sendJson(root, 'PATCH', '/enzi/v0/accounts/carol', { isAdmin: true })).status).toBe(200)
  })
})
