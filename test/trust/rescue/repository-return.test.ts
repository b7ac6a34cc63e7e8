/** Trust data comes back with a repository that was deleted and is restored alone. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { workOnJob } from '../../../src/jobs/runner.ts'
import { parseRepositoryName } from '../../../src/names.ts'
import type { BackedUpRows } from '../../../src/registry/repository-return.ts'
import { returnTrustData } from '../../../src/trust/rescue/repository-return.ts'
import { backedUpNow } from '../../support/backed-up-rows.ts'
import type { Send } from '../../support/client.ts'
import { countRows } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { worker } from '../../support/jobs.ts'
import { idOfRepository, removeByApi } from '../../support/deletions.ts'
import { aRepository, aUser } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import {
  aPublishedCollection,
  expectOk,
  gunOf,
  notaryClient,
  trustPath,
  upload,
  type Publisher,
} from '../support/clients.ts'

const name = parseRepositoryName('alice/app')
const gun = gunOf(name)
const digest = 'a'.repeat(64)
let client: Send
let publisher: Publisher
let backup: BackedUpRows
let before: { readonly id: number; readonly name: string }

beforeEach(async () => {
  await aUser('alice')
  await aRepository(name)
  client = await notaryClient('alice', gun)
  publisher = await aPublishedCollection(client, gun, { targets: { v1: digest } })
  before = { id: await idOfRepository(name), name }
  backup = await backedUp()
})

const backedUp = () => backedUpNow('trust_collections', 'trust_metadata', 'trust_keys')

async function loseRepository(): Promise<void> {
  await expectOk(client('DELETE', trustPath(gun)))
  await workOnJob(worker(), await removeByApi(name))
  await aRepository(name)
  client = await notaryClient('alice', gun)
}

const bringBack = async (changes: Parameters<typeof testContext>[0] = {}, as = name) =>
  returnTrustData(testContext(changes), { id: await idOfRepository(as), name: as, before }, backup)

const read = async (file: string): Promise<string> => (await client('GET', `${trustPath(gun)}${file}`)).text()

describe('trust data', () => {
  it('is served as it was, with its facts and pins, and may be brought back twice', async () => {
    const files = ['root.json', '1.root.json', 'targets.json', 'snapshot.json', 'timestamp.json']
    const served = await Promise.all(files.map(read))
    await loseRepository()
    expect(await read('timestamp.json')).not.toBe(served.at(-1))
    for (let times = 0; times < 2; times++) {
      expect(await bringBack()).toEqual([`${name}: the trust data of ${gun} is back`])
      expect(await Promise.all(files.map(read))).toEqual(served)
    }
    expect(await countRows('signature_facts', `digest = 'sha256:${digest}' AND name = 'v1'`)).toBe(1)
    expect(await countRows('pins', "kind = 'tag' AND name = 'v1'")).toBe(1)
    expect(await rowsOf("SELECT role FROM trust_expiries WHERE role IN ('timestamp', 'snapshot')")).toEqual([])
  })

  it('goes on: its owner publishes, and the registry signs with the keys of before', async () => {
    const [highest] = await rowsOf<{ version: number }>('SELECT timestamp_version AS version FROM trust_collections')
    await loseRepository()
    await bringBack()
    const targets = await publisher.targets({ version: 3, targets: { v2: 'b'.repeat(64) } })
    await expectOk(upload(client, gun, { targets }))
    const [now] = await rowsOf<{ version: number }>('SELECT max(timestamp_version) AS version FROM trust_collections')
    expect(now?.version).toBe(Number(highest?.version) + 1)
    expect(await countRows('trust_keys', 'used_at IS NOT NULL')).toBe(2)
  })

  it('is not restored without the secret of its keys, nor under another name', async () => {
    await loseRepository()
    const secrets = { current: 'another secret of the registry, long enough', previous: undefined }
    expect(await bringBack({ secrets })).toEqual([
      expect.stringContaining(`the trust data of ${gun} is not restored: its keys open with neither secret`),
    ])
    expect(await countRows('trust_metadata')).toBe(0)
    const other = parseRepositoryName('alice/other')
    await aRepository(other)
    expect(await bringBack({}, other)).toEqual([`the trust data of ${gun} is not restored: it has another name now`])
  })

  it('that is damaged in the backup is not restored', async () => {
    await env.DB.prepare(`UPDATE trust_metadata SET body = replace(body, 'v1', 'v9') WHERE role = 'targets'`).run()
    backup = await backedUp()
    await loseRepository()
    expect(await bringBack()).toEqual([expect.stringContaining('is not restored: ')])
    expect(await countRows('trust_metadata')).toBe(0)
  })
})
