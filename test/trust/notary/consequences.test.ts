/** What follows from publications: facts about who has signed what, and pins that keep what is signed. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../../src/trust/tuf/keys.ts'
import { withSql } from '../../support/bounds.ts'
import type { Send } from '../../support/client.ts'
import { pushImage } from '../../support/content.ts'
import { clientOf, aUser } from '../../support/people.ts'
import {
  aDelegation,
  aPublishedCollection,
  digestFor,
  expectOk,
  gunOf,
  notaryClient,
  trustPath,
} from '../support/clients.ts'
import { aRoot, aTargets } from '../support/documents.ts'
import { aKey, type TestKey } from '../support/keys.ts'

const repository = 'alice/app'
const gun = gunOf(repository)

let client: Send
let digest: string

beforeEach(async () => {
  await aUser('alice')
  ;({ digest } = await pushImage(await clientOf(repository), repository, 'v1'))
  client = await notaryClient('alice', gun)
})

const hexOf = (text: string): string => text.slice('sha256:'.length)

/** Facts as "role tag digest fingerprint", the collection and most digits left out. */
async function facts(): Promise<string[]> {
  const { results } = await env.DB.prepare('SELECT source, name, digest, fingerprint FROM signature_facts').all<{
    source: string
    name: string
    digest: string
    fingerprint: string
  }>()
  const lines = results.map(
    (row) => `${row.source.replace(/^\d+\//, '')} ${row.name} ${short(hexOf(row.digest))} ${short(row.fingerprint)}`,
  )
  return lines.sort()
}

const short = (hex: string): string => hex.slice(-6)
const by = async ({ publicKey }: TestKey): Promise<string> => short((await fingerprintOf(publicKey)) ?? '')

/** Pins as "kind name", each once. */
async function pins(): Promise<string[]> {
  const { results } = await env.DB.prepare('SELECT DISTINCT kind, name FROM pins ORDER BY kind, name').all<{
    kind: string
    name: string
  }>()
  return results.map(({ kind, name }) => `${kind} ${kind === 'manifest' ? short(hexOf(name)) : name}`)
}

