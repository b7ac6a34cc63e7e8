/** What clients are told when R2 fails, or when processes die, in the middle of a push. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { answerRequest } from '../../../src/answer.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { sweepAbandoned } from '../../../src/registry/upload-sweep.ts'
import { mostSegmentsOfBlob } from '../../../src/limits.ts'
import { header, origin, problemOf, tokenFor, type Send } from '../../support/client.ts'
import { contentOf, countRows, digestOf, segmentKeys, type Bytes } from '../../support/content.ts'
import { mortal } from '../../support/crashing.ts'
import { faultyBucket, type StorageFault } from '../../support/faults.ts'
import { passingFaults } from '../../support/passing-texts.ts'
import { namespaces } from '../../support/people.ts'

const repository = 'alice/app'
const uploads = `/v2/${repository}/blobs/uploads/`

let token = ''
beforeEach(async () => {
  await namespaces('alice')
  token = await tokenFor('alice', [{ type: 'repository', name: repository, actions: ['pull', 'push'] }])
})

const clientOn =
  (bindings: Partial<Pick<typeof env, 'DB' | 'BUCKET'>>): Send =>
  async (method, path, { headers = {}, body = null } = {}) => {
    const request = new Request(new URL(path, origin), {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      body,
    })
    return answerRequest(request, { ...env, ...bindings }, createExecutionContext())
  }

const client = clientOn({})
const clientWith = (fault: StorageFault): Send => clientOn({ BUCKET: faultyBucket(fault).bucket })
const sized = (content: Bytes) => ({ headers: { 'content-length': String(content.length) }, body: content })
const start = async (): Promise<string> => header(await client('POST', uploads), 'location')

/** Docker repeats a push at 503 and gives it up at 429; skopeo and containerd do the opposite. */
const docker = { 'user-agent': 'docker/28.3.2 go/go1.24' }

async function expectUnavailable(answer: Response, status = 429): Promise<void> {
  expect(answer.status).toBe(status)
  expect(header(answer, 'retry-after')).toBe('5')
  expect((await problemOf(answer)).message).toContain('storage of the registry')
}

async function expectBlob(digest: string, content: Bytes): Promise<void> {
  const pulled = await client('GET', `/v2/${repository}/blobs/${digest}`)
  expect(pulled.status).toBe(200)
  expect(await digestOf(await pulled.bytes())).toBe(await digestOf(content))
}

describe('a body that R2 fails to take', () => {
  for (const message of passingFaults) {
    for (const sizeBytes of [1000, 300_000]) {
      it(`is answered with 429, with 503 for Docker, and can be sent again: ${sizeBytes} bytes, "${message}"`, async () => {
        const content = contentOf(sizeBytes)
        const digest = await digestOf(content)
        const failing = clientWith({ call: 'put', message, times: 99 })
        const location = await start()
        await expectUnavailable(await failing('PUT', `${location}?digest=${digest}`, sized(content)))
        await expectUnavailable(await failing('PATCH', location, sized(content)))
        const byDocker = { ...sized(content), headers: { ...sized(content).headers, ...docker } }
        await expectUnavailable(await failing('PATCH', location, byDocker), 503)
        await expectUnavailable(await failing('POST', `${uploads}?digest=${digest}`, sized(content)))
        expect((await client('PUT', `${location}?digest=${digest}`, sized(content))).status).toBe(201)
        await expectBlob(digest, content)
      })
    }
  }
})

/** An upload of many chunks, ready to be closed. */
async function manyChunks(content: Bytes, count: number): Promise<string> {
  const location = await start()
  const size = content.length / count
  for (let at = 0; at < count; at++) {
    const answer = await client('PATCH', location, sized(content.slice(at * size, (at + 1) * size)))
    expect(answer.status).toBe(202)
  }
  return location
}

const sweep = (now: number) => sweepAbandoned({ bucket: env.BUCKET, db: openDatabase(env.DB), now })

describe('an upload of many chunks', () => {
  const content = contentOf(120)

  it('becomes one segment when it closes, and the chunks are swept', async () => {
    const digest = await digestOf(content)
    const location = await manyChunks(content, 12)
    expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
    expect(await countRows('segments', `blob_digest = '${digest}'`)).toBe(1)
    await sweep(Date.now())
    expect((await segmentKeys()).objects).toHaveLength(1)
    await expectBlob(digest, content)
  })

  it('becomes one segment by its sha512 too, with the last chunk in the closing request', async () => {
    const digest = await digestOf(content, 'sha512')
    const location = await manyChunks(content.slice(0, 110), 11)
    expect((await client('PUT', `${location}?digest=${digest}`, sized(content.slice(110)))).status).toBe(201)
    expect(await countRows('segments', `blob_digest = '${digest}'`)).toBe(1)
    await expectBlob(digest, content)
  })

  it('becomes one segment when it has more chunks than a blob may have', async () => {
    for (const [chunks, segments] of [
      [mostSegmentsOfBlob, mostSegmentsOfBlob],
      [mostSegmentsOfBlob + 1, 1],
    ] as const) {
      const whole = contentOf(10 * chunks, chunks)
      const digest = await digestOf(whole)
      const location = await manyChunks(whole, chunks)
      expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
      expect(await countRows('segments', `blob_digest = '${digest}'`)).toBe(segments)
    }
  })

  it('with a wrong digest is refused, and leaves nothing', async () => {
    const location = await manyChunks(content, 12)
    const answer = await client('PUT', `${location}?digest=${await digestOf(contentOf(3))}`)
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).detail).toMatchObject({ actual: await digestOf(content) })
    await sweep(Date.now())
    expect(await segmentKeys()).toEqual({ rows: [], objects: [] })
  })

  for (const fault of [
    { call: 'get', message: 'Network connection lost.', times: 99, after: 5 },
    { call: 'put', message: 'Service Unavailable (10043)', times: 99 },
    { call: 'put', message: 'Network connection lost.', times: 99, when: 'halfway' },
  ] as const satisfies readonly StorageFault[]) {
    it(`stays open when R2 fails while it closes: ${fault.call}, "${fault.message}"`, async () => {
      const digest = await digestOf(content)
      const location = await manyChunks(content, 12)
      await expectUnavailable(await clientWith(fault)('PUT', `${location}?digest=${digest}`))
      expect((await client('GET', location)).status).toBe(204)
      expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
      await expectBlob(digest, content)
    })
  }

  for (const tookEffect of [false, true]) {
    it(`closes after a death at any step of closing, the step ${tookEffect ? 'done' : 'not done'}`, async () => {
      const few = content.slice(0, 90)
      const digest = await digestOf(few)
      let hasCrashed = true
      for (let after = 0; hasCrashed; after++) {
        const location = await manyChunks(few, 9)
        const bindings = mortal({ after, tookEffect })
        await clientOn(bindings)('PUT', `${location}?digest=${digest}`)
        hasCrashed = bindings.hasCrashed()
        expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
        await expectBlob(digest, few)
        const { rows, objects } = await segmentKeys()
        expect(objects.filter((key) => !rows.includes(key))).toEqual([])
      }
      await sweep(Date.now() + 48 * 60 * 60 * 1000)
      await sweep(Date.now() + 96 * 60 * 60 * 1000)
      await expectBlob(digest, few)
      expect((await segmentKeys()).objects).toHaveLength(1)
    }, 60_000)
  }
})
