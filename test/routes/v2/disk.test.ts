/** What clients are told while the disk of a registry on a machine of its own fills up. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answerRequest } from '../../../src/answer.ts'
import { mostSegmentsOfBlob } from '../../../src/limits.ts'
import { reserveBytes } from '../../../src/storage/room.ts'
import { header, origin, problemOf, tokenFor, withToken, type Send } from '../../support/client.ts'
import { contentOf, countRows, digestOf, pushImage, putManifest, segmentKeys } from '../../support/content.ts'
import { namespaces } from '../../support/people.ts'

const repository = 'alice/app'
const uploads = `/v2/${repository}/blobs/uploads/`
const MiB = 1024 * 1024

// A disk is asked once a second. These say the same however much is stored, so on a slow machine no body would be refused.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

let token = ''
beforeEach(async () => {
  await namespaces('alice')
  const actions = ['pull', 'push', 'delete'] as const
  token = await tokenFor('alice', [{ type: 'repository', name: repository, actions: [...actions] }])
})

/** A client of a registry on whose disk so many bytes are free, by the time. */
function clientOn(freeBytes: () => number | Promise<number>): Send {
  const bindings = { ...env, DISK: { fetch: async () => new Response(String(await freeBytes())) } }
  return async (method, path, { headers = {}, body = null } = {}) => {
    const authorization = `Bearer ${token}`
    const request = new Request(new URL(path, origin), { method, headers: { authorization, ...headers }, body })
    return answerRequest(request, bindings, createExecutionContext())
  }
}
const clientWith = (freeBytes: number): Send => clientOn(() => freeBytes)

async function expectFull(response: Response): Promise<void> {
  expect(response.status).toBe(507)
  expect(await problemOf(response)).toMatchObject({
    code: 'DENIED',
    message: expect.stringMatching(/disk .*makes room/),
  })
}

describe('A disk that fills up', () => {
  it.each([
    ['fits and leaves the reserve', 0, 201],
    ['would take a byte of the reserve', -1, 507],
  ])('a blob that %s', async (_, spareBytes, status) => {
    const content = contentOf(100_000)
    const client = clientWith(reserveBytes + content.length + spareBytes)
    const headers = { 'content-length': String(content.length) }
    const response = await client('POST', `${uploads}?digest=${await digestOf(content)}`, { headers, body: content })
    expect(response.status).toBe(status)
    expect((await segmentKeys()).objects).toHaveLength(status === 201 ? 1 : 0)
  })

  it('a body of unknown length is refused once the disk is full, and leaves nothing', async () => {
    const client = clientWith(reserveBytes + 6 * MiB)
    const location = header(await client('POST', uploads), 'location')
    await expectFull(await client('PATCH', location, { body: contentOf(12 * MiB) }))
    expect((await segmentKeys()).objects).toEqual([])
  })

  it('two bodies share the free space', async () => {
    const client = clientWith(reserveBytes + 3 * MiB)
    const send = async (seed: number): Promise<number> => {
      const content = contentOf(2 * MiB, seed)
      const headers = { 'content-length': String(content.length) }
      const path = `${uploads}?digest=${await digestOf(content)}`
      return (await client('POST', path, { headers, body: content })).status
    }
    expect([await send(1), await send(2)]).toEqual([201, 507])
  })

  it('an upload of many chunks closes if there is room to join them, and otherwise stays as it was', async () => {
    const chunks = Array.from({ length: mostSegmentsOfBlob + 1 }, (_, seed) => contentOf(10_000, seed))
    const content = new Uint8Array(chunks.flatMap((chunk) => [...chunk]))
    let location = header(await withToken(token)('POST', uploads), 'location')
    for (const body of chunks) location = header(await withToken(token)('PATCH', location, { body }), 'location')
    const closing = `${location}?digest=${await digestOf(content)}`
    await expectFull(await clientWith(reserveBytes + content.length - 1)('PUT', closing))
    expect((await segmentKeys()).objects).toHaveLength(chunks.length)
    expect((await clientWith(reserveBytes + content.length)('PUT', closing)).status).toBe(201)
  })

  it('a manifest is refused, and pulls and deletions continue', async () => {
    const image = await pushImage(withToken(token), repository, 'kept')
    const full = clientWith(reserveBytes - 1)
    await expectFull(await putManifest(full, repository, 'new', image.manifest))
    expect((await full('GET', `/v2/${repository}/manifests/kept`)).status).toBe(200)
    expect((await full('DELETE', `/v2/${repository}/manifests/kept`)).status).toBe(202)
    expect(await countRows('tags')).toBe(0)
  })

  it('health names it, and is well again when there is room', async () => {
    const answer = await clientWith(reserveBytes - 1)('GET', '/health')
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { Error: expect.stringMatching(/^registry: its disk is almost full/), Healthy: false },
    ])
    expect((await clientWith(reserveBytes)('GET', '/health')).status).toBe(200)
  })

  it.each([
    ['says nothing of use', () => Number.NaN],
    ['does not answer', () => new Promise<number>(() => undefined)],
  ])('a disk that %s refuses nothing', async (_, freeBytes) => {
    const content = contentOf(100_000)
    const client = clientOn(freeBytes)
    const response = await client('POST', `${uploads}?digest=${await digestOf(content)}`, { body: content })
    expect(response.status).toBe(201)
  })
})