describe('a fact', () => {
  it('says which tag and digest a key has signed, and is not written again when it stays', async () => {
    const publisher = await aPublishedCollection(client, gun, { targets: { v1: digestFor(1), v2: digestFor(2) } })
    const key = await by(publisher.targetsKey)
    expect(await facts()).toEqual([`targets v1 000001 ${key}`, `targets v2 000002 ${key}`])
    await withSql('UPDATE signature_facts SET signed_at = 7')
    const targets = await publisher.targets({ version: 3, targets: { v1: digestFor(1), v2: digestFor(3) } })
    await expectOk(publisher.publish({ targets }))
    const { results } = await env.DB.prepare('SELECT name, signed_at AS at FROM signature_facts ORDER BY name').all()
    expect(results).toMatchObject([
      { name: 'v1', at: 7 },
      { name: 'v2', at: expect.toSatisfy((at) => at !== 7) },
    ])
  })

  it('of a delegation counts by each of its keys, within its paths, and no longer than it is delegated', async () => {
    const delegation = { name: 'targets/dave', keys: [await aKey(), await aKey('ed25519')], paths: ['v'] } as const
    const publisher = await aPublishedCollection(client, gun, { delegations: [delegation] })
    const signed = await aTargets({
      signers: delegation.keys,
      version: 1,
      targets: { v1: digestFor(1), w1: digestFor(2) },
    })
    await expectOk(publisher.publish({ 'targets/dave': signed }))
    const keys = await Promise.all(delegation.keys.map(by))
    expect(await facts()).toEqual(keys.sort().map((key) => `targets/dave v1 000001 ${key}`))
    // Another key for the role: what the former one signed counts no more.
    const replaced = { ...delegation, keys: [await aKey()] }
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3, delegations: [replaced] }) }))
    expect(await facts()).toEqual([])
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 4, delegations: [delegation] }) }))
    expect(await facts()).toHaveLength(2)
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 5 }) }))
    expect(await facts()).toEqual([])
  })

  it('goes when the root gives its role to another key', async () => {
    const publisher = await aPublishedCollection(client, gun, { targets: { v1: digestFor(1) } })
    const keys = { ...publisher.keys, targets: [await aKey()] }
    await expectOk(publisher.publish({ root: await aRoot({ keys, version: 2 }) }))
    expect(await facts()).toEqual([])
  })

  it('of a role below a delegation follows the role above it', async () => {
    const inner = await aDelegation('targets/a/b')
    const outer = await aDelegation('targets/a')
    const publisher = await aPublishedCollection(client, gun, { delegations: [outer] })
    await expectOk(
      publisher.publish({
        'targets/a': await aTargets({ signers: outer.keys, version: 1, delegations: [inner] }),
        'targets/a/b': await aTargets({ signers: inner.keys, version: 1, targets: { v1: digestFor(1) } }),
      }),
    )
    const [key] = await Promise.all(inner.keys.map(by))
    expect(await facts()).toEqual([`targets/a/b v1 000001 ${key}`])
    await expectOk(publisher.publish({ 'targets/a': await aTargets({ signers: outer.keys, version: 2 }) }))
    expect(await facts()).toEqual([])
  })

  it('of a role below a delegation counts within the paths of both', async () => {
    const inner = { ...(await aDelegation('targets/a/b')), paths: ['v', 'w1'] }
    const outer = { ...(await aDelegation('targets/a')), paths: ['v1', 'w'] }
    const publisher = await aPublishedCollection(client, gun, { delegations: [outer] })
    const targets = { v1: digestFor(1), v2: digestFor(2), w1: digestFor(3), w2: digestFor(4) }
    await expectOk(
      publisher.publish({
        'targets/a': await aTargets({ signers: outer.keys, version: 1, delegations: [inner] }),
        'targets/a/b': await aTargets({ signers: inner.keys, version: 1, targets }),
      }),
    )
    const [key] = await Promise.all(inner.keys.map(by))
    expect(await facts()).toEqual([`targets/a/b w1 000003 ${key}`])
  })

  it('stays when another role is published, whose name that of its role begins with', async () => {
    const delegations = [await aDelegation('targets/a'), await aDelegation('targets/ab')]
    const [role, longer] = delegations
    const publisher = await aPublishedCollection(client, gun, { delegations })
    const signed = (one: typeof role, version: number, tag: string) =>
      aTargets({ signers: one?.keys ?? [], version, targets: { [tag]: digestFor(1) } })
    await expectOk(
      publisher.publish({ 'targets/a': await signed(role, 1, 'v1'), 'targets/ab': await signed(longer, 1, 'v2') }),
    )
    await expectOk(publisher.publish({ 'targets/a': await signed(role, 2, 'v3') }))
    expect((await facts()).map((fact) => fact.split(' ').slice(0, 2))).toEqual([
      ['targets/a', 'v3'],
      ['targets/ab', 'v2'],
    ])
  })

  it('of more roles than are read at once stays when the role above them is published', async () => {
    const key = await aKey()
    const names = Array.from({ length: 21 }, (_, at) => `targets/r${String(at).padStart(2, '0')}` as const)
    const delegations = names.map((name) => ({ name, keys: [key] }))
    const publisher = await aPublishedCollection(client, gun, { delegations })
    const signed = await aTargets({ signers: [key], version: 1, targets: { v1: digestFor(1) } })
    await expectOk(publisher.publish(Object.fromEntries(names.map((name) => [name, signed]))))
    await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3, delegations }) }))
    expect((await facts()).map((fact) => fact.split(' ')[0])).toEqual(names)
  })

  it('goes with a deletion, and stays where another GUN of the repository says it', async () => {
    const publisher = await aPublishedCollection(client, gun, { targets: { v1: digestFor(1) } })
    await withSql("UPDATE trust_collections SET gun = 'old.example.com/alice/app'")
    await aPublishedCollection(client, gun, { targets: { v1: digestFor(1) } })
    expect(await facts()).toHaveLength(2)
    await expectOk(publisher.client('DELETE', trustPath(gun)))
    expect(await facts()).toHaveLength(1)
    expect(await pins()).toContain('tag v1')
  })
})

describe('a pin', () => {
  it('keeps what Docker finds signed, in targets and in targets/releases, until it is signed no more', async () => {
    const delegations = [await aDelegation('targets/releases'), await aDelegation('targets/dave')]
    const [releases, dave] = delegations
    const publisher = await aPublishedCollection(client, gun, { delegations, targets: { v1: digestFor(1) } })
    expect(await pins()).toEqual(['manifest 000001', 'repository ', 'tag v1'])
    const release = (version: number, targets: Record<string, string>) =>
      aTargets({ signers: releases?.keys ?? [], version, targets })
    await expectOk(
      publisher.publish({
        'targets/releases': await release(1, { v1: digestFor(1), v2: digestFor(2) }),
        'targets/dave': await aTargets({ signers: dave?.keys ?? [], version: 1, targets: { v3: digestFor(3) } }),
      }),
    )
    expect(await pins()).toEqual(['manifest 000001', 'manifest 000002', 'repository ', 'tag v1', 'tag v2'])
    await expectOk(publisher.publish({ 'targets/releases': await release(2, {}) }))
    expect(await pins()).toEqual(['manifest 000001', 'repository ', 'tag v1'])
    await expectOk(publisher.client('DELETE', trustPath(gun)))
    expect(await pins()).toEqual([])
  })

  it('keeps a signed tag and its repository from being deleted, and lets them go with the trust data', async () => {
    await aPublishedCollection(client, gun, { targets: { v1: hexOf(digest) } })
    const owner = await clientOf(repository)
    expect((await owner('DELETE', `/v2/${repository}/manifests/v1`)).status).toBe(409)
    expect((await owner('DELETE', `/v2/${repository}/manifests/${digest}`)).status).toBe(409)
    await expectOk(client('DELETE', trustPath(gun)))
    expect((await owner('DELETE', `/v2/${repository}/manifests/v1`)).status).toBe(202)
  })
})
