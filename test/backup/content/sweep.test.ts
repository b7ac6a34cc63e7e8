/** Content goes with the last backup that has it. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { blobKey, begunKey, layoutsOf, manifestKey } from '../../../src/backup/keys.ts'
import { usualCopyLimits } from '../../../src/backup/content/copied.ts'
import type { Send } from '../../support/client.ts'
import { contentOf, pushBlob, pushImage } from '../../support/content.ts'
import { clientOf } from '../../support/people.ts'
import { backUp, backUpContent, bytesInBackup } from '../support/making.ts'

const repository = 'acme/app'
let client: Send

beforeEach(async () => {
  client = await clientOf(repository)
})

const keysOf = async (prefix: string): Promise<readonly string[]> =>
  (await env.BACKUPS.list({ prefix })).objects.map(({ key }) => key)

/** Deletes a backup as retention does. */
async function drop(id: string): Promise<void> {
  await env.BACKUPS.put(begunKey(id), '')
  await env.BACKUPS.delete(manifestKey(id))
}

it('a blob stays while a backup has it, and goes with the last one', async () => {
  const image = await pushImage(client, repository, 'latest')
  const first = await backUpContent()
  const blobs = await keysOf('blobs/')
  const later = await pushBlob(client, repository, contentOf(1000, 9))
  const second = await backUpContent()
  await drop(second)
  const third = await backUp()
  expect(await keysOf('blobs/')).toEqual(blobs)
  expect(await keysOf(layoutsOf(first))).toHaveLength(2)
  expect(await keysOf(layoutsOf(second))).toEqual([])
  expect(await bytesInBackup(image.config.digest)).toMatchObject({ digest: image.config.digest })
  expect(await env.BACKUPS.head(blobKey(later.digest))).toBeNull()
  await drop(first)
  await backUp()
  expect(await keysOf('')).toEqual(expect.arrayContaining([manifestKey(third)]))
  expect([...(await keysOf('blobs/')), ...(await keysOf('inventories/')), ...(await keysOf('oci/'))]).toEqual([])
})

it('what an unfinished backup copied is taken by the next one, and goes if that has no content', async () => {
  await env.BACKUPS.put(begunKey('dead'), '')
  await env.BACKUPS.put(`blobs/sha256/${'a'.repeat(64)}`, 'of the dead')
  await env.BACKUPS.put('kept/of-the-dead', '')
  await env.BACKUPS.put(`${layoutsOf('dead')}acme/app/index.json`, '{}')
  await backUp()
  expect(await keysOf('blobs/')).toEqual([])
  expect(await keysOf('kept/')).toEqual([])
  expect(await keysOf('oci/')).toEqual([])
})

it('nothing goes if a list of content cannot be read', async () => {
  await pushImage(client, repository, 'latest')
  const first = await backUpContent()
  const blobs = await keysOf('blobs/')
  await env.BACKUPS.delete([...(await keysOf('inventories/'))])
  await env.BACKUPS.put(begunKey('dead'), '')
  await backUp()
  expect(await keysOf('blobs/')).toEqual(blobs)
  expect(await keysOf(manifestKey(first))).toHaveLength(1)
})

it('more objects than one listing has: what is named stays, what is not goes, on both sides of the boundary', async () => {
  expect(usualCopyLimits.rowsOfPage).toBe(1000)
  await pushImage(client, repository, 'latest')
  const named = await backUpContent()
  const before = await keysOf('blobs/')
  const strange = Array.from({ length: 1001 }, (_, at) => `blobs/sha256/${at.toString(16).padStart(64, '8')}`)
  for (let at = 0; at < strange.length; at += 50) {
    await Promise.all(strange.slice(at, at + 50).map((key) => env.BACKUPS.put(key, 'x')))
  }
  await env.BACKUPS.put(begunKey('dead'), '')
  // It finds what it has among them, and copies nothing again.
  await backUpContent()
  expect(await keysOf('blobs/')).toEqual(before)
  expect(await keysOf(layoutsOf(named))).toHaveLength(2)
})
