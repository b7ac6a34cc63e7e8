import { describe, expect, it, vi } from 'vitest'
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { answerRequest } from '../../../src/answer.ts'
import { header, origin, problemOf, tokenFor, type Send } from '../../support/client.ts'
import { bytesOf, contentOf, countRows, digestOf, segmentKeys, streamOf, type Bytes } from '../../support/content.ts'
import { clientOf } from '../../support/people.ts'

const repository = 'alice/app'
const uploads = `/v2/${repository}/blobs/uploads/`
const MiB = 1024 * 1024

async function start(client: Send, query = ''): Promise<string> {
  const response = await client('POST', `${uploads}${query}`)
  expect(response.status).toBe(202)
  return header(response, 'location')
}

const chunk = (client: Send, location: string, content: Bytes, first: number): Promise<Response> =>
  client('PATCH', location, {
    headers: { 'content-range': `${first}-${first + content.length - 1}`, 'content-length': String(content.length) },
    body: content,
  })

/** A connection that is lost in the middle of a body. */
async function breakAfter(writable: WritableStream, content: Uint8Array): Promise<void> {
  const writer = writable.getWriter()
  for (let at = 0; at < content.length; at += 65_536) await writer.write(content.subarray(at, at + 65_536))
  await writer.abort(new Error('the connection broke'))
}

