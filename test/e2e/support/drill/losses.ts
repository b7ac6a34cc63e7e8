/** Loses what a registry has: the files in which the runtime keeps its database, its replicas and its buckets. */
import { createHash, createHmac } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfiguration } from '../../../../scripts/local/configuration.ts'

/** Returns the path of the file of the registry's own database; there is another one for proofs. */
export function databaseOf(state: string): string {
  const [{ database_name: name }] = readConfiguration().d1_databases
  return fileOf(state, 'd1', 'miniflare-D1DatabaseObject', name)
}

/** Destroys the databases and the replicas. No runtime may have them open. */
export async function loseDatabase(state: string): Promise<void> {
  for (const store of ['d1', 'do']) await rm(join(state, 'data', store), { recursive: true })
}

/** Destroys the bucket of the images, and leaves that of the backups. No runtime may have it open. */
export async function loseImages(state: string): Promise<void> {
  const bucket = bucketOf('BUCKET')
  const names = fileOf(state, 'r2', 'miniflare-R2BucketObject', bucket)
  await rm(join(state, 'data/r2', bucket), { recursive: true })
  for (const path of [names, `${names}-wal`, `${names}-shm`]) await rm(path, { force: true })
}

export function bucketOf(binding: string): string {
  const bucket = readConfiguration().r2_buckets.find((one) => one.binding === binding)
  if (bucket === undefined) throw new Error(`wrangler.toml has no bucket ${binding}`)
  return bucket.bucket_name
}

/** Names a file as the runtime does: by the id of the Durable Object that keeps the store. */
function fileOf(state: string, store: string, namespace: string, name: string): string {
  const key = createHash('sha256').update(namespace).digest()
  const sign = (text: Buffer | string): Buffer => createHmac('sha256', key).update(text).digest().subarray(0, 16)
  const half = sign(name)
  const id = Buffer.concat([half, sign(half)]).toString('hex')
  return join(state, 'data', store, namespace, `${id}.sqlite`)
}
