/**
 * The SQLite files in which the runtime keeps D1, what R2's objects are called, and what the replicas know. A change stands
 * in a log beside its file (`-wal`) at first, and a file without its log is a file without its last changes.
 */
import { createHash, createHmac } from 'node:crypto'
import { existsSync, opendirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'
import { shortestSecret } from '../../src/limits.ts'
import { readConfiguration } from './configuration.ts'

/** Moves all changes into the files themselves, so that each is whole without its log. No runtime may have them open. */
export function writeBack(state: string): void {
  for (const path of ['d1', 'r2', 'do', 'cache'].flatMap((store) => filesOf(state, store))) {
    const file = new DatabaseSync(path)
    try {
      file.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      file.close()
    }
  }
}

/** Returns the path of the mark that the data has an account: a database without one has then lost it. */
const markOf = (state: string): string => join(state, 'data/has-accounts')

export const markAccounts = (state: string): void => writeFileSync(markOf(state), '')

/** How the database is: `lost` waits for a restore, and `being-restored` goes on with one. */
export type DatabaseCondition = 'usable' | 'lost' | 'being-restored'

/**
 * Refuses data that cannot be read, and data of which a part is lost: the registry would take it for a new one, make a new
 * administrator, and know nothing of the images that it still has.
 *
 * @param mayBeRestored a lost database is no reason to refuse, as a backup can be restored into it
 * @throws Error that says what is lost and what to do
 */
export function refuseDamage(state: string, mayBeRestored = false): DatabaseCondition {
  const data = join(state, 'data')
  const [d1, r2] = [registryFiles(state), filesOf(state, 'r2')]
  for (const path of [...d1, ...r2, ...filesOf(state, 'do')]) {
    const damage = damageOf(path)
    if (damage !== undefined) {
      throw new Error(
        `the data of the registry is damaged: ${path} cannot be read (${damage}). Stop here and put ${data} back from a backup, with the files that end in -wal; ${d1.includes(path) ? `or move ${join(data, 'd1')} away and restore a backup of the registry (docs/operations.md); ` : ''}or move it away to begin with an empty registry`,
      )
    }
  }
  if (has(d1, 'SELECT 1 FROM restoration WHERE tables_are_away = 1')) return 'being-restored'
  const hasImages = hasObjects(state)
  const wasUsed = hasImages || existsSync(markOf(state))
  if (wasUsed && !has(d1, 'SELECT 1 FROM accounts WHERE is_organization = 0 LIMIT 1')) {
    if (mayBeRestored) return 'lost'
    const known = hasImages ? `${join(data, 'r2')} has images` : 'it had accounts'
    throw new Error(
      `the database of the registry is lost: ${known}, but ${join(data, 'd1')} has no account. A file there is missing, or the log beside it (-wal). Put all files of ${data} back from a backup; or restore a backup of the registry: set BREAKWATER_RECOVERY_SECRET to ${shortestSecret} characters or more ("openssl rand -base64 32" makes them), start the registry, and type "npm run admin -- backup restore ID --yes" with the same variable; or move it away to begin with an empty registry`,
    )
  }
  if (!hasImages) return 'usable'
  const isStored = has(d1, 'SELECT 1 FROM segments WHERE blob_digest IS NOT NULL LIMIT 1')
  // Backups have names too, in another file.
  if (isStored && !has(r2, `SELECT 1 FROM _mf_objects WHERE key >= 'segments/' AND key < 'segments0' LIMIT 1`)) {
    throw new Error(
      `the names of the images' objects are lost: ${join(data, 'd1')} knows images, but the files in ${join(data, 'r2')} name none of their objects. A file there is missing, or the log beside it (-wal). Put all files of ${data} back from a backup; or move ${join(data, 'r2')} away to keep the accounts and push the images again`,
    )
  }
  return 'usable'
}

/** Lists the databases of a store, which the runtime keeps in `data/<store>/<class>/<object>.sqlite`. */
function filesOf(state: string, store: string): string[] {
  const folder = join(state, 'data', store)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory())
    .flatMap((path) => readdirSync(path).map((name) => join(path, name)))
    .filter((path) => path.endsWith('.sqlite'))
}

/** Lists the files of D1 without those of other databases than the registry's, which may have the rows of a backup. */
function registryFiles(state: string): string[] {
  const [, ...others] = readConfiguration().d1_databases
  const files = new Set(others.map(({ database_name: name }) => `${fileOfDatabase(name)}.sqlite`))
  return filesOf(state, 'd1').filter((path) => !files.has(basename(path)))
}

/** Returns what the runtime calls the file of a database: the id of the Durable Object that it keeps it in. */
function fileOfDatabase(name: string): string {
  const key = createHash('sha256').update('miniflare-D1DatabaseObject').digest()
  const hash = (of: string | Buffer): Buffer => createHmac('sha256', key).update(of).digest().subarray(0, 16)
  return Buffer.concat([hash(name), hash(hash(name))]).toString('hex')
}

/** The bytes that a replica writes to probe R2 (`src/storage/probe.ts`), which may exist before the first account. */
const probeBytes = 5

/** Tells whether R2 has bytes of an image, which lie in `data/r2/<bucket>/blobs`. Looks no further than the first. */
function hasObjects(state: string): boolean {
  return readConfiguration()
    .r2_buckets.filter(({ binding }) => binding === 'BUCKET')
    .map(({ bucket_name: bucket }) => join(state, 'data/r2', bucket, 'blobs'))
    .filter((blobs) => existsSync(blobs))
    .some(hasLargeFile)
}

function hasLargeFile(path: string): boolean {
  const folder = opendirSync(path)
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (entry.isFile() && statSync(join(path, entry.name)).size > probeBytes) return true
    }
    return false
  } finally {
    folder.closeSync()
  }
}

/** Reads the whole file, 500 MB in a second: a damaged page deep in it would fail requests one by one. */
function damageOf(path: string): string | undefined {
  const { row, error } = ask(path, 'PRAGMA quick_check(1)')
  if (error !== undefined) return error
  const { quick_check: said } = quickCheck.parse(row)
  return said === 'ok' ? undefined : said.replaceAll(/\s+/g, ' ')
}

const quickCheck = z.object({ quick_check: z.string() })

/** Tells whether a query finds a row in one of the databases; a missing table has none. */
const has = (paths: readonly string[], query: string): boolean =>
  paths.some((path) => ask(path, query).row !== undefined)

function ask(path: string, query: string): { readonly row?: unknown; readonly error?: string } {
  let file: DatabaseSync | undefined
  try {
    file = new DatabaseSync(path, { readOnly: true })
    return { row: file.prepare(query).get() }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  } finally {
    file?.close()
  }
}
