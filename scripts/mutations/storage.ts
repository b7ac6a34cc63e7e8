/** Bytes on their way to R2: how far a body is read, what it is compared with, and how it is stored. */
import { plantedIn } from './mutation.ts'

export const storage = [
  ...plantedIn(
    'src/storage/body.ts',
    ['test/storage/body.test.ts'],
    [
      {
        breaks: 'a body is not read one byte past its limit',
        find: 'while (!this.#hasEnded && whole.length <= limitBytes) {',
        replace: 'while (!this.#hasEnded && whole.length < limitBytes) {',
      },
      {
        breaks: 'a body is read far past its limit',
        find: 'Math.min(whole.length * 4, limitBytes + 1)',
        replace: 'whole.length * 4',
      },
      {
        breaks: 'the first piece of a body may be longer than the limit',
        find: 'Math.min(leadBytes, limitBytes + 1)',
        replace: 'leadBytes',
      },
      {
        breaks: 'a body that stalls is never aborted',
        find: 'withinTime(read, this.#stallMilliseconds, bodyStalled)',
        replace: 'read',
      },
      {
        breaks: 'a body that has stalled is not canceled',
        find: '      await this.cancel(this.#failure)\n',
        replace: '',
      },
      {
        breaks: 'what is left of a body is read without a bound',
        find: 'dropped < mostDrainedBytes && !this.#hasEnded',
        replace: '!this.#hasEnded',
      },
      {
        breaks: 'the rest of a body is waited for without a bound',
        find: 'await withinTime(this.#drop(), longestDrainMilliseconds).catch(() => undefined)',
        replace: 'await this.#drop().catch(() => undefined)',
      },
    ],
  ),
  ...plantedIn(
    'src/storage/storing.ts',
    ['test/storage/storing.test.ts'],
    [
      {
        breaks: 'a body that broke off is the fault of the storage',
        find: '    if (source.failure !== undefined) throw source.failure\n',
        replace: '',
      },
      {
        breaks: 'a body may be longer than announced',
        find: '    if (sentBytes > sizeBytes) throw sizeMismatch(sizeBytes, sentBytes)\n',
        replace: '',
      },
      {
        breaks: 'a body may be shorter than announced',
        find: '  if (sentBytes !== sizeBytes) throw sizeMismatch(sizeBytes, sentBytes)\n',
        replace: '',
      },
      {
        breaks: 'a small body may be shorter than announced',
        find: 'if (bytes.length !== announcedBytes) throw',
        replace: 'if (bytes.length > announcedBytes) throw',
      },
      {
        breaks: 'a small body may be longer than announced',
        find: 'if (bytes.length !== announcedBytes) throw',
        replace: 'if (bytes.length < announcedBytes) throw',
      },
      {
        breaks: 'a segment is stored before its row is written',
        find: '  const offsetBytes = await claim({ key, multipartId: undefined })\n  await storeBytes(bucket, key, bytes, digest)\n',
        replace:
          '  await storeBytes(bucket, key, bytes, digest)\n  const offsetBytes = await claim({ key, multipartId: undefined })\n',
      },
      {
        breaks: 'an empty body makes a segment',
        find: 'bytes.length === 0 ? undefined : storeHashed',
        replace: 'storeHashed',
      },
      {
        breaks: 'a multipart upload that failed is not aborted',
        find: '    await sendToStorage(upload.abort()).catch(() => undefined)\n',
        replace: '',
      },
      {
        breaks: 'a body may have too many parts',
        find: 'sent.length === mostPartsOfBody',
        replace: 'sent.length === 2 * mostPartsOfBody',
      },
      {
        breaks: 'only the last part is hashed',
        find: 'hash.update(bytes),\n      isLast',
        replace: 'isLast ? hash.update(bytes) : undefined,\n      isLast',
      },
      {
        breaks: 'a body too long for one put is stored in one put',
        find: ' || announcedBytes > largestPutBytes) return',
        replace: ') return',
      },
      {
        breaks: 'a full part counts as the last one',
        find: 'isLast: bytes.length < partBytes',
        replace: 'isLast: bytes.length <= partBytes',
      },
      { breaks: 'a body never gives its buffers back', find: '    parts.end()\n', replace: '' },
    ],
  ),
  ...plantedIn(
    'src/storage/hash.ts',
    ['test/storage/hash.test.ts'],
    [{ breaks: 'sha512 is hashed as sha256', find: "sha512: 'SHA-512'", replace: "sha512: 'SHA-256'" }],
  ),
]