async function expectBlob(client: Send, digest: string, content: Bytes): Promise<void> {
  const response = await client('GET', `/v2/${repository}/blobs/${digest}`)
  expect(response.status).toBe(200)
  expect(await digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(await digestOf(content))
}

describe('starting an upload', () => {
  it('costs no row and no object', async () => {
    const client = await clientOf(repository)
    await start(client)
    expect(await countRows('upload_sessions')).toBe(0)
    expect((await segmentKeys()).objects).toEqual([])
  })

  it('answers with the location, its identifier and an empty range', async () => {
    const client = await clientOf(repository)
    const response = await client('POST', uploads)
    expect(header(response, 'location')).toBe(`${uploads}${header(response, 'docker-upload-uuid')}`)
    expect(header(response, 'range')).toBe('0-0')
  })

  it('works with and without the last slash', async () => {
    const client = await clientOf(repository)
    expect((await client('POST', `/v2/${repository}/blobs/uploads`)).status).toBe(202)
  })

  it('refuses an unsupported digest algorithm (OCI end-4c)', async () => {
    const client = await clientOf(repository)
    const response = await client('POST', `${uploads}?digest-algorithm=md5`)
    expect(response.status).toBe(400)
    expect((await problemOf(response)).code).toBe('DIGEST_INVALID')
  })
})

describe('an upload in one stream of unknown length', () => {
  // 5 MiB is one part: below, at and around the border, and where the last part is full or almost empty.
  for (const sizeBytes of [1, 64 * 1024, 64 * 1024 + 1, 5 * MiB - 1, 5 * MiB, 5 * MiB + 1, 10 * MiB, 12 * MiB + 7]) {
    it(`stores ${sizeBytes} bytes`, async () => {
      const client = await clientOf(repository)
      const content = contentOf(sizeBytes)
      const digest = await digestOf(content)
      const patched = await client('PATCH', await start(client), { body: streamOf(content, 100_003) })
      expect(patched.status).toBe(202)
      expect(header(patched, 'range')).toBe(`0-${sizeBytes - 1}`)
      const closed = await client('PUT', `${header(patched, 'location')}?digest=${digest}`)
      expect(closed.status).toBe(201)
      expect(header(closed, 'docker-content-digest')).toBe(digest)
      expect(header(closed, 'location')).toBe(`/v2/${repository}/blobs/${digest}`)
      await expectBlob(client, digest, content)
      const { rows, objects } = await segmentKeys()
      expect(objects).toEqual(rows)
      expect(objects).toHaveLength(1)
    })
  }
})

describe('an upload in one request', () => {
  it('stores the body of a closing PUT without a PATCH (OCI end-6)', async () => {
    const client = await clientOf(repository)
    const content = contentOf(3 * MiB)
    const digest = await digestOf(content)
    const closed = await client('PUT', `${await start(client)}?digest=${digest}`, { body: content })
    expect(closed.status).toBe(201)
    await expectBlob(client, digest, content)
  })

  it('stores the body of a closing PUT of unknown length', async () => {
    const client = await clientOf(repository)
    const content = contentOf(9 * MiB)
    const digest = await digestOf(content)
    const closed = await client('PUT', `${await start(client)}?digest=${digest}`, { body: streamOf(content, 65_536) })
    expect(closed.status).toBe(201)
    await expectBlob(client, digest, content)
  })

  it('stores the body of a POST with a digest (OCI end-4b)', async () => {
    const client = await clientOf(repository)
    const content = contentOf(5000)
    const digest = await digestOf(content)
    const response = await client('POST', `${uploads}?digest=${digest}`, { body: content })
    expect(response.status).toBe(201)
    expect(header(response, 'location')).toBe(`/v2/${repository}/blobs/${digest}`)
    await expectBlob(client, digest, content)
  })

  it('stores a blob of zero bytes, by PUT and by POST', async () => {
    const client = await clientOf(repository)
    const [empty, nothing] = [new Uint8Array(), await digestOf(new Uint8Array())]
    expect((await client('PUT', `${await start(client)}?digest=${nothing}`)).status).toBe(201)
    await expectBlob(client, nothing, empty)
    expect((await client('POST', `${uploads}?digest=${nothing}`, { body: empty })).status).toBe(201)
    expect((await segmentKeys()).objects).toEqual([])
  })

  it('stores sha512 blobs, announced or not', async () => {
    const client = await clientOf(repository)
    const announced = contentOf(10_000, 1)
    const location = await start(client, '?digest-algorithm=sha512')
    await client('PATCH', location, { body: streamOf(announced) })
    const first = await digestOf(announced, 'sha512')
    expect((await client('PUT', `${location}?digest=${first}`)).status).toBe(201)
    await expectBlob(client, first, announced)

    const silent = contentOf(9 * MiB, 2)
    const other = await start(client)
    await client('PATCH', other, { body: streamOf(silent, 65_536) })
    const second = await digestOf(silent, 'sha512')
    expect((await client('PUT', `${other}?digest=${second}`)).status).toBe(201)
    await expectBlob(client, second, silent)
  })
})

describe('an upload in chunks', () => {
  it('takes chunks of any size, the last with the closing PUT', async () => {
    const client = await clientOf(repository)
    const content = contentOf(300_000)
    const location = await start(client)
    expect((await chunk(client, location, content.slice(0, 100_000), 0)).status).toBe(202)
    expect((await chunk(client, location, content.slice(100_000, 250_001), 100_000)).status).toBe(202)
    const digest = await digestOf(content)
    const last = content.slice(250_001)
    const closed = await client('PUT', `${location}?digest=${digest}`, {
      headers: { 'content-range': `250001-299999` },
      body: last,
    })
    expect(closed.status).toBe(201)
    await expectBlob(client, digest, content)
  })

  it('serves ranges across the chunks', async () => {
    const client = await clientOf(repository)
    const content = contentOf(30_000)
    const location = await start(client)
    for (let at = 0; at < 30_000; at += 10_000) await chunk(client, location, content.slice(at, at + 10_000), at)
    const digest = await digestOf(content)
    await client('PUT', `${location}?digest=${digest}`)
    const response = await client('GET', `/v2/${repository}/blobs/${digest}`, {
      headers: { range: 'bytes=9990-20009' },
    })
    expect(response.status).toBe(206)
    expect(header(response, 'content-range')).toBe('bytes 9990-20009/30000')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(content.slice(9990, 20_010))
  })

  it('survives a chunk out of order, on PATCH and on PUT (OCI end-5, end-6)', async () => {
    const client = await clientOf(repository)
    const content = contentOf(2000)
    const digest = await digestOf(content)
    const location = await start(client)
    await chunk(client, location, content.slice(0, 1000), 0)

    const early = await chunk(client, location, content.slice(1500), 1500)
    expect(early.status).toBe(416)
    expect([header(early, 'location'), header(early, 'range')]).toEqual([location, '0-999'])
    expect((await problemOf(early)).code).toBe('BLOB_UPLOAD_INVALID')
    const closing = await client('PUT', `${location}?digest=${digest}`, {
      headers: { 'content-range': '1500-1999' },
      body: content.slice(1500),
    })
    expect(closing.status).toBe(416)

    const status = await client('GET', location)
    expect(status.status).toBe(204)
    expect(header(status, 'range')).toBe('0-999')
    expect((await chunk(client, location, content.slice(1000), 1000)).status).toBe(202)
    expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
    await expectBlob(client, digest, content)
  })

  it('refuses a first chunk that does not start at zero, and can then begin', async () => {
    const client = await clientOf(repository)
    const location = await start(client)
    expect((await chunk(client, location, contentOf(10), 5)).status).toBe(416)
    expect(header(await client('GET', location), 'range')).toBe('0-0')
    expect((await chunk(client, location, contentOf(10), 0)).status).toBe(202)
  })

  it('counts only one of two chunks that race for the same place', async () => {
    const client = await clientOf(repository)
    const location = await start(client)
    const racers = [contentOf(9 * MiB, 1), contentOf(9 * MiB, 2)]
    const answers = await Promise.all(
      racers.map((content) => client('PATCH', location, { body: streamOf(content, 65_536) })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 416])
    const winner = racers[answers.findIndex(({ status }) => status === 202)] ?? new Uint8Array()
    expect(header(await client('GET', location), 'range')).toBe(`0-${9 * MiB - 1}`)
    const digest = await digestOf(winner)
    expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
    await expectBlob(client, digest, winner)
    expect(await countRows('segments', 'session_id IS NULL AND blob_digest IS NULL')).toBe(1)
  })

  it('takes a zero-byte chunk as no progress', async () => {
    const client = await clientOf(repository)
    const location = await start(client)
    await chunk(client, location, contentOf(10), 0)
    const response = await client('PATCH', location, { body: new Uint8Array() })
    expect(response.status).toBe(202)
    expect(header(response, 'range')).toBe('0-9')
  })

  for (const range of ['10', 'a-b', '5-1', '-5', '0-9-9']) {
    it(`refuses the Content-Range "${range}" and changes nothing`, async () => {
      const client = await clientOf(repository)
      const location = await start(client)
      const response = await client('PATCH', location, { headers: { 'content-range': range }, body: contentOf(10) })
      expect(response.status).toBe(400)
      expect((await problemOf(response)).code).toBe('BLOB_UPLOAD_INVALID')
      expect(await countRows('segments')).toBe(0)
    })
  }

  it('refuses a Content-Range that disagrees with the body, and continues from the same place', async () => {
    const client = await clientOf(repository)
    const location = await start(client)
    const headers = { 'content-range': '0-99' }
    const digest = await digestOf(contentOf(10))
    const answers = [
      await client('PATCH', location, { headers, body: streamOf(contentOf(10)) }),
      await client('PATCH', location, { headers }),
      await client('PUT', `${location}?digest=${digest}`, { headers, body: streamOf(contentOf(10)) }),
      await client('PUT', `${location}?digest=${digest}`, { headers }),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(400)
      expect((await problemOf(answer)).code).toBe('SIZE_INVALID')
    }
    expect(header(await client('GET', location), 'range')).toBe('0-0')
    expect((await chunk(client, location, contentOf(10), 0)).status).toBe(202)
    expect(await countRows('segments', 'session_id IS NOT NULL AND size_bytes IS NOT NULL')).toBe(1)
  })

  it('refuses a Content-Range that disagrees with the length', async () => {
    const client = await clientOf(repository)
    const response = await client('PATCH', await start(client), {
      headers: { 'content-range': '0-99', 'content-length': '10' },
      body: contentOf(10),
    })
    expect(response.status).toBe(400)
    expect((await problemOf(response)).code).toBe('SIZE_INVALID')
  })
})

describe('closing an upload', () => {
  it('refuses a wrong digest, ends the upload and keeps no blob', async () => {
    const client = await clientOf(repository)
    const wrong = await digestOf(bytesOf('something else'))
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const location = await start(client)
      await client('PATCH', location, { body: streamOf(contentOf(1000)) })
      const digest = algorithm === 'sha256' ? wrong : await digestOf(bytesOf('x'), 'sha512')
      const response = await client('PUT', `${location}?digest=${digest}`)
      expect(response.status).toBe(400)
      expect((await problemOf(response)).code).toBe('DIGEST_INVALID')
      expect((await client('GET', location)).status).toBe(404)
    }
    expect(await countRows('blobs')).toBe(0)
    expect(await countRows('repositories')).toBe(0)
    expect(await countRows('segments', 'session_id IS NOT NULL')).toBe(0)
  })

  it('refuses a wrong digest of a body in one request, of every kind', async () => {
    const client = await clientOf(repository)
    const wrong = await digestOf(bytesOf('something else'))
    const content = contentOf(1000)
    const answers = [
      await client('POST', `${uploads}?digest=${wrong}`, { body: content }),
      await client('PUT', `${await start(client)}?digest=${wrong}`, { body: content }),
      await client('PUT', `${await start(client)}?digest=${wrong}`, { body: streamOf(content) }),
      await client('PUT', `${await start(client)}?digest=${wrong}`),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(400)
      expect((await problemOf(answer)).code).toBe('DIGEST_INVALID')
    }
    expect(await countRows('blobs')).toBe(0)
  })

  it('refuses a wrong digest of several chunks after reading them', async () => {
    const client = await clientOf(repository)
    const location = await start(client)
    await chunk(client, location, contentOf(10), 0)
    await chunk(client, location, contentOf(10), 10)
    const response = await client('PUT', `${location}?digest=${await digestOf(contentOf(10))}`)
    expect(response.status).toBe(400)
    expect((await problemOf(response)).code).toBe('DIGEST_INVALID')
  })

  it('refuses the digest of empty content for an upload with bytes', async () => {
    const client = await clientOf(repository)
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const nothing = await digestOf(new Uint8Array(), algorithm)
      const location = await start(client)
      await chunk(client, location, contentOf(10), 0)
      const response = await client('PUT', `${location}?digest=${nothing}`)
      expect([response.status, (await problemOf(response)).code]).toEqual([400, 'DIGEST_INVALID'])
      expect((await client('HEAD', `/v2/${repository}/blobs/${nothing}`)).status).toBe(404)
    }
    expect(await countRows('blobs')).toBe(0)
  })

  it('refuses the digest of the content before the last chunk', async () => {
    const client = await clientOf(repository)
    const content = contentOf(30)
    for (const wrong of [content.slice(0, 10), content.slice(0, 20), content.slice(10, 20), content.slice(20)]) {
      const location = await start(client)
      for (const at of [0, 10, 20]) await chunk(client, location, content.slice(at, at + 10), at)
      const response = await client('PUT', `${location}?digest=${await digestOf(wrong)}`)
      expect([response.status, (await problemOf(response)).code]).toEqual([400, 'DIGEST_INVALID'])
    }
    expect(await countRows('blobs')).toBe(0)
  })

  it('refuses the digest of the first chunk with the last one in the same request', async () => {
    const client = await clientOf(repository)
    const location = await start(client)
    await chunk(client, location, contentOf(10), 0)
    const closing = `${location}?digest=${await digestOf(contentOf(10))}`
    const response = await client('PUT', closing, { body: contentOf(5, 2) })
    expect([response.status, (await problemOf(response)).code]).toEqual([400, 'DIGEST_INVALID'])
    expect(await countRows('blobs')).toBe(0)
  })

  for (const digest of [
    'sha256:baddigeststring',
    'md5:d41d8cd98f00b204e9800998ecf8427e',
    'nonsense',
    `sha256:${'A'.repeat(64)}`,
  ]) {
    it(`refuses the digest ${digest.slice(0, 24)} and keeps the upload`, async () => {
      const client = await clientOf(repository)
      const location = await start(client)
      await chunk(client, location, contentOf(10), 0)
      const response = await client('PUT', `${location}?digest=${digest}`)
      expect(response.status).toBe(400)
      expect((await problemOf(response)).code).toBe('DIGEST_INVALID')
      expect((await client('GET', location)).status).toBe(204)
    })
  }

  it('needs a digest', async () => {
    const client = await clientOf(repository)
    const response = await client('PUT', await start(client))
    expect(response.status).toBe(400)
    expect((await problemOf(response)).code).toBe('DIGEST_INVALID')
  })

  it('succeeds again when the answer was lost', async () => {
    const client = await clientOf(repository)
    const content = contentOf(100)
    const location = await start(client)
    await chunk(client, location, content, 0)
    const closing = `${location}?digest=${await digestOf(content)}`
    expect((await client('PUT', closing)).status).toBe(201)
    expect((await client('PUT', closing)).status).toBe(201)
  })

  it('does not succeed again with the digest of another existing blob', async () => {
    const client = await clientOf(repository)
    const [content, other] = [contentOf(100), contentOf(100, 2)]
    const digest = await digestOf(other)
    expect((await client('POST', `${uploads}?digest=${digest}`, { body: other })).status).toBe(201)
    const location = await start(client)
    await chunk(client, location, content, 0)
    expect((await client('PUT', `${location}?digest=${await digestOf(content)}`)).status).toBe(201)
    expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(404)
    expect((await client('PUT', `${location}?digest=${digest}`, { body: other })).status).toBe(404)
  })

  it('succeeds again with its body, at the same time or later', async () => {
    const client = await clientOf(repository)
    const content = contentOf(5000)
    const closing = `${await start(client)}?digest=${await digestOf(content)}`
    const both = await Promise.all([
      client('PUT', closing, { body: content }),
      client('PUT', closing, { body: content }),
    ])
    expect(both.map(({ status }) => status)).toEqual([201, 201])
    expect((await client('PUT', closing, { body: content })).status).toBe(201)
    const other = `${closing.split('?')[0]}?digest=${await digestOf(contentOf(3))}`
    expect((await client('PUT', other, { body: contentOf(3) })).status).toBe(404)
  })

  it('takes no more bytes afterwards', async () => {
    const client = await clientOf(repository)
    const content = contentOf(100)
    const location = await start(client)
    await chunk(client, location, content, 0)
    await client('PUT', `${location}?digest=${await digestOf(content)}`)
    const late = await chunk(client, location, content, 100)
    expect(late.status).toBe(404)
    expect((await problemOf(late)).code).toBe('BLOB_UPLOAD_UNKNOWN')
    expect((await client('GET', location)).status).toBe(404)
    expect((await client('DELETE', location)).status).toBe(404)
  })

  it('keeps the first bytes when two uploads bring the same blob', async () => {
    const client = await clientOf(repository)
    const content = contentOf(1000)
    const digest = await digestOf(content)
    const [first, second] = [await start(client), await start(client)]
    await chunk(client, first, content, 0)
    await chunk(client, second, content, 0)
    const closed = await Promise.all([first, second].map((location) => client('PUT', `${location}?digest=${digest}`)))
    expect(closed.map(({ status }) => status)).toEqual([201, 201])
    expect(await countRows('segments', `blob_digest = '${digest}'`)).toBe(1)
    await vi.waitFor(async () =>
      expect(await countRows('segments', 'session_id IS NULL AND blob_digest IS NULL')).toBe(1),
    )
    await expectBlob(client, digest, content)
  })
})

