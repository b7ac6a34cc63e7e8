/** Chooses the bucket of backups: the binding `BACKUPS`, or a bucket of another provider that the variables name. */
import { lazily } from '../util/lazy.ts'
import { isBackupTargetSet, readBackupTarget, type BackupTarget, type BackupTargetTexts } from '../variables.ts'
import type { BackupBucket, BackupUpload } from './backups.ts'

/** A part has to arrive within half a minute, also where the registry is at the end of a slow line. */
const partBytes = 16 * 1024 * 1024

/** Most requests read no backup. */
const s3 = lazily(() => import('./s3/bucket.ts'))

interface Bindings extends BackupTargetTexts {
  readonly BACKUPS: R2Bucket
}

/** An isolate gets the same object with every request: what its bucket has learned is kept with it. */
const known = new WeakMap<Bindings, BackupBucket>()

/** Returns the bucket of backups. Variables that are wrong are refused when it is used, as images are served without it. */
export function backupBucketOf(bindings: Bindings): BackupBucket {
  const bucket = known.get(bindings) ?? (isBackupTargetSet(bindings) ? targetBucket(bindings) : bindings.BACKUPS)
  known.set(bindings, bucket)
  return bucket
}

/** Returns a bucket that its first call opens. @throws RegistryError `variable-invalid` from each call */
function targetBucket(texts: BackupTargetTexts): BackupBucket {
  let opened: BackupBucket | undefined
  const open = async (): Promise<BackupBucket> => {
    if (opened !== undefined) return opened
    const target: BackupTarget = readBackupTarget(texts)
    const { openS3Bucket } = await s3()
    opened = openS3Bucket(target)
    return opened
  }
  return {
    partBytes,
    head: async (key) => (await open()).head(key),
    get: async (key, options) => (await open()).get(key, options),
    put: async (key, content, options) => (await open()).put(key, content, options),
    list: async (options) => (await open()).list(options),
    delete: async (keys) => (await open()).delete(keys),
    createMultipartUpload: async (key) => (await open()).createMultipartUpload(key),
    resumeMultipartUpload(key, uploadId): BackupUpload {
      const upload = async (): Promise<BackupUpload> => (await open()).resumeMultipartUpload(key, uploadId)
      return {
        uploadId,
        uploadPart: async (partNumber, content) => (await upload()).uploadPart(partNumber, content),
        complete: async (parts) => (await upload()).complete(parts),
      }
    },
  }
}
