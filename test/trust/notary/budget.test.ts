/** What each route asks of D1, and how D1 finds it: by an index, and a bounded number of rows. */
import { beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../src/trust/tuf/keys.ts'
import { withSql } from '../../support/bounds.ts'
import { host, send, type Send } from '../../support/client.ts'
import { countingClient, type Operations } from '../../support/counting.ts'
import { explainRequests } from '../../support/explaining-requests.ts'
import { aLogin, aPerson, aRepository, aUser } from '../../support/people.ts'
import {
  aDelegation,
  aPublishedCollection,
  gunOf,
  notaryClient,
  readFile,
  trustPath,
  upload,
} from '../support/clients.ts'
import { aTargets } from '../support/documents.ts'

const repository = 'alice/app'
const gun = gunOf(repository)
const changefeed = `/v2/${gun}/_trust/changefeed?records=10`

let token: string

beforeEach(async () => {
  await aUser('alice')
  await aRepository(repository)
  const login = await aLogin('alice')
  const scope = `repository:${gun}:pull,push,*`
  const response = await login('GET', `/auth/token?service=${host}&scope=${scope}`)
  ;({ token } = await response.json<{ token: string }>())
})

describe('the round trips to D1', () => {
  let client: Send
  let counted: Operations
  let reset: () => void

  beforeEach(async () => {
    ;({ client, counted, reset } = countingClient(token))
    // The isolate learns of the replicas.
    await client('GET', `${trustPath(gun)}root.json`)
  })

  async function costOf(
    work: () => Promise<Response>,
  ): Promise<readonly [status: number, trips: number, writes: number]> {
    reset()
    const { status } = await work()
    return [status, counted.roundTrips, counted.writes]
  }

  it('of a read are one, and none of them writes', async () => {
    const publisher = await aPublishedCollection(client, gun)
    const { bytes } = await readFile(publisher, 'snapshot.json')
    const files = ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json', '1.root.json']
    for (const file of [...files, `snapshot.${await sha256Hex(bytes)}.json`]) {
      expect([file, ...(await costOf(() => publisher.get(file)))]).toEqual([file, 200, 1, 0])
    }
    expect(await costOf(() => client('GET', changefeed))).toEqual([200, 1, 0])
    expect(await costOf(() => client('GET', `${trustPath(gun)}timestamp.key`))).toEqual([200, 1, 0])
  })

  it('of the health, which anyone may ask, are those of one request in some seconds, whatever the traffic', async () => {
    const { anonymous, counted: asked } = countingClient(token)
    const ask = async () => (await anonymous('GET', '/_notary_server/health')).status
    expect(await ask()).toBe(200)
    const first = asked.roundTrips
    expect(first).toBeGreaterThan(0)
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array.from({ length: 20 }, () => 200))
    expect(asked.roundTrips).toBe(first)
  })

  it('of the first key of a collection are three, and of a publication and a deletion two', async () => {
    expect(await costOf(() => client('GET', `${trustPath(gun)}timestamp.key`))).toEqual([200, 3, 2])
    const releases = await aDelegation('targets/releases')
    const publisher = await aPublishedCollection(client, gun, { delegations: [releases] })
    const files = { 'targets/releases': await aTargets({ signers: releases.keys, version: 1 }) }
    expect(await costOf(() => publisher.publish(files))).toEqual([200, 2, 1])
    expect(await costOf(() => client('DELETE', trustPath(gun)))).toEqual([200, 2, 1])
  })

  it('of a publication above delegations are one more for each level', async () => {
    const releases = await aDelegation('targets/releases')
    const publisher = await aPublishedCollection(client, gun, { delegations: [releases] })
    await publisher.publish({ 'targets/releases': await aTargets({ signers: releases.keys, version: 1 }) })
    const targets = await publisher.targets({ version: 3, delegations: [releases] })
    expect(await costOf(() => publisher.publish({ targets }))).toEqual([200, 3, 1])
  })

  it('of a read by a thousand clients at once are a few', async () => {
    const publisher = await aPublishedCollection(client, gun)
    reset()
    const answers = await Promise.all(Array.from({ length: 1000 }, () => publisher.get('timestamp.json')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(counted.roundTrips).toBeLessThan(20)
  }, 60_000)

  it('of a refused caller are none', async () => {
    reset()
    expect((await send('GET', `${trustPath(gun)}root.json`)).status).toBe(401)
    expect(counted.roundTrips).toBe(0)
  })
})

describe('a plan', () => {
  const tables =
    /^(?:SCAN|SEARCH(?= .* AUTOMATIC )) (trust_\w+|document|old|signature_facts|pins|repositories|segments|accounts)\b/

  it('of no statement reads a whole table, but for the feed of all changes, which is read in its order', async () => {
    await aPerson('root', { isAdmin: true })
    const publisher = await aPublishedCollection(await notaryClient('alice', gun), gun)
    const { bytes } = await readFile(publisher, 'root.json')
    const plans = await explainRequests(`Bearer ${token}`, async (client) => {
      for (const file of ['root.json', 'timestamp.json', '1.root.json', `root.${await sha256Hex(bytes)}.json`]) {
        await client('GET', `${trustPath(gun)}${file}`)
      }
      await client('GET', `${trustPath(gun)}timestamp.key`)
      await client('POST', `${trustPath(gun)}timestamp.key`)
      const releases = await aDelegation('targets/releases')
      const targets = await publisher.targets({ version: 3, delegations: [releases] })
      await upload(client, gun, { targets })
      await upload(client, gun, { 'targets/releases': await aTargets({ signers: releases.keys, version: 1 }) })
      await upload(client, gun, { targets: await publisher.targets({ version: 4, delegations: [releases] }) })
      await client('GET', changefeed)
      await client('GET', '/_notary_server/health')
      await client('DELETE', trustPath(gun))
    })
    const scans = [...plans].flatMap(([statement, steps]) =>
      steps.filter((step) => tables.test(step)).map((step) => `${step}: ${statement}`),
    )
    expect(scans).toEqual([])
    expect(plans.size).toBeGreaterThan(20)
  })

  it('of the feed of all changes ends with its page', async () => {
    await withSql("UPDATE accounts SET is_admin = 1 WHERE name = 'alice'")
    const login = await aLogin('alice')
    const catalog = await login('GET', `/auth/token?service=${host}&scope=registry:catalog:*`)
    const authorization = `Bearer ${(await catalog.json<{ token: string }>()).token}`
    const plans = await explainRequests(authorization, (client) => client('GET', '/v2/_trust/changefeed?records=10'))
    const steps = [...plans.values()].flat()
    expect(steps.filter((step) => tables.test(step))).toEqual([])
    expect(steps).toContainEqual(expect.stringMatching(/^SEARCH trust_changes USING INTEGER PRIMARY KEY \(rowid>\?\)$/))
  })
})