describe('an upload that ends badly', () => {
  it('is cancelled by DELETE (OCI end-14), with or without bytes', async () => {
    const client = await clientOf(repository)
    for (const content of [undefined, contentOf(10)]) {
      const location = await start(client)
      if (content !== undefined) await chunk(client, location, content, 0)
      expect((await client('DELETE', location)).status).toBe(204)
      expect((await client('GET', location)).status).toBe(404)
      expect((await chunk(client, location, contentOf(10), 0)).status).toBe(404)
      expect((await client('DELETE', location)).status).toBe(404)
      expect((await client('PUT', `${location}?digest=${await digestOf(new Uint8Array())}`)).status).toBe(404)
    }
    expect(await countRows('blobs')).toBe(0)
    expect(await countRows('segments', 'session_id IS NOT NULL')).toBe(0)
  })

  it('leaves only segments with rows in D1 when its stream breaks', async () => {
    const client = await clientOf(repository)
    const location = await start(client)
    const content = contentOf(20 * MiB)
    const { readable, writable } = new IdentityTransformStream()
    const breaking = breakAfter(writable, content.subarray(0, 12 * MiB))
    const headers = {
      authorization: `Bearer ${await tokenFor('alice', [{ type: 'repository', name: repository, actions: ['push'] }])}`,
    }
    const request = new Request(new URL(location, origin), { method: 'PATCH', headers, body: readable })
    const response = await answerRequest(request, env, createExecutionContext())
    await breaking
    expect(response.status).toBe(400)
    expect((await problemOf(response)).code).toBe('SIZE_INVALID')
    const { rows, objects } = await segmentKeys()
    expect(rows).toHaveLength(1)
    expect(objects).toEqual([])
    expect(await countRows('segments', 'multipart_id IS NOT NULL AND session_id IS NOT NULL')).toBe(1)

    expect(header(await client('GET', location), 'range')).toBe('0-0')
    expect((await client('PATCH', location, { body: streamOf(content, 65_536) })).status).toBe(202)
    const digest = await digestOf(content)
    expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
    await expectBlob(client, digest, content)
  })

  it('is unknown when its identifier is forged, or of another repository', async () => {
    const client = await clientOf(repository, 'alice/other', 'alice/ppa')
    const location = await start(client)
    const other = location.at(-5) === 'A' ? 'B' : 'A'
    const strangers = [
      `${uploads}00000000-0000-0000-0000-000000000000`,
      `${uploads}%ff`,
      ...Array.from({ length: 60 }, (_, at) => `${uploads}${'A'.repeat(at + 1)}`),
      location.slice(0, -2),
      `${location.slice(0, -5)}${other}${location.slice(-4)}`,
      location.replace(repository, 'alice/other'),
      // The name is as long.
      location.replace(repository, 'alice/ppa'),
    ]
    for (const stranger of strangers) {
      for (const method of stranger.endsWith('A') ? ['GET'] : ['GET', 'PATCH', 'PUT', 'DELETE']) {
        const response = await client(
          method,
          method === 'PUT' ? `${stranger}?digest=${await digestOf(contentOf(1))}` : stranger,
          {
            body: method === 'PATCH' ? contentOf(1) : null,
          },
        )
        expect(response.status).toBe(404)
        expect((await problemOf(response)).code).toBe('BLOB_UPLOAD_UNKNOWN')
      }
    }
    expect(await env.DB.prepare('SELECT count(*) AS n FROM upload_sessions').first('n')).toBe(0)
  })
})
