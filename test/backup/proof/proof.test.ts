/** A backup proves itself: restored into another database it is the same, and each kind of damage is found and named. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { usualLimits } from '../../../src/backup/boundaries.ts'
import type { ProofProgress } from '../../../src/backup/proof/progress.ts'
import type { Proof } from '../../../src/backup/proof/proof-document.ts'
import { tables } from '../../../src/installed.ts'
import { pushImage } from '../../support/content.ts'
import { clientOf } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { contextOf, exportAll } from '../support/exporting.ts'
import { drillTables, proveAll, provingOf } from '../support/proving.ts'
import { readManifest } from '../support/reading.ts'

const id = 'b1'
const repository = 'acme/app'

beforeEach(async () => {
  const client = await clientOf(repository)
  await pushImage(client, repository, 'latest')
  await pushImage(client, repository, 'other', 7)
  await exportAll(contextOf(id, tables, usualLimits))
})

async function prove(between?: (phase: ProofProgress['phase']) => Promise<void>): Promise<Proof> {
  const proof = await proveAll(await provingOf(id), between)
  expect(await drillTables()).toEqual([])
  return proof
}

/** Does something before a phase of the proof. */
const before =
  (wanted: ProofProgress['phase'], what: () => Promise<unknown>) =>
  async (phase: ProofProgress['phase']): Promise<void> => {
    if (phase === wanted) await what()
  }

it('a good backup is proven, with all that was looked at and the measured times', async () => {
  // With so small parts that there are many.
  await exportAll(contextOf(id, tables))
  const manifest = await readManifest(id)
  const proof = await prove()
  expect(proof).toMatchObject({ state: 'proven', findings: [], findingCount: 0, droppedRows: 0, deletedSegments: 0 })
  const blobs = await rowsOf<{ size_bytes: number }>('SELECT size_bytes FROM blobs')
  expect(proof.checked).toEqual({
    parts: manifest.parts.length,
    bytes: manifest.parts.reduce((sum, part) => sum + part.bytes, 0),
    rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
    manifests: 2,
    segments: blobs.length,
    sampledBlobs: blobs.length,
    sampledBytes: blobs.reduce((sum, blob) => sum + blob.size_bytes, 0),
    copies: 0,
    hashedCopies: 0,
  })
  expect(proof.rtoSeconds).toBeGreaterThan(0)
  expect(proof.rpoSeconds).toBeCloseTo((proof.endedAt - manifest.createdAt) / 1000)
})

describe('a damaged backup fails, with a sentence that names the damage:', () => {
  const bytesOf = async (key: string): Promise<Uint8Array> =>
    new Uint8Array((await (await env.BACKUPS.get(key))?.arrayBuffer()) ?? new ArrayBuffer())
  const partOf = async (table: string): Promise<string> =>
    (await readManifest(id)).parts.find((part) => part.table === table)?.object ?? ''

  const damages: Readonly<Record<string, (key: string) => Promise<string>>> = {
    async 'a missing part'(key) {
      await env.BACKUPS.delete(key)
      return `${key}: it is missing`
    },
    async 'a flipped bit'(key) {
      const bytes = await bytesOf(key)
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
      await env.BACKUPS.put(key, bytes)
      return `${key}: its bytes are not those that were written`
    },
    async 'a truncated part'(key) {
      const bytes = await bytesOf(key)
      await env.BACKUPS.put(key, bytes.subarray(0, bytes.length - 1))
      return `${key}: it has ${bytes.length - 1} bytes in place of ${bytes.length}`
    },
    async 'a part of another table'(key) {
      await env.BACKUPS.put(key, await bytesOf(await partOf('tags')))
      return key
    },
  }
  for (const [name, damage] of Object.entries(damages)) {
    it(name, async () => {
      const words = await damage(await partOf('manifests'))
      const proof = await prove()
      expect(proof).toMatchObject({ state: 'failed', rtoSeconds: null, rpoSeconds: null, findingCount: 1 })
      expect(proof.findings[0]).toContain(`the backup ${id} is damaged`)
      expect(proof.findings[0]).toContain(words)
    })
  }
})

