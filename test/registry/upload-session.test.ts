import { expect, it } from 'vitest'
import { keysFor } from '../../src/auth/keys.ts'
import { parseRepositoryName } from '../../src/names.ts'
import { sessionSeconds } from '../../src/limits.ts'
import { issueUploadId, openUploadId } from '../../src/registry/upload-session.ts'

const now = Date.UTC(2026, 0, 1)
const app = parseRepositoryName('alice/app')
const keys = (current: string, previous?: string) => keysFor({ current, previous }, 'upload-session')
const [older, newer] = ['an older secret of at least 32 characters', 'a newer secret of at least 32 characters']
const refusal = { failure: { kind: 'upload-unknown' } }

it('an identifier says what it was issued for', async () => {
  const text = await issueUploadId(await keys(newer), app, 'sha512', now)
  expect(text).toMatch(/^[A-Za-z0-9_-]{50}$/)
  const ticket = await openUploadId(await keys(newer), app, text, now)
  expect(ticket).toMatchObject({ repository: app, algorithm: 'sha512', expiresAt: now + sessionSeconds * 1000 })
})

it('no two identifiers are the same', async () => {
  const own = await keys(newer)
  const issued = await Promise.all(Array.from({ length: 100 }, () => issueUploadId(own, app, 'sha256', now)))
  const ids = await Promise.all(issued.map(async (text) => (await openUploadId(own, app, text, now)).id))
  expect(new Set(ids).size).toBe(100)
})

it('an identifier ends after a day', async () => {
  const own = await keys(newer)
  const text = await issueUploadId(own, app, 'sha256', now)
  expect(await openUploadId(own, app, text, now + sessionSeconds * 1000 - 1)).toBeDefined()
  await expect(openUploadId(own, app, text, now + sessionSeconds * 1000)).rejects.toMatchObject(refusal)
})

it('an identifier survives one rotation of the secret', async () => {
  const text = await issueUploadId(await keys(older), app, 'sha256', now)
  expect(await openUploadId(await keys(newer, older), app, text, now)).toBeDefined()
  await expect(openUploadId(await keys(newer), app, text, now)).rejects.toMatchObject(refusal)
})

it('an identifier that was changed anywhere is unknown', async () => {
  const own = await keys(newer)
  const text = await issueUploadId(own, app, 'sha256', now)
  for (let at = 0; at < text.length; at++) {
    const changed = `${text.slice(0, at)}${text[at] === 'A' ? 'Q' : 'A'}${text.slice(at + 1)}`
    await expect(openUploadId(own, app, changed, now)).rejects.toMatchObject(refusal)
  }
  await expect(openUploadId(own, app, '', now)).rejects.toMatchObject(refusal)
  for (const cut of [1, 8, text.length / 2]) {
    await expect(openUploadId(own, app, text.slice(0, -cut), now)).rejects.toMatchObject(refusal)
  }
})

it('an identifier is unknown in every other repository, also in one whose name is as long', async () => {
  const own = await keys(newer)
  const text = await issueUploadId(own, app, 'sha256', now)
  for (const name of ['alice/ppa', 'blice/app', 'alice/app/sub', 'alice/other', 'a/b']) {
    await expect(openUploadId(own, parseRepositoryName(name), text, now)).rejects.toMatchObject(refusal)
  }
})
