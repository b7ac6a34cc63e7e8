import { beforeEach, describe, expect, it } from 'vitest'
import { workOnJob } from '../../src/jobs/runner.ts'
import { parseRepositoryName } from '../../src/names.ts'
import type { Send } from '../support/client.ts'
import { countRows, pushImage, segmentKeys, type Image } from '../support/content.ts'
import { removeByApi } from '../support/deletions.ts'
import { worker } from '../support/jobs.ts'
import { aUser } from '../support/people.ts'
import { collect } from './support/collecting.ts'

const name = parseRepositoryName('alice/app')

let client: Send
let image: Image

beforeEach(async () => {
  client = await aUser('alice')
  image = await pushImage(client, name, 'v1')
})

const statusOf = async (method: string, path: string): Promise<number> => (await client(method, path)).status

describe('a collection after the deletion of a repository', () => {
  it('deletes the bytes', async () => {
    await workOnJob(worker(), await removeByApi(name))
    expect(await countRows('blobs')).toBe(3)
    await collect()
    expect([await countRows('blobs'), await segmentKeys()]).toEqual([0, { rows: [], objects: [] }])
  })

  it('leaves alone what others have too', async () => {
    await pushImage(client, 'alice/other', 'v1')
    await workOnJob(worker(), await removeByApi(name))
    await collect()
    for (const { digest } of [image.config, ...image.layers]) {
      expect(await statusOf('GET', `/v2/alice/other/blobs/${digest}`)).toBe(200)
    }
    expect(await statusOf('GET', `/v2/alice/other/manifests/v1`)).toBe(200)
  })
})
