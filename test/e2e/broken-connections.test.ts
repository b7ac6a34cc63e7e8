import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { before, describe, test } from 'node:test'
import { digestOf } from '../../scripts/client/digest.ts'
import { basic } from '../../scripts/client/credentials.ts'
import { send } from '../../scripts/client/registry.ts'
import type { Registry } from './support/registry.ts'
import { sharedRegistry } from './support/shared.ts'
import { alice } from './support/users.ts'

const MiB = 1024 * 1024
const content = Buffer.alloc(12 * MiB, 'breakwater')

/** How a body is announced, and how one that ends too early looks on the wire. */
const framings = {
  'of unknown length': {
    header: 'Transfer-Encoding: chunked',
    frame: (bytes: Buffer) =>
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]),
  },
  'of a known length': { header: `Content-Length: ${content.length * 2}`, frame: (bytes: Buffer) => bytes },
} as const

describe('A connection that breaks', () => {
  let registry: Registry

  before(async () => {
    registry = await sharedRegistry()
  })

  for (const [what, { header, frame }] of Object.entries(framings)) {
    for (const sentBytes of [1000, content.length]) {
      test(`after ${sentBytes} bytes of a chunk ${what} leaves the upload as it was`, async () => {
        const location = await startUpload(registry)
        await sendAndBreak(registry, `PATCH ${location}`, header, frame(content.subarray(0, sentBytes)))
        assert.equal(await received(registry, location), '0-0')

        const patched = await call(registry, 'PATCH', location, content)
        assert.equal(patched.status, 202)
        const closed = await call(registry, 'PUT', `${location}?digest=${digestOf(content)}`)
        assert.equal(closed.status, 201)
      })
    }
  }

  test('in the middle of a closing request leaves no blob, and the upload can be closed again', async () => {
    const whole = Buffer.from('the whole content')
    const location = await startUpload(registry)
    const closing = `${location}?digest=${digestOf(whole)}`
    await sendAndBreak(registry, `PUT ${closing}`, `Content-Length: ${whole.length}`, whole.subarray(0, 5))
    const missing = await call(registry, 'HEAD', `/v2/alice/broken/blobs/${digestOf(whole)}`)
    assert.equal(missing.status, 404)
    assert.equal((await call(registry, 'PUT', closing, whole)).status, 201)
  })
})

/** Sends the beginning of a request and closes the socket, as a client does that was killed. */
async function sendAndBreak(registry: Registry, request: string, header: string, body: Buffer): Promise<void> {
  const socket = connect(registry.port, '127.0.0.1')
  await once(socket, 'connect')
  const head = [`${request} HTTP/1.1`, `Host: ${registry.host}`, `Authorization: ${basic(alice)}`, header]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await new Promise<void>((resolve) => socket.write(body, () => resolve()))
  await new Promise((resolve) => setTimeout(resolve, 1000))
  socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 500))
}

async function startUpload(registry: Registry): Promise<string> {
  const response = await call(registry, 'POST', '/v2/alice/broken/blobs/uploads/')
  assert.equal(response.status, 202)
  return response.headers.get('location') ?? ''
}

async function received(registry: Registry, location: string): Promise<string | null> {
  const response = await call(registry, 'GET', location)
  assert.equal(response.status, 204)
  return response.headers.get('range')
}

function call({ host }: Registry, method: string, path: string, body?: Buffer<ArrayBuffer>): Promise<Response> {
  return send(`http://${host}`, method, path, { user: alice, body })
}