describe('content that the registry has lost is found:', () => {
  const aSegment = async (): Promise<{ key: string; blob_digest: string; size_bytes: number }> => {
    const [segment] = await rowsOf<{ key: string; blob_digest: string; size_bytes: number }>(
      'SELECT key, blob_digest, size_bytes FROM segments ORDER BY size_bytes DESC LIMIT 1',
    )
    if (segment === undefined) throw new Error('there is no segment')
    return segment
  }

  it('a missing object', async () => {
    const { key, blob_digest: digest } = await aSegment()
    await env.BUCKET.delete(key)
    const proof = await prove()
    expect(proof.state).toBe('failed')
    expect(proof.findings).toContain(`the object ${key} of the blob ${digest} is missing in the registry's bucket`)
  })

  it('an object with another size', async () => {
    const { key, blob_digest: digest, size_bytes: size } = await aSegment()
    await env.BUCKET.put(key, new Uint8Array(size + 1))
    expect((await prove()).findings).toContain(
      `the object ${key} of the blob ${digest} has ${size + 1} bytes in the registry's bucket in place of ${size}`,
    )
  })

  it('other bytes of the same size', async () => {
    const { key, blob_digest: digest, size_bytes: size } = await aSegment()
    await env.BUCKET.put(key, new Uint8Array(size))
    const { findings } = await prove()
    expect(findings).toEqual([expect.stringContaining(`the bytes of the blob ${digest} have the digest sha256:`)])
  })

  it('but not what garbage collection deleted since, also during the proof', async () => {
    const { key } = await aSegment()
    const collect = async (): Promise<void> => {
      await env.DB.prepare('UPDATE segments SET blob_digest = NULL WHERE key = ?').bind(key).run()
      await env.BUCKET.delete(key)
    }
    expect(await prove(before('manifests', collect))).toMatchObject({ state: 'proven', deletedSegments: 1 })
    await env.DB.prepare('DELETE FROM segments WHERE key = ?').bind(key).run()
    expect(await prove()).toMatchObject({ state: 'proven', deletedSegments: 1 })
  })
})

describe('a row that is not restored as it was written is found:', () => {
  const change = (statement: string) => before('rows', () => env.DRILL.prepare(statement).run())

  it('a changed one', async () => {
    const { findings } = await prove(change(`UPDATE restoring_tags SET updated_at = 7 WHERE name = 'latest'`))
    expect(findings).toEqual([
      expect.stringMatching(/^the row \[\d+,"latest"\] of tags is not the same once it is restored$/),
    ])
  })

  it('a missing one', async () => {
    const { findings } = await prove(change(`DELETE FROM restoring_tags WHERE name = 'latest'`))
    expect(findings).toEqual(['the restored database lacks 1 rows of tags, and 0 were to be left out'])
  })

  it('one too many, before the last row and after it', async () => {
    const add = (name: string): string =>
      `INSERT INTO restoring_crons SELECT '${name}', 'x', '@daily', 0, '{}', '{}', '', '', 0`
    await env.DB.prepare(add('m').replace('restoring_', '')).run()
    await exportAll(contextOf(id, tables, usualLimits))
    expect((await prove(change(add('a')))).findings).toContain(
      'the restored database has a row ["a"] of crons that the backup has not',
    )
    expect((await prove(change(add('z')))).findings).toEqual([
      'the restored database has 2 rows of crons in place of 1',
    ])
  })

  it('a manifest with other content, and one whose reference no row knows', async () => {
    const wrong = before('manifests', async () => {
      const drill = env.DRILL
      const digests = 'SELECT digest FROM restoring_manifests ORDER BY digest'
      await drill.prepare(`DELETE FROM restoring_manifest_blobs WHERE manifest_digest = (${digests} LIMIT 1)`).run()
      await drill
        .prepare(`UPDATE restoring_manifests SET body = body || ' ' WHERE digest = (${digests} LIMIT 1 OFFSET 1)`)
        .run()
    })
    const { findings, findingCount } = await prove(wrong)
    expect(findings).toContainEqual(
      expect.stringMatching(/^the manifest sha256:\w+ of acme\/app names the blob sha256:\w+, which is not among its/),
    )
    expect(findings).toContainEqual(
      expect.stringMatching(/^the manifest sha256:\w+ of acme\/app has content with another digest$/),
    )
    expect(findingCount).toBe(findings.length)
  })
})
