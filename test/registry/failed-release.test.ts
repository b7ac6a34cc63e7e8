/**
 * D1 fails while a refused push lets go of its segment: the client is told of the refusal all the same, and the sweep
 * finds the segment when the session has expired.
 */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Right } from '../../src/db/access/rights.ts'
import { claimSegment, commitChunk } from '../../src/db/content/uploads.ts'
import { openDatabase } from '../../src/db/database.ts'
import { mostSegmentsOfBlob, sessionSeconds } from '../../src/limits.ts'
import { parseDigest, parseRepositoryName, parseTag } from '../../src/names.ts'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import { putManifest } from '../../src/registry/manifests.ts'
import { sweepAbandoned } from '../../src/registry/upload-sweep.ts'
import type { UploadTicket } from '../../src/registry/upload-session.ts'
import { appendBytes, finishUpload, type IncomingBytes } from '../../src/registry/uploads.ts'
import { BodyReader } from '../../src/storage/body.ts'
import { contentOf, countRows, digestOf, json, segmentKeys, type Bytes } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { interceptedBucket } from '../support/intercepted-bucket.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { aRepository, namespaces, rightTo } from '../support/people.ts'

const db = openDatabase(env.DB)
const repository = parseRepositoryName('alice/app')
const content = contentOf(1000)
const missing = parseDigest(`sha256:${'b'.repeat(64)}`)
let right: Right
let ticket: UploadTicket
let failures: number

beforeEach(async () => {
  await namespaces('alice')
  await aRepository(repository)
  right = await rightTo(repository)
  ticket = { id: 'upload', repository, algorithm: 'sha256', expiresAt: Date.now() + sessionSeconds * 1000 }
  failures = 0
  vi.spyOn(console, 'error').mockReturnValue()
})

afterEach(() => vi.restoreAllMocks())

const failing = interceptedDatabase(async ([text = ''], run) => {
  if (!/INSERT INTO segments \(key, offset_bytes/.test(text)) return run()
  failures++
  throw new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.')
})
const context = (bucket = env.BUCKET) => ({ ...testContext(), bucket, db: openDatabase(failing) })

function incoming(bytes: Bytes, expectedBytes?: number): IncomingBytes {
  const { body } = new Response(bytes)
  if (body === null) throw new Error('a response without a body')
  return { body: new BodyReader(body), sizeBytes: bytes.length, offsetBytes: undefined, expectedBytes }
}

/** Another chunk is committed while the bytes of this one are on their way to R2. */
const overtaken = (): R2Bucket =>
  interceptedBucket(async (_name, _parameters, act) => {
    const faster = { key: 'faster', offsetBytes: 0, sizeBytes: 5, digest: undefined }
    const claim = { session: ticket, key: 'faster', multipartId: undefined, offsetBytes: undefined }
    await claimSegment(db, { ...claim, chunkLimit: 10, right, now: Date.now() })
    await commitChunk(db, ticket.id, faster)
    return act()
  }, env.BUCKET)

const refusals: Readonly<Record<string, { readonly kind: string; readonly push: () => Promise<unknown> }>> = {
  'a chunk that is too short': {
    kind: 'size-mismatch',
    push: () => appendBytes(context(), ticket, incoming(content, 1001), right),
  },
  'a chunk that another one overtook': {
    kind: 'chunk-out-of-order',
    push: () => appendBytes(context(overtaken()), ticket, incoming(content), right),
  },
  'a last chunk that another one overtook': {
    kind: 'chunk-out-of-order',
    push: async () =>
      finishUpload(context(overtaken()), ticket, parseDigest(await digestOf(content)), incoming(content), {
        right,
        creates: false,
      }),
  },
  'many chunks with another digest': {
    kind: 'digest-mismatch',
    async push() {
      for (let at = 0; at <= mostSegmentsOfBlob; at++) {
        await appendBytes(testContext(), ticket, incoming(content.slice(at, at + 1)), right)
      }
      return finishUpload(context(), ticket, missing, undefined, { right, creates: false })
    },
  },
  'a large manifest whose layer is missing': {
    kind: 'manifest-references-unknown',
    push: () =>
      putManifest(context(), repository, {
        bytes: json({
          schemaVersion: 2,
          mediaType: mediaTypes.image,
          config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: missing, size: 2 },
          layers: [],
          annotations: { x: 'ä'.repeat(70_000) },
        }),
        contentType: mediaTypes.image,
        reference: { tag: parseTag('latest') },
        tags: [],
        push: { right, creates: false },
      }),
  },
}

it.each(Object.entries(refusals))(
  '%s is refused for what it is, and its bytes go with the session',
  async (_, { kind, push }) => {
    await expect(push()).rejects.toMatchObject({ failure: { kind } })
    expect(failures).toBeGreaterThan(0)
    expect((await segmentKeys()).objects.length).toBeGreaterThan(0)
    const later = Date.now() + sessionSeconds * 1000 + 25 * 3600 * 1000
    await sweepAbandoned({ bucket: env.BUCKET, db, now: later })
    expect(await segmentKeys()).toEqual({ rows: [], objects: [] })
    expect(await countRows('upload_sessions')).toBe(0)
  },
)
