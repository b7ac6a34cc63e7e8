/** What is signed by trust data that has expired: Docker refuses it, so no policy counts it, and tags say so. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../../src/trust/tuf/keys.ts'
import { withSql } from '../../support/bounds.ts'
import { host, withToken, type Send } from '../../support/client.ts'
import { pushImage } from '../../support/content.ts'
import { aLogin, anOrganization, aPerson, clientOf, type Person } from '../../support/people.ts'
import { aDelegation, aPublisher, expectOk, gunOf, notaryClient } from '../support/clients.ts'
import { aSnapshot, aTargets, day, type Bytes } from '../support/documents.ts'
import { aKey, type TestKey } from '../support/keys.ts'
import { tick } from '../support/pushing.ts'
import { aKeyOf } from '../support/signing.ts'

const repository = 'acme/app'
const gun = gunOf(repository)

let owner: Person
let reader: Send
let client: Send
let digest: string

beforeEach(async () => {
  owner = await aPerson('owner')
  await aPerson('sam')
  await aPerson('ray')
  await anOrganization('acme', { owners: ['owner'], members: ['ray'], teams: { security: ['sam'] } })
  ;({ digest } = await pushImage(await clientOf(repository), repository, 'v1'))
  await withSql("UPDATE repositories SET visibility = 'public'")
  await owner.ask('PUT', `/api/v0/repositories/${repository}/signaturePolicy`, {
    mode: 'enforce',
    teams: ['acme/security'],
  })
  const login = await aLogin('ray')
  const answer = await login('GET', `/auth/token?service=${host}&scope=repository:${repository}:pull`)
  reader = withToken((await answer.json<{ token: string }>()).token)
  client = await notaryClient('owner', gun)
})

const pull = async (): Promise<number> => (await reader('GET', `/v2/${repository}/manifests/v1`)).status

const hexOf = (text: string): string => text.slice('sha256:'.length)
const registered = async (key: TestKey): Promise<void> =>
  aKeyOf('sam', (await fingerprintOf(key.publicKey)) ?? 'no fingerprint')

/** Publishes the image, signed by sam. */
async function published(options: { readonly expires?: string; readonly snapshotBy?: TestKey } = {}) {
  const { snapshotBy, ...targetsOptions } = options
  const publisher = await aPublisher(client, gun, snapshotBy && { snapshot: [snapshotBy] })
  await registered(publisher.targetsKey)
  const root = await publisher.root()
  const targets = await publisher.targets({ targets: { v1: hexOf(digest) }, ...targetsOptions })
  await expectOk(publisher.publish({ root, targets, ...(await snapshotOf(snapshotBy, { root, targets })) }))
  return { ...publisher, bytes: { root, targets } }
}

const snapshotOf = async (
  by: TestKey | undefined,
  files: Record<string, Bytes>,
  version = 1,
): Promise<Record<string, Bytes>> =>
  by === undefined ? {} : { snapshot: await aSnapshot({ signers: [by], files, version }) }

const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString()

/** Lets the time of a document pass. */
const expire = (role: string): Promise<void> => withSql('UPDATE trust_expiries SET expires_at = 1 WHERE role = ?', role)

async function expiries(): Promise<Record<string, number | null>> {
  const { results } = await env.DB.prepare('SELECT role, expires_at AS expiresAt FROM trust_expiries').all<{
    role: string
    expiresAt: number | null
  }>()
  return Object.fromEntries(results.map(({ role, expiresAt }) => [role, expiresAt]))
}

const shown = async (): Promise<unknown> => {
  const [tag] = await (await owner.ask('GET', `/api/v0/repositories/${repository}/tags`)).json<unknown[]>()
  return tag
}

