/** The bucket of the server that speaks S3, for tests. */
import { inject } from 'vitest'
import { openS3Bucket } from '../../src/storage/s3/bucket.ts'
import type { BackupBucket } from '../../src/storage/backups.ts'
import type { BackupTarget } from '../../src/variables.ts'
import { bucketOf } from './s3-bucket-names.ts'
import type { S3Server } from './s3-server.ts'

/** The server, with the bucket that this runtime has for itself. Vitest numbers its runtimes from 1 to `maxWorkers`. */
export const s3ServerOfTests = (): S3Server => ({
  ...inject('s3Server'),
  bucket: bucketOf(Number(process.env['VITEST_POOL_ID'])),
})

/** Names the server as the variables of a registry do. @param changes what a test has wrong */
export function targetOfTests(changes: Partial<BackupTarget> = {}): BackupTarget {
  const { endpoint, ...rest } = s3ServerOfTests()
  return { ...rest, endpoint: new URL(endpoint), ...changes }
}

/** Opens the bucket, without the objects of tests before. */
export async function emptyS3Bucket(): Promise<BackupBucket> {
  const bucket = openS3Bucket(targetOfTests())
  for (;;) {
    const { objects } = await bucket.list({ prefix: '', limit: 1000 })
    if (objects.length === 0) return bucket
    await bucket.delete(objects.map(({ key }) => key))
  }
}
