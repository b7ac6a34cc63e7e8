/** Backups as the job makes them. */
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { blobKey } from '../../../src/backup/keys.ts'
import { workOnJob } from '../../../src/jobs/runner.ts'
import type { Digest } from '../../../src/names.ts'
import { digestOf } from '../../support/content.ts'
import { aJob, logOf, theJob, worker } from '../../support/jobs.ts'

/** Makes a backup with one worker. @returns its id */
export async function backUp(): Promise<string> {
  const { id } = await aJob({ action: 'backup' })
  await workOnJob(worker(), id)
  expect([(await theJob(id)).status, ...(await logOf(id))].join('\n')).toMatch(/^done/)
  return id
}

/** Makes a backup that has the content of images too. @returns its id */
export async function backUpContent(): Promise<string> {
  const { id } = await aJob({ action: 'backup', parameters: { content: true } })
  await workOnJob(worker(), id)
  expect([(await theJob(id)).status, ...(await logOf(id))].join('\n')).toMatch(/^done/)
  return id
}

/** Describes the bytes that the bucket of backups has for a digest. */
export async function bytesInBackup(digest: Digest): Promise<{ readonly size: number; readonly digest: Digest }> {
  const object = await env.BACKUPS.get(blobKey(digest))
  const bytes = new Uint8Array((await object?.arrayBuffer()) ?? [])
  return { size: bytes.length, digest: await digestOf(bytes) }
}
