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
        find: 'withinTime(read, this.#stallMilliseconds, this.#stalled)',
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
  ...plantedIn(
    'src/storage/memory-shares.ts',
    ['test/storage/memory-shares.test.ts', 'test/storage/part-buffers.test.ts'],
    [
      {
        breaks: 'the shares of an isolate are counted as leases',
        find: 'for (const { shares } of this.#leases) sum += shares',
        replace: 'sum = this.#leases.size',
      },
      {
        breaks: 'an account may hold all shares',
        find: 'return this.#heldBy(account) + further <= this.#mostOf(account)',
        replace: 'return this.#heldBy(account) < this.#mostOf(account)',
      },
      {
        breaks: 'senders without a login have the bound of an account',
        find: 'account === undefined ? this.#bounds.mostOfAnonymous : this.#bounds.mostOfAccount',
        replace: 'this.#bounds.mostOfAccount',
      },
      {
        breaks: 'a request may wait for more than its account can have',
        find: 'const shares = Math.min(wanted, this.#mostOf(account))',
        replace: 'const shares = wanted',
      },
      {
        breaks: 'a request that needs several shares is passed by others',
        find: '.filter(({ account, shares }) => this.#mayHave(account, shares))',
        replace: '.filter((one) => this.#hasRoomFor(one))',
      },
      {
        breaks: 'a spare share is taken from those that wait for it',
        find: 'this.#waiting.length === 0 && ',
        replace: '',
      },
      {
        breaks: 'the requests of an account pass each other',
        find: 'const [next] = [...firsts.values()]',
        replace: 'const [next] = [...this.#waiting]',
      },
      {
        breaks: 'a free share goes to the account that came first, not to the one with the fewest',
        find: '\n      .toSorted((one, other) => this.#heldBy(one.account) - this.#heldBy(other.account))',
        replace: '',
      },
      {
        breaks: 'those behind a request that gives up wait on',
        find: 'if (this.#stopWaiting(waiting)) this.#serve()',
        replace: 'if (this.#stopWaiting(waiting)) void 0',
      },
      {
        breaks: 'shares that are given back serve no request',
        find: 'if (this.#leases.delete(lease)) this.#serve()',
        replace: 'this.#leases.delete(lease)',
      },
      {
        breaks: 'a lease whose request was ended is never void',
        find: 'if (this.#waiting.includes(waiting)) this.#forgetAbandoned()',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/storage/part-buffers.ts',
    ['test/storage/bounds.test.ts'],
    [
      {
        breaks: 'buffers that no upload uses stay while other bodies have their memory',
        find: '    this.#idle.splice(Math.max(0, this.#bounds.most - this.inUse))\n',
        replace: '',
      },
    ],
  ),
  ...plantedIn(
    'src/storage/whole-bodies.ts',
    ['test/storage/whole-bodies.test.ts', 'test/routes/v2/large-bodies.test.ts'],
    [
      {
        breaks: 'a large body takes no memory of the isolate',
        find: 'beyondLead: () => memory.take()',
        replace: 'beyondLead: async () => undefined',
      },
      {
        breaks: 'a large body takes one share, whatever its length',
        find: 'Math.ceil(bytes / wholeBytesOfShare)',
        replace: '1',
      },
      {
        breaks: 'a large body waits for more memory than a busy account leaves to others',
        find: 'mostPartBuffers - mostPartBuffersOfAccount)',
        replace: 'mostPartBuffers)',
      },
      {
        breaks: 'a body longer than a part is not read alone',
        find: 'if (bytes > partBytes) return mostPartBuffersOfAccount',
        replace: '',
      },
      {
        breaks: 'a body of unknown length takes no more than a small one',
        find: 'Math.min(announcedBytes ?? limitBytes, limitBytes)',
        replace: 'Math.min(announcedBytes ?? 1, limitBytes)',
      },
      {
        breaks: 'the memory of a body is never given back',
        find: 'if (this.#lease !== undefined) partBuffers.drop(this.#lease)',
        replace: '',
      },
      {
        breaks: 'the runtime waits forever for a body that was used',
        find: '    this.#ended.resolve()\n',
        replace: '',
      },
      {
        breaks: 'the runtime may end a request before its memory is given back',
        find: '    background(this.#ended.promise)\n',
        replace: '',
      },
      {
        breaks: 'a body that something else reads takes memory however small it is',
        find: 'if (sizeOf(whole) > leadBytes) await memory.take()',
        replace: 'await memory.take()',
      },
    ],
  ),
]
