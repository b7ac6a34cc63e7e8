/** What happens between two requests of one upload, or to its repository, while another request is under way. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { deleteExpiredSessions } from '../../../src/db/content/segments.ts'
import { closeUploadSession } from '../../../src/db/content/upload-completion.ts'
import {
  cancelSession,
  claimReplacement,
  claimSegment,
  commitChunk,
  findSession,
  segmentsOfSession,
  setSessionDigest,
  type SessionKey,
  type UploadSession,
} from '../../../src/db/content/uploads.ts'
import type { Right } from '../../../src/db/access/rights.ts'
import { parseDigest, parseRepositoryName } from '../../../src/names.ts'
import { settings } from '../../../src/installed.ts'
import { changeSettings } from '../../../src/settings/settings.ts'
import { countRows } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { aRepository, namespaces, rightTo } from '../../support/people.ts'

const db = openDatabase(env.DB)
const repository = parseRepositoryName('alice/app')
const digest = parseDigest(`sha256:${'a'.repeat(64)}`)
const now = 1_700_000_000_000
const session: SessionKey = { id: 'upload', repository, expiresAt: now + 1000 }
let right: Right

beforeEach(async () => {
  await namespaces('alice')
  await aRepository(repository)
  right = await rightTo(repository)
})

const claim = (key: string): Promise<number | undefined> =>
  claimSegment(db, { session, key, multipartId: undefined, offsetBytes: undefined, chunkLimit: 10, right, now })

const commit = (key: string, offsetBytes: number, ofAll = digest): Promise<boolean> =>
  commitChunk(db, session.id, { key, offsetBytes, sizeBytes: 5, digest: ofAll })

async function sessionNow(): Promise<UploadSession> {
  const found = await findSession(db, session.id)
  if (found === undefined) throw new Error('there is no session')
  return found
}

const close = (creates = false) => closeUploadSession(db, session, digest, undefined, { right, creates }, now)

const linksOf = async (): Promise<unknown[]> => {
  const { results } = await env.DB.prepare(
    'SELECT repositories.name FROM repository_blobs JOIN repositories ON repositories.id = repository_id',
  ).all()
  return results
}

describe('a chunk', () => {
  it('does not count once the upload was canceled, and its segment has no owner', async () => {
    expect(await claim('one')).toBe(0)
    await cancelSession(db, session)
    expect(await commit('one', 0)).toBe(false)
    expect(await sessionNow()).toMatchObject({ state: 'cancelled', offsetBytes: 0, chunkCount: 0 })
    expect(await countRows('segments', 'session_id IS NULL AND blob_digest IS NULL')).toBe(1)
  })

  it('that was claimed and not stored yet is not read, and no blob takes it', async () => {
    await claim('one')
    await commit('one', 0)
    await claim('slow')
    expect(await segmentsOfSession(db, session.id)).toEqual([{ key: 'one', offsetBytes: 0, sizeBytes: 5 }])
    expect(await close()).toMatchObject({ linked: true })
    expect(await countRows('segments', "key = 'one' AND blob_digest IS NOT NULL")).toBe(1)
    expect(await countRows('segments', "key = 'slow' AND session_id IS NULL AND blob_digest IS NULL")).toBe(1)
  })

  it('whose upload expired and was begun again by a later one does not count, and makes no blob', async () => {
    await claim('one')
    await deleteExpiredSessions(db, session.expiresAt, 10)
    await claim('later')
    const one = { key: 'one', offsetBytes: 0, sizeBytes: 5, digest }
    const closed = await closeUploadSession(db, session, digest, one, { right, creates: false }, now)
    expect(closed).toMatchObject({ appended: false, linked: false, session: { offsetBytes: 0, chunkCount: 0 } })
    expect(await commit('one', 0)).toBe(false)
    expect(await countRows('blobs')).toBe(0)
  })

  it('that comes while the digest of those before it is computed makes that digest worthless', async () => {
    await claim('one')
    await commit('one', 0)
    const read = await sessionNow()
    await claim('two')
    await commit('two', 5)
    await setSessionDigest(db, read, digest)
    expect((await sessionNow()).digest).toBeNull()
    expect(await claimReplacement(db, read, 'joined', now)).toBe(false)
    expect(await close()).toMatchObject({ linked: false })
  })
})

describe('an upload that is closed', () => {
  beforeEach(async () => {
    await claim('one')
    await commit('one', 0)
  })

  it('gives its blob to its own repository alone', async () => {
    await aRepository('alice/other')
    expect(await close()).toMatchObject({ linked: true })
    expect(await linksOf()).toEqual([{ name: repository }])
  })

  it('makes no repository once the setting is off, although its caller might have', async () => {
    await env.DB.prepare('DELETE FROM repositories').run()
    await changeSettings(testContext(), settings, { createRepositoryOnPush: false }, '')
    expect(await close(true)).toMatchObject({ linked: false, hasRepository: false })
    await changeSettings(testContext(), settings, { createRepositoryOnPush: true }, '')
    expect(await close(true)).toMatchObject({ linked: true, hasRepository: true })
  })

  it('makes no repository in a namespace that was deleted meanwhile', async () => {
    await namespaces('bob')
    right = await rightTo(repository, 'bob')
    await env.DB.prepare('DELETE FROM repositories').run()
    await env.DB.prepare("DELETE FROM accounts WHERE name = 'alice'").run()
    expect(await close(true)).toMatchObject({ linked: false, hasRepository: false })
    expect(await countRows('repositories')).toBe(0)
  })

  it('stays open and leaves no blob when its repository is gone and may not be made again', async () => {
    await env.DB.prepare('DELETE FROM repositories').run()
    expect(await close()).toMatchObject({ linked: false, hasRepository: false })
    expect(await countRows('blobs')).toBe(0)
    expect(await sessionNow()).toMatchObject({ state: 'open' })
    expect(await segmentsOfSession(db, session.id)).toHaveLength(1)
  })
})
