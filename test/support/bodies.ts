import type { BodyReader } from '../../src/storage/body.ts'
import type { SegmentBody } from '../../src/storage/storing.ts'

/** A body as one account sends it. */
export const sentBody = (body: BodyReader, announcedBytes: number | undefined): SegmentBody => ({
  body,
  algorithm: 'sha256',
  announcedBytes,
  account: 'alice',
})
