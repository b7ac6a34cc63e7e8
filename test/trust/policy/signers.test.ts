/** Identities without a registered key, and trust roots: administrators decide them. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { anOrganization, aPerson, type Person } from '../../support/people.ts'
import { aSmallSigstore } from '../support/keyless.ts'
import { aCertificate } from '../support/keys.ts'

const identities = '/api/v0/trust/identities'
const roots = '/api/v0/trust/roots'
const identity = { account: 'alice', issuer: 'https://issuer.example', subject: 'https://github.com/acme/*' }
const sigstore = { kind: 'sigstore', document: JSON.stringify((await aSmallSigstore()).root) }

let root: Person
let alice: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  alice = await aPerson('alice')
})

const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status

it('an identity is added, listed and deleted, with events', async () => {
  const made = await (await root.ask('POST', identities, identity)).json<{ id: string }>()
  expect(made).toMatchObject(identity)
  expect(await (await root.ask('GET', identities)).json()).toEqual([made])
  expect(await statusOf(root.ask('POST', identities, identity))).toBe(409)
  expect(await statusOf(root.ask('DELETE', `${identities}/${made.id}`))).toBe(204)
  expect(await statusOf(root.ask('DELETE', `${identities}/${made.id}`))).toBe(404)
  const { results } = await env.DB.prepare(
    "SELECT type, object_name AS name FROM events WHERE object_type = 'signerIdentity' ORDER BY id",
  ).all()
  expect(results).toEqual(['CREATE', 'DELETE'].map((type) => ({ type, name: `alice/${identity.subject}` })))
})

it('identities are of users, and their patterns mean not everyone', async () => {
  await anOrganization('acme')
  expect(await statusOf(root.ask('POST', identities, { ...identity, account: 'acme' }))).toBe(400)
  expect(await statusOf(root.ask('POST', identities, { ...identity, account: 'carol' }))).toBe(404)
  for (const subject of ['*', '**', '', '[a-z]*', 'a?']) {
    expect([subject, await statusOf(root.ask('POST', identities, { ...identity, subject }))]).toEqual([subject, 400])
  }
})

it('a trust root is set, replaced and deleted', async () => {
  const notation = { kind: 'x509', document: await aCertificate('acme', { isAuthority: true }) }
  expect(await statusOf(root.ask('PUT', `${roots}/acme`, sigstore))).toBe(200)
  expect(await (await root.ask('PUT', `${roots}/acme`, notation)).json()).toMatchObject({ name: 'acme', ...notation })
  expect(await (await root.ask('GET', roots)).json()).toMatchObject([{ name: 'acme', ...notation }])
  expect(await (await root.ask('GET', `${roots}/acme`)).json()).toMatchObject(notation)
  expect(await statusOf(root.ask('DELETE', `${roots}/acme`))).toBe(204)
  expect(await statusOf(root.ask('GET', `${roots}/acme`))).toBe(404)
  const { results } = await env.DB.prepare("SELECT type FROM events WHERE object_type = 'trustRoot' ORDER BY id").all()
  expect(results.map(({ type }) => type)).toEqual(['CREATE', 'UPDATE', 'DELETE'])
})

it('a root of another kind than it says is refused', async () => {
  expect(await statusOf(root.ask('PUT', `${roots}/a`, { ...sigstore, kind: 'x509' }))).toBe(400)
  expect(await statusOf(root.ask('PUT', `${roots}/a`, { kind: 'sigstore', document: '{"tlogs":[]}' }))).toBe(400)
})

it('a root of sigstore by which nothing could be verified is refused, and says so', async () => {
  const document = '{"certificateAuthorities":[{}],"tlogs":[]}'
  const refused = await root.ask('PUT', `${roots}/a`, { kind: 'sigstore', document })
  expect([refused.status, await refused.text()]).toEqual([
    400,
    expect.stringContaining('sigstore cannot use what is in it'),
  ])
  expect(await (await root.ask('GET', roots)).json()).toEqual([])
})

it('neither is for users', async () => {
  expect(await statusOf(alice.ask('POST', identities, identity))).toBe(403)
  expect(await statusOf(alice.ask('PUT', `${roots}/a`, sigstore))).toBe(403)
  expect(await statusOf(alice.ask('GET', roots))).toBe(403)
})
