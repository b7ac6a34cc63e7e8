/** A listing of R2 that ends with its page, and one that goes on with a single object. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { findBackups } from '../../src/backup/backups.ts'
import { mostObjectsOfCall } from '../../src/storage/backups.ts'
import { pushImage } from '../support/content.ts'
import { clientOf } from '../support/people.ts'
import { backUp } from './support/making.ts'
import { readBackup } from './support/reading.ts'

const keysOf = async (prefix: string): Promise<string[]> =>
  (await env.BACKUPS.list({ prefix })).objects.map(({ key }) => key)

/** Puts so many objects that come before all others of the prefix. */
async function putBefore(prefix: string, suffix: string, count: number, from = 0): Promise<void> {
  const keys = Array.from({ length: count }, (_, at) => `${prefix}-${String(from + at).padStart(4, '0')}${suffix}`)
  for (let at = 0; at < keys.length; at += 100) {
    await Promise.all(keys.slice(at, at + 100).map((key) => env.BACKUPS.put(key, '')))
  }
}

it('a backup is found, and what is left of others is deleted, at the end of a page and after it', async () => {
  await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
  const first = await backUp()
  const foundAfter = async (): Promise<boolean> =>
    (await findBackups(env.BACKUPS)).some(({ id, summary }) => id === first && summary !== undefined)
  await putBefore('backups/', '/begun', mostObjectsOfCall - 1)
  expect(await keysOf('backups/')).toHaveLength(mostObjectsOfCall)
  expect(await foundAfter()).toBe(true)
  await putBefore('backups/', '/begun', 1, mostObjectsOfCall)
  expect(await foundAfter()).toBe(true)

  const parts = await keysOf('parts/')
  await putBefore('parts/', '.gz', mostObjectsOfCall - parts.length)
  expect(await keysOf('parts/')).toHaveLength(mostObjectsOfCall)
  const second = await backUp()
  expect((await findBackups(env.BACKUPS)).map(({ id }) => id)).toEqual([second, first])
  expect((await keysOf('parts/')).filter((key) => key.startsWith('parts/-'))).toEqual([])
  for (const id of [first, second]) await readBackup(id)
}, 60_000)
