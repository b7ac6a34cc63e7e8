/** Reads a backup as a restore would: every hash is checked, and each row has the columns that the manifest names. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { manifestKey } from '../../../src/backup/keys.ts'
import { manifestSchema, sha256Of, type Manifest } from '../../../src/backup/manifest.ts'
import { plainSealing } from '../../../src/backup/sealing/sealing.ts'
import { z } from 'zod'

export type Row = Readonly<Record<string, unknown>>
export type Tables = ReadonlyMap<string, readonly Row[]>

const line = z.record(z.string(), z.array(z.unknown()))

export async function readManifest(id: string): Promise<Manifest> {
  const object = await env.BACKUPS.get(manifestKey(id))
  if (object === null) throw new Error(`there is no backup ${id}`)
  return manifestSchema.parse(await object.json())
}

/** @returns the rows of each table; `counts` and hashes of the manifest hold */
export async function readBackup(id: string, sealing = plainSealing): Promise<Tables> {
  const manifest = await readManifest(id)
  const tables = new Map<string, Row[]>(manifest.tables.map(({ name }) => [name, []]))
  for (const part of manifest.parts) {
    const object = await env.BACKUPS.get(part.object)
    const stored = new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer())
    expect([stored.length, await sha256Of(stored)]).toEqual([part.storedBytes, part.storedSha256])
    const plain = await new Response(
      new Blob([await sealing.open(part.object, stored)]).stream().pipeThrough(new DecompressionStream('gzip')),
    ).arrayBuffer()
    expect([plain.byteLength, await sealing.digestOf(new Uint8Array(plain))]).toEqual([part.bytes, part.sha256])
    for (const text of new TextDecoder().decode(plain).trimEnd().split('\n')) {
      for (const [name, values] of Object.entries(line.parse(JSON.parse(text)))) {
        const columns = manifest.tables.find((table) => table.name === name)?.columns ?? []
        expect(values).toHaveLength(columns.length)
        tables.get(name)?.push(Object.fromEntries(columns.map((column, at) => [column, values[at]])))
      }
    }
  }
  for (const { name, rows } of manifest.tables) expect([name, tables.get(name)?.length]).toEqual([name, rows])
  return tables
}

/** The rows of a table in the backup, by the values of some columns. */
export const valuesOf = (tables: Tables, table: string, ...columns: readonly string[]): unknown[][] =>
  (tables.get(table) ?? []).map((row) => columns.map((column) => row[column]))