describe('a policy', () => {
  it('counts what is signed until the targets expire, by the clock, and again once they are renewed', async () => {
    const publisher = await published({ expires: new Date(Date.now() + 1500).toISOString() })
    expect(await pull()).toBe(200)
    await scheduler.wait(1600)
    expect(await pull()).toBe(403)
    const targets = { v1: hexOf(digest) }
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3, targets }) }))
    expect(await pull()).toBe(200)
  })

  it('counts nothing below an expired root', async () => {
    await published()
    expect(await pull()).toBe(200)
    await expire('root')
    expect(await pull()).toBe(403)
  })

  it('counts a delegation until it expires, or one above it, and not longer because another one holds', async () => {
    const [outer, inner, other] = await Promise.all(
      (['targets/a', 'targets/a/b', 'targets/ab'] as const).map((name) => aDelegation(name)),
    )
    if (outer === undefined || inner === undefined || other === undefined) throw new Error('there are three')
    const publisher = await aPublisher(client, gun)
    const publish = async (version: number) =>
      expectOk(
        publisher.publish({
          targets: await publisher.targets({ version: version + 1, delegations: [outer, other] }),
          'targets/a': await aTargets({ signers: outer.keys, version, delegations: [inner] }),
          'targets/a/b': await aTargets({ signers: inner.keys, version, targets: { v1: hexOf(digest) } }),
          'targets/ab': await aTargets({ signers: other.keys, version }),
          ...(version === 1 && { root: await publisher.root() }),
        }),
      )
    await publish(1)
    for (const key of inner.keys) await registered(key)
    expect(await pull()).toBe(200)
    await expire('targets/ab')
    expect(await pull()).toBe(200)
    let version = 1
    for (const role of ['targets', 'targets/a', 'targets/a/b']) {
      await expire(role)
      expect([role, await pull()]).toEqual([role, 403])
      await publish(++version)
      expect([role, await pull()]).toEqual([role, 200])
    }
  })

  it('counts a delegation though one has expired whose name its own begins with', async () => {
    const [role, longer] = [await aDelegation('targets/a'), await aDelegation('targets/ab')]
    const publisher = await aPublisher(client, gun)
    await expectOk(
      publisher.publish({
        root: await publisher.root(),
        targets: await publisher.targets({ delegations: [role, longer] }),
        'targets/a': await aTargets({ signers: role.keys, version: 1 }),
        'targets/ab': await aTargets({ signers: longer.keys, version: 1, targets: { v1: hexOf(digest) } }),
      }),
    )
    for (const key of longer.keys) await registered(key)
    await expire('targets/a')
    expect(await pull()).toBe(200)
    await expire('targets/ab')
    expect(await pull()).toBe(403)
  })

  it('asks for the snapshot of a client, which the registry cannot sign again, and never for one of its own', async () => {
    const key = await aKey()
    const publisher = await published({ snapshotBy: key })
    expect(Object.keys(await expiries()).sort()).toEqual(['root', 'snapshot', 'targets'])
    await expire('snapshot')
    expect(await pull()).toBe(403)
    await expectOk(publisher.publish(await snapshotOf(key, publisher.bytes, 2)))
    expect(await pull()).toBe(200)
  })
})

it('a role that counts no more leaves no expiry behind, and a deletion none at all', async () => {
  const delegation = await aDelegation('targets/a')
  const publisher = await aPublisher(client, gun)
  await expectOk(
    publisher.publish({
      root: await publisher.root(),
      targets: await publisher.targets({ delegations: [delegation] }),
      'targets/a': await aTargets({ signers: delegation.keys, version: 1, expires: inDays(7) }),
    }),
  )
  expect(await expiries()).toMatchObject({ 'targets/a': expect.closeTo(Date.now() + 7 * day, -5) })
  await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3 }) }))
  expect(Object.keys(await expiries()).sort()).toEqual(['root', 'targets'])
  await expectOk(client('DELETE', `/v2/${gun}/_trust/tuf/`))
  expect(await expiries()).toEqual({})
})

it('tags say what is expired, and the image stays pinned, as its signer may renew it', async () => {
  await published()
  expect(await shown()).toMatchObject({ inNotary: true, notaryExpired: false, signatures: [{ expired: false }] })
  await expire('targets')
  expect(await shown()).toMatchObject({ inNotary: true, notaryExpired: true, signatures: [{ expired: true }] })
  const kept = await (await clientOf(repository))('DELETE', `/v2/${repository}/manifests/v1`)
  expect(kept.status).toBe(409)
})

describe('of trust data from before the registry kept expiries', () => {
  async function forget(): Promise<void> {
    await withSql('DELETE FROM trust_expiries')
    await withSql("INSERT INTO trust_expiries (collection_id, role) SELECT id, 'root' FROM trust_collections")
  }

  it('the job learns them, and until then nothing is refused that was not', async () => {
    await published({ snapshotBy: await aKey() })
    const known = await expiries()
    await forget()
    expect(await pull()).toBe(200)
    await tick()
    expect(await expiries()).toEqual(known)
  })

  it('the job leaves out what the registry signs again', async () => {
    await published()
    await forget()
    await tick()
    expect(Object.keys(await expiries()).sort()).toEqual(['root', 'targets'])
  })
})
