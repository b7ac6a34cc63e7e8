/** What the parts of an upload refuse, also when another request was faster. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Right } from '../../src/db/access/rights.ts'
import { claimSegment, commitChunk, findSession } from '../../src/db/content/uploads.ts'
import { openDatabase } from '../../src/db/database.ts'
import { parseDigest, parseRepositoryName } from '../../src/names.ts'
import type { UploadTicket } from '../../src/registry/upload-session.ts'
import { appendBytes, finishUpload, type IncomingBytes } from '../../src/registry/uploads.ts'
import { BodyReader } from '../../src/storage/body.ts'
import { contentOf, countRows, digestOf, type Bytes } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { faultyBucket } from '../support/faults.ts'
import { interceptedBucket } from '../support/intercepted-bucket.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { passingFaults } from '../support/passing-texts.ts'
import { aRepository, namespaces, rightTo } from '../support/people.ts'

const db = openDatabase(env.DB)
const repository = parseRepositoryName('alice/app')
const content = contentOf(1000)
const ticket: UploadTicket = { id: 'upload', repository, algorithm: 'sha256', expiresAt: Date.now() + 3_600_000 }
let right: Right

beforeEach(async () => {
  await namespaces('alice')
  await aRepository(repository)
  right = await rightTo(repository)
})

function incoming(bytes: Bytes, expectedBytes?: number): IncomingBytes {
  const { body } = new Response(bytes)
  if (body === null) throw new Error('a response without a body')
  return { body: new BodyReader(body), sizeBytes: bytes.length, offsetBytes: undefined, expectedBytes }
}

describe('a chunk that has fewer bytes than its range says', () => {
  it('is refused, and its segment belongs to nothing', async () => {
    await expect(appendBytes(testContext(), ticket, incoming(content, 1001), right)).rejects.toMatchObject({
      failure: { kind: 'size-mismatch', expectedBytes: 1001, actualBytes: 1000 },
    })
    expect(await countRows('segments', 'session_id IS NULL AND size_bytes = 1000')).toBe(1)
    expect(await findSession(db, ticket.id)).toMatchObject({ state: 'open', offsetBytes: 0 })
  })
})

describe('a closing request', () => {
  it('whose chunk another one overtook says where the upload is, and ends nothing', async () => {
    const digest = parseDigest(await digestOf(content))
    let isOvertaken = false
    // Once, while the bytes are on their way to R2: after the claim and before the commit.
    const bucket = interceptedBucket(async (_name, _parameters, act) => {
      if (!isOvertaken) {
        isOvertaken = true
        const claim = { session: ticket, key: 'faster', multipartId: undefined, offsetBytes: undefined }
        await claimSegment(db, { ...claim, chunkLimit: 10, right, now: Date.now() })
        const faster = { key: 'faster', offsetBytes: 0, sizeBytes: 5, digest: undefined }
        expect(await commitChunk(db, ticket.id, faster)).toBe(true)
      }
      return act()
    }, env.BUCKET)
    const context = { ...testContext(), bucket }
    await expect(
      finishUpload(context, ticket, digest, incoming(content), { right, creates: false }),
    ).rejects.toMatchObject({ failure: { kind: 'chunk-out-of-order', offsetBytes: 5 } })
    expect(await findSession(db, ticket.id)).toMatchObject({ state: 'open', offsetBytes: 5 })
    expect(await countRows('segments', 'session_id IS NULL AND size_bytes = 1000')).toBe(1)
  })

  it('of several chunks that is repeated meanwhile succeeds, as the first one has', async () => {
    const digest = parseDigest(await digestOf(content))
    for (const part of [content.slice(0, 400), content.slice(400)]) {
      await appendBytes(testContext(), ticket, incoming(part), right)
    }
    const finish = (context = testContext()) =>
      finishUpload(context, ticket, digest, undefined, { right, creates: false })
    let isOvertaken = false
    // Once, after the repeated request found the upload open, and before it reads its segments.
    const binding = interceptedDatabase(async ([text = ''], run) => {
      if (!isOvertaken && /^\s*SELECT.*FROM segments/s.test(text)) {
        isOvertaken = true
        await finish()
      }
      return run()
    })
    await finish({ ...testContext(), db: openDatabase(binding) })
    expect(isOvertaken).toBe(true)
    expect(await countRows('repository_blobs')).toBe(1)
  })

  it.each(passingFaults)(
    'of several chunks is read again when R2 breaks off with "%s", or can be sent again',
    async (message) => {
      const digest = parseDigest(await digestOf(content))
      for (const part of [content.slice(0, 400), content.slice(400)]) {
        await appendBytes(testContext(), ticket, incoming(part), right)
      }
      const finish = (times: number) => {
        const { bucket } = faultyBucket({ call: 'get', message, times, when: 'reading' })
        return finishUpload({ ...testContext(), bucket }, ticket, digest, undefined, { right, creates: false })
      }
      await expect(finish(99)).rejects.toMatchObject({ failure: { kind: 'storage-unavailable' } })
      expect(await findSession(db, ticket.id)).toMatchObject({ state: 'open', offsetBytes: 1000 })
      await finish(1)
      expect(await countRows('repository_blobs')).toBe(1)
    },
  )

  it('with another digest is refused, and takes nothing from an upload that was finished meanwhile', async () => {
    const digest = parseDigest(await digestOf(content))
    const other = parseDigest(`sha256:${'b'.repeat(64)}`)
    await appendBytes(testContext(), ticket, incoming(content), right)
    const push = { right, creates: false }
    let isOvertaken = false
    const binding = interceptedDatabase(async ([text = ''], run) => {
      if (!isOvertaken && text.includes("'cancelled'")) {
        isOvertaken = true
        await finishUpload(testContext(), ticket, digest, undefined, push)
      }
      return run()
    })
    const context = { ...testContext(), db: openDatabase(binding) }
    await expect(finishUpload(context, ticket, other, undefined, push)).rejects.toMatchObject({
      failure: { kind: 'digest-mismatch', actual: digest },
    })
    expect(isOvertaken).toBe(true)
    expect(await findSession(db, ticket.id)).toMatchObject({ state: 'finished', digest })
    expect(await countRows('segments', 'blob_digest IS NOT NULL')).toBe(1)
  })

  it('that is repeated after the blob was deleted does not say that it is there', async () => {
    const digest = parseDigest(await digestOf(content))
    const finish = () => finishUpload(testContext(), ticket, digest, undefined, { right, creates: false })
    await appendBytes(testContext(), ticket, incoming(content), right)
    await finish()
    await finish()
    await env.DB.prepare('DELETE FROM repository_blobs').run()
    await expect(finish()).rejects.toMatchObject({ failure: { kind: 'upload-unknown' } })
  })
})
