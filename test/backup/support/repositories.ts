/** Repositories that come back out of a backup: the job, what pulls see, and content beside the backup. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { blobKey } from '../../../src/backup/keys.ts'
import { workOnJob } from '../../../src/jobs/runner.ts'
import { parseDigest, parseRepositoryName } from '../../../src/names.ts'
import type { Send } from '../../support/client.ts'
import { removeByApi } from '../../support/deletions.ts'
import { aJob, logOf, theJob, worker } from '../../support/jobs.ts'
import { rowsOf } from '../../support/schema.ts'

export interface Ordered {
  readonly backup: string
  readonly repository?: string
  readonly namespace?: string
  readonly as?: string
  readonly movesTags?: boolean
}

/** Restores repositories with one worker. @returns the log of the job */
export async function restoreRepositories(order: Ordered): Promise<string[]> {
  const { id } = await aJob({ action: 'restore_repository', parameters: { ...order } })
  await workOnJob(worker(), id)
  const log = await logOf(id)
  expect([(await theJob(id)).status, ...log].join('\n')).toMatch(/^done/)
  return log
}

/** Collects garbage as an operator does: with the job, by its name. */
export async function collect(): Promise<void> {
  const { id } = await aJob({ action: 'gc' })
  await workOnJob(worker(), id)
  expect([(await theJob(id)).status, ...(await logOf(id))].join('\n')).toMatch(/^done/)
}

/** Deletes a repository and all that hangs on it, as the API does. */
export async function removeWholly(name: string): Promise<void> {
  await workOnJob(worker(), await removeByApi(parseRepositoryName(name)))
  expect(await rowsOf(`SELECT 1 FROM repositories WHERE name = '${name}' OR deleted_name = '${name}'`)).toEqual([])
}

/** Pulls an image as a client does: by a reference, and then each blob. @returns its digest; undefined if any is missing */
export async function pulled(client: Send, repository: string, reference: string): Promise<string | undefined> {
  const found = await client('GET', `/v2/${repository}/manifests/${reference}`)
  if (found.status !== 200) {
    await found.body?.cancel()
    return undefined
  }
  const document = await found.json<{
    config?: { digest: string }
    layers?: { digest: string }[]
    manifests?: { digest: string }[]
  }>()
  for (const { digest } of document.manifests ?? []) {
    if ((await pulled(client, repository, digest)) === undefined) return undefined
  }
  for (const { digest } of [...(document.config ? [document.config] : []), ...(document.layers ?? [])]) {
    const blob = await client('GET', `/v2/${repository}/blobs/${digest}`)
    const bytes = await blob.arrayBuffer()
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    if (blob.status !== 200 || digest !== `sha256:${hash.toHex()}`) return undefined
  }
  return found.headers.get('docker-content-digest') ?? undefined
}

/** Copies all blobs into the bucket of backups, as a backup with content has them. */
export async function copyContent(except: readonly string[] = []): Promise<void> {
  const rows = await rowsOf<{ key: string; digest: string }>(
    'SELECT key, blob_digest AS digest FROM segments WHERE blob_digest IS NOT NULL',
  )
  for (const { key, digest } of rows) {
    if (except.includes(digest)) continue
    const object = await env.BUCKET.get(key)
    await env.BACKUPS.put(blobKey(parseDigest(digest)), (await object?.arrayBuffer()) ?? '')
  }
}

/** What a repository has, without its id. */
export const contentOf = (name: string) =>
  rowsOf<{ row: string }>(`
    SELECT 'tag ' || tags.name || ' ' || tags.digest || ' ' || tags.created_at || ' ' || updated_by || ' ' || updated_at AS row
    FROM tags JOIN repositories ON repositories.id = repository_id WHERE repositories.name = '${name}'
    UNION ALL SELECT 'manifest ' || digest || ' ' || media_type || ' ' || coalesce(subject, '') || ' ' || pushed_by || ' ' || pushed_at
    FROM manifests JOIN repositories ON repositories.id = repository_id WHERE repositories.name = '${name}'
    UNION ALL SELECT 'blob ' || manifest_digest || ' ' || blob_digest
    FROM manifest_blobs JOIN repositories ON repositories.id = repository_id WHERE repositories.name = '${name}'
    UNION ALL SELECT 'child ' || manifest_digest || ' ' || child_digest
    FROM manifest_children JOIN repositories ON repositories.id = repository_id WHERE repositories.name = '${name}'
    ORDER BY row`)
