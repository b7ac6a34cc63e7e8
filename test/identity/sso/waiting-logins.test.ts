/** Codes of commands that a browser has approved, and what ends them before they are redeemed. */
import { beforeEach, describe, expect, it } from 'vitest'
import { linkIdentity } from '../../../src/identity/links/identity-store.ts'
import { ticketFor } from '../../../src/identity/sso/approvals.ts'
import { challengeOf, randomText } from '../../../src/identity/sso/login-state.ts'
import { hashUserCode, keepApproved, waitForBrowser } from '../../../src/identity/sso/waiting-logins.ts'
import { parseAccountName } from '../../../src/names.ts'
import { withSql } from '../../support/bounds.ts'
import { send } from '../../support/client.ts'
import { testContext } from '../../support/context.ts'
import { aPerson, type Person } from '../../support/people.ts'

const where = '/enzi/v0/config/auth/oidc'
const issuer = 'https://login.example.com'
const provider = { issuer, clientID: 'breakwater', clientSecret: 'secret', enabled: true }
const identity = { issuer, subject: 'subject of carol', sid: undefined, name: 'carol' }

let root: Person
let carol: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  carol = await aPerson('carol')
  await withSql(`UPDATE accounts SET password_hash = 'of a password' WHERE name = 'carol'`)
  await root.ask('POST', '/api/v0/meta/settings', { publicOrigin: 'http://localhost:5000' })
  await root.ask('PUT', where, provider)
  const { db } = testContext()
  const linked = { provider: issuer, subject: identity.subject, name: 'carol', dn: '', dnKey: '' }
  await linkIdentity(db, linked, { id: carol.id, name: parseAccountName('carol') }, { by: '', now: 1 })
})

const redeem = (path: string, redemption: object, ask?: Person['ask']): Promise<Response> =>
  ask === undefined
    ? send('POST', path, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(redemption),
      })
    : ask('POST', path, redemption)

/** What a command has that listens at a port, after a login in a browser. */
async function approvedCode(purpose: 'login' | 'link' = 'login') {
  const verifier = randomText()
  const command = { challenge: await challengeOf(verifier), purpose }
  const accountId = purpose === 'login' ? carol.id : undefined
  return { code: await keepApproved(testContext(), command, { ...identity, accountId }), verifier }
}

/** What a command on another machine has, and the ticket by which its user may approve it. */
async function approvalOfDevice() {
  const context = testContext()
  const verifier = randomText()
  const wanted = { challenge: await challengeOf(verifier), purpose: 'login', device: 'laptop' } as const
  const { deviceCode: code, userCode } = await waitForBrowser(context, wanted)
  const approved = { ...identity, accountId: carol.id }
  const ticket = await ticketFor(context.secrets, await hashUserCode(userCode), approved, context.now)
  return { code, verifier, ticket }
}

function approve(ticket: string): Promise<Response> {
  const body = new URLSearchParams({ ticket, answer: 'approve' }).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
    accept: 'text/html',
  }
  return send('POST', '/auth/sso/approve', { headers, body })
}

async function unlink(): Promise<void> {
  const query = new URLSearchParams({ provider: issuer, subject: identity.subject })
  expect((await carol.ask('DELETE', `/enzi/v0/accounts/carol/identities?${query.toString()}`)).status).toBe(204)
}

const token = '/enzi/v0/sso/token'

describe('a code that a browser has approved', () => {
  it('opens a session', async () => {
    const answer = await redeem(token, await approvedCode())
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ username: 'carol' })
  })

  it('opens none after the account was unlinked from the user of the provider', async () => {
    const code = await approvedCode()
    await unlink()
    expect((await redeem(token, code)).status).toBe(403)
  })

  it('opens none by an approval of before the unlinking', async () => {
    const { ticket, ...code } = await approvalOfDevice()
    await unlink()
    await approve(ticket)
    expect((await redeem(token, code)).status).toBe(403)
  })

  it('opens none after single sign-on was turned off', async () => {
    const code = await approvedCode()
    await root.ask('PUT', where, { ...provider, enabled: false })
    expect((await redeem(token, code)).status).toBe(404)
  })

  it('opens none, and links none, after another provider took the place of its own', async () => {
    const [code, link] = [await approvedCode(), await approvedCode('link')]
    await root.ask('PUT', where, { ...provider, issuer: 'https://other.example.com' })
    expect((await redeem(token, code)).status).toBe(400)
    expect((await redeem('/enzi/v0/accounts/root/identities', link, root.ask)).status).toBe(400)
  })
})
