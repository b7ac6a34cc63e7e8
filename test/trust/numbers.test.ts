/** What monitoring systems read of trust data: each number is kept, and none is counted when it is asked for. */
import { beforeEach, expect, it } from 'vitest'
import { env } from 'cloudflare:workers'
import { openDatabase } from '../../src/db/database.ts'
import { recordPulls } from '../../src/db/events/pulls.ts'
import { parseDigest, parseRepositoryName } from '../../src/names.ts'
import { withSql } from '../support/bounds.ts'
import { pushImage, type Image } from '../support/content.ts'
import { aPerson, aUser, clientOf, type Person } from '../support/people.ts'
import { aPublishedCollection, expectOk, gunOf, notaryClient, trustPath } from './support/clients.ts'

const repository = 'alice/app'
const gun = gunOf(repository)

let root: Person
let image: Image

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await aUser('alice')
  image = await pushImage(await clientOf(repository), repository, 'v1')
})

async function metrics(): Promise<Record<string, number>> {
  const text = await (await root.ask('GET', '/api/v0/admin/metrics')).text()
  const lines = [...text.matchAll(/^breakwater_trust_(\w+) (\d+)$/gm)]
  return Object.fromEntries(lines.map(([, name = '', value]) => [name, Number(value)]))
}

const none = { collections: 0, publications_total: 0, refusals_total: 0, keys_previous_secret: 0, keys_lost: 0 }

it('counts collections that are published, and publications, of which a renewal is none', async () => {
  expect(await metrics()).toEqual(none)
  const client = await notaryClient('alice', gun)
  const publisher = await aPublishedCollection(client, gun)
  await expectOk(publisher.publish({ targets: await publisher.targets({ version: 3 }) }))
  expect(await metrics()).toEqual({ ...none, collections: 1, publications_total: 2 })
  await withSql("UPDATE trust_keys SET sealed_with = 'of a secret that is lost'")
  expect(await metrics()).toMatchObject({ keys_lost: 2 })
  await expectOk(client('DELETE', trustPath(gun)))
  expect(await metrics()).toMatchObject({ collections: 0, publications_total: 2 })
  await withSql('UPDATE trust_collections SET is_published = 1')
  await withSql('DELETE FROM trust_collections')
  expect(await metrics()).toMatchObject({ collections: 0 })
})

it('counts each pull that a policy refused, also those of one event', async () => {
  const pull = {
    actor: '' as const,
    actorId: undefined,
    repository: parseRepositoryName(repository),
    tag: undefined,
    digest: parseDigest(image.digest),
    missingSignatures: ['acme/qa'],
  }
  const db = openDatabase(env.DB)
  await recordPulls(db, [{ ...pull, isRefused: true, count: 3 }], 7)
  await recordPulls(
    db,
    [
      { ...pull, isRefused: true, count: 2 },
      { ...pull, count: 9 },
    ],
    8,
  )
  expect(await metrics()).toEqual({ ...none, refusals_total: 5 })
})
