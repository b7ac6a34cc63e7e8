/** A part that the bucket damaged is written again by the next backup, and so the earlier ones that name it are whole too. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { tables } from '../../src/installed.ts'
import { pushImage } from '../support/content.ts'
import { clientOf } from '../support/people.ts'
import { contextOf, exportAll } from './support/exporting.ts'
import { usualLimits } from '../../src/backup/boundaries.ts'
import { readBackup, readManifest } from './support/reading.ts'

const repository = 'acme/app'

beforeEach(async () => {
  await pushImage(await clientOf(repository), repository, 'latest')
  await exportAll(contextOf('first', tables, usualLimits))
})

const partOf = async (id: string, table: string) => {
  const part = (await readManifest(id)).parts.find((one) => one.table === table)
  if (part === undefined) throw new Error(`the backup ${id} has no part of ${table}`)
  return part
}

const bytesOf = async (key: string): Promise<Uint8Array> =>
  new Uint8Array((await (await env.BACKUPS.get(key))?.arrayBuffer()) ?? new ArrayBuffer())

function flipBit(bytes: Uint8Array): Uint8Array {
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  return bytes
}

describe('a backup writes a part again that the bucket has damaged:', () => {
  const damages: Readonly<Record<string, (bytes: Uint8Array, other: Uint8Array) => Uint8Array>> = {
    'a flipped bit': flipBit,
    'a truncated part': (bytes) => bytes.subarray(0, -1),
    'a part that has bytes too many': (bytes) => new Uint8Array([...bytes, ...new Uint8Array(100_000)]),
    'an empty part': () => new Uint8Array(),
    'the part of another table': (_, other) => other,
  }
  for (const [name, damaged] of Object.entries(damages)) {
    it(name, async () => {
      const { object } = await partOf('first', 'manifests')
      const { customMetadata } = (await env.BACKUPS.head(object)) ?? {}
      const other = await bytesOf((await partOf('first', 'tags')).object)
      await env.BACKUPS.put(object, damaged(await bytesOf(object), other), {
        ...(customMetadata !== undefined && { customMetadata }),
      })
      await exportAll(contextOf('second', tables, usualLimits))
      expect(await partOf('second', 'manifests')).toMatchObject({ object, isNew: true })
      expect((await partOf('second', 'tags')).isNew).toBe(false)
      for (const id of ['first', 'second']) await readBackup(id)
    })
  }
})
