/** What a push is told when D1 is full, and what it leaves behind. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answerRequest } from '../../../src/answer.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { isReading } from '../../../src/db/transient-errors.ts'
import { sweepAbandoned } from '../../../src/registry/upload-sweep.ts'
import { header, origin, problemOf, tokenFor, withToken, type Send } from '../../support/client.ts'
import { anImage, contentOf, countRows, digestOf, putManifest, segmentKeys, type Image } from '../../support/content.ts'
import { interceptedDatabase } from '../../support/intercepted-database.ts'
import { namespaces } from '../../support/people.ts'

const repository = 'alice/app'
const uploads = `/v2/${repository}/blobs/uploads/`
const content = contentOf(1000)

let token = ''
beforeEach(async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  await namespaces('alice')
  token = await tokenFor('alice', [{ type: 'repository', name: repository, actions: ['pull', 'push'] }])
})
afterEach(() => vi.restoreAllMocks())

/** A client of a registry whose D1 is full after so many changes: it still answers questions. */
function clientOfFull(changes: number): Send {
  let left = changes
  const DB = interceptedDatabase(async (statements, run) => {
    if (statements.every(isReading) || left-- > 0) return run()
    throw new Error('D1_ERROR: Exceeded maximum DB size: SQLITE_ERROR')
  })
  return async (method, path, { headers = {}, body = null } = {}) => {
    const authorization = `Bearer ${token}`
    const request = new Request(new URL(path, origin), { method, headers: { authorization, ...headers }, body })
    const context = createExecutionContext()
    const response = await answerRequest(request, { ...env, DB }, context)
    await waitOnExecutionContext(context)
    return response
  }
}

async function expectFull(response: Response): Promise<void> {
  expect(response.status).toBe(507)
  expect(await problemOf(response)).toMatchObject({
    code: 'DENIED',
    message: expect.stringContaining('the database of the registry is full'),
  })
}

const day = 24 * 60 * 60 * 1000
const sweepInDays = (days: number) =>
  sweepAbandoned({ bucket: env.BUCKET, db: openDatabase(env.DB), now: Date.now() + days * day })

/** The segment that was claimed has an owner that expires: the sweep finds it then, and its object with it. */
async function expectLeftForSweep(before: readonly string[]): Promise<void> {
  const { rows, objects } = await segmentKeys()
  expect(objects).toEqual(rows)
  expect(objects).toHaveLength(before.length + 1)
  await sweepInDays(2)
  expect(await segmentKeys()).toEqual({ rows: before, objects: before })
}

describe('a blob that is pushed to a full database', () => {
  const ways = {
    'in one request': async (client: Send) => client('POST', `${uploads}?digest=${await digestOf(content)}`, sized),
    'in a closing request': async (client: Send) => {
      const location = header(await withToken(token)('POST', uploads), 'location')
      return client('PUT', `${location}?digest=${await digestOf(content)}`, sized)
    },
    'as a chunk': async (client: Send) =>
      client('PATCH', header(await withToken(token)('POST', uploads), 'location'), sized),
  }
  const sized = { headers: { 'content-length': String(content.length) }, body: content }

  describe.each(Object.entries(ways))('%s', (_, push) => {
    it('is refused before it is stored', async () => {
      await expectFull(await push(clientOfFull(0)))
      expect(await segmentKeys()).toEqual({ rows: [], objects: [] })
    })

    it('is refused when the database fills up meanwhile, and left for the sweep', async () => {
      await expectFull(await push(clientOfFull(1)))
      expect(await countRows('blobs')).toBe(0)
      await expectLeftForSweep([])
    })
  })

  it('can be pushed again when there is room', async () => {
    const location = header(await withToken(token)('POST', uploads), 'location')
    const closing = `${location}?digest=${await digestOf(content)}`
    await expectFull(await clientOfFull(1)('PUT', closing, sized))
    expect((await withToken(token)('PUT', closing, sized)).status).toBe(201)
  })
})

describe('a manifest that is pushed to a full database', () => {
  const imageOf = (fields: object): Promise<Image> => anImage(withToken(token), repository, { fields })
  const large = { annotations: { text: 'x'.repeat(200_000) } }

  it('is refused, and nothing of it is stored', async () => {
    for (const fields of [{}, large]) {
      const { manifest } = await imageOf(fields)
      const before = await segmentKeys()
      await expectFull(await putManifest(clientOfFull(0), repository, 'v1', manifest))
      expect(await segmentKeys()).toEqual(before)
    }
    expect([await countRows('manifests'), await countRows('tags')]).toEqual([0, 0])
  })

  it('is left for the sweep when it is a large one and the database fills up meanwhile', async () => {
    const { manifest } = await imageOf(large)
    const { rows } = await segmentKeys()
    // The first change confirms the manifest that may be there, and the second claims a segment.
    await expectFull(await putManifest(clientOfFull(2), repository, 'v1', manifest))
    expect([await countRows('manifests'), await countRows('tags')]).toEqual([0, 0])
    await expectLeftForSweep(rows)
  })
})
