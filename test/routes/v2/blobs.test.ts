import { describe, expect, it } from 'vitest'
import { header, problemOf, send, tokenFor, withToken } from '../../support/client.ts'
import { anImage, contentOf, countRows, digestOf, pushBlob, pushImage } from '../../support/content.ts'
import { aRepository, aUser, clientOf } from '../../support/people.ts'

const repository = 'alice/app'
const content = contentOf(10_000)

async function aPushedBlob() {
  const client = await clientOf(repository)
  const { digest } = await pushBlob(client, repository, content)
  return { client, digest, path: `/v2/${repository}/blobs/${digest}` }
}

describe('a blob', () => {
  it('is served with its digest, length and type', async () => {
    const { client, digest, path } = await aPushedBlob()
    const response = await client('GET', path)
    expect(response.status).toBe(200)
    expect(header(response, 'docker-content-digest')).toBe(digest)
    expect(header(response, 'content-length')).toBe('10000')
    expect(header(response, 'content-type')).toBe('application/octet-stream')
    expect(header(response, 'accept-ranges')).toBe('bytes')
    expect(header(response, 'docker-distribution-api-version')).toBe('registry/2.0')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(content)
  })

  it('answers HEAD with the same headers and no body', async () => {
    const { client, digest, path } = await aPushedBlob()
    const response = await client('HEAD', path)
    expect(response.status).toBe(200)
    expect(header(response, 'docker-content-digest')).toBe(digest)
    expect(header(response, 'content-length')).toBe('10000')
    expect(await response.text()).toBe('')
  })

  it('answers 304 to a client that has it', async () => {
    const { client, digest, path } = await aPushedBlob()
    for (const tag of [`"${digest}"`, `W/"${digest}"`, `"other", "${digest}"`, '*']) {
      expect((await client('GET', path, { headers: { 'if-none-match': tag } })).status).toBe(304)
    }
    expect((await client('GET', path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
  })

  // OCI end-2: first, last (exclusive) and what Content-Range says.
  const ranges = [
    ['bytes=500-1499', 500, 1500],
    ['bytes=500-', 500, 10_000],
    ['bytes=-500', 9500, 10_000],
    ['bytes=9000-50000', 9000, 10_000],
    ['bytes=0-0', 0, 1],
    ['bytes=-99999', 0, 10_000],
  ] as const
  for (const [range, start, end] of ranges) {
    it(`serves the range ${range}`, async () => {
      const { client, path } = await aPushedBlob()
      const response = await client('GET', path, { headers: { range } })
      expect(response.status).toBe(206)
      expect(header(response, 'content-range')).toBe(`bytes ${start}-${end - 1}/10000`)
      expect(header(response, 'content-length')).toBe(String(end - start))
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(content.slice(start, end))
    })
  }

  for (const range of ['bytes=10000-', 'bytes=500-0', 'bytes=20000-30000', 'bytes=-0']) {
    it(`answers 416 to the range ${range}`, async () => {
      const { client, path } = await aPushedBlob()
      const response = await client('GET', path, { headers: { range } })
      expect(response.status).toBe(416)
      expect(header(response, 'content-range')).toBe('bytes */10000')
    })
  }

  it('is served whole to HEAD, and to clients that began with other content', async () => {
    const { client, digest, path } = await aPushedBlob()
    const head = await client('HEAD', path, { headers: { range: 'bytes=0-1' } })
    expect([head.status, header(head, 'content-length')]).toEqual([200, '10000'])
    const range = { range: 'bytes=0-1' }
    expect((await client('GET', path, { headers: { ...range, 'if-range': '"other"' } })).status).toBe(200)
    expect((await client('GET', path, { headers: { ...range, 'if-range': `"${digest}"` } })).status).toBe(206)
  })

  for (const range of [
    'lines=1-2',
    'bytes=x-y',
    'bytes=-',
    'bytes=',
    'bytes=0-1,x',
    'bytes=0-9,5-20',
    'bytes=0-9,9-20',
  ]) {
    it(`answers the range ${range} with the whole`, async () => {
      const { client, path } = await aPushedBlob()
      expect((await client('GET', path, { headers: { range } })).status).toBe(200)
    })
  }

  // RFC 9110 section 14.6: the parts come in the order of the request, one for each range.
  const sets = [
    [
      'bytes=0-9,100-199',
      [
        [0, 10],
        [100, 200],
      ],
    ],
    [
      'BYTES=100-199 , 0-9,, 9990-',
      [
        [100, 200],
        [0, 10],
        [9990, 10_000],
      ],
    ],
    [
      'bytes=0-4999,5000-9998,-1',
      [
        [0, 5000],
        [5000, 9999],
        [9999, 10_000],
      ],
    ],
    [
      'bytes=0-0,20000-30000,4-4',
      [
        [0, 1],
        [4, 5],
      ],
    ],
  ] as const
  for (const [range, wanted] of sets) {
    it(`serves the ranges ${range} as parts of one body`, async () => {
      const { client, digest, path } = await aPushedBlob()
      const response = await client('GET', path, { headers: { range, 'if-range': `"${digest}"` } })
      expect(response.status).toBe(206)
      expect(header(response, 'etag')).toBe(`"${digest}"`)
      expect(response.headers.get('content-range')).toBeNull()
      const body = new Uint8Array(await response.arrayBuffer())
      expect(header(response, 'content-length')).toBe(String(body.length))
      expect(partsOf(header(response, 'content-type'), body)).toEqual(
        wanted.map(([start, end]) => ({
          type: 'application/octet-stream',
          range: `bytes ${start}-${end - 1}/10000`,
          content: textOf(content.slice(start, end)),
        })),
      )
    })
  }

  it('of several segments is served in ranges across their borders', async () => {
    const client = await clientOf(repository)
    const digest = await digestOf(content)
    const started = await client('POST', `/v2/${repository}/blobs/uploads/`)
    let location = header(started, 'location')
    for (const chunk of [content.slice(0, 4000), content.slice(4000)]) {
      location = header(await client('PATCH', location, { body: chunk }), 'location')
    }
    expect((await client('PUT', `${location}?digest=${digest}`)).status).toBe(201)
    const response = await client('GET', `/v2/${repository}/blobs/${digest}`, {
      headers: { range: 'bytes=3990-4009,4010-5000' },
    })
    const parts = partsOf(header(response, 'content-type'), new Uint8Array(await response.arrayBuffer()))
    expect(parts.map((part) => part.content)).toEqual([
      textOf(content.slice(3990, 4010)),
      textOf(content.slice(4010, 5001)),
    ])
  })

  it('answers one range when only one of several is inside the blob, and 416 when none is', async () => {
    const { client, path } = await aPushedBlob()
    const one = await client('GET', path, { headers: { range: 'bytes=20000-,5-9' } })
    expect([one.status, header(one, 'content-range')]).toEqual([206, 'bytes 5-9/10000'])
    const none = await client('GET', path, { headers: { range: 'bytes=20000-,30000-' } })
    expect([none.status, header(none, 'content-range')]).toEqual([416, 'bytes */10000'])
  })

  it('answers HEAD, and several ranges of other content, with the whole', async () => {
    const { client, path } = await aPushedBlob()
    const range = 'bytes=0-1,5-6'
    const head = await client('HEAD', path, { headers: { range } })
    expect([head.status, header(head, 'content-length')]).toEqual([200, '10000'])
    const other = await client('GET', path, { headers: { range, 'if-range': '"other"' } })
    expect([other.status, header(other, 'content-length')]).toEqual([200, '10000'])
  })

  it('serves 256 ranges, and asks for fewer when there are more', async () => {
    const { client, path } = await aPushedBlob()
    const range = (count: number) =>
      `bytes=${Array.from({ length: count }, (_, at) => `${at * 10}-${at * 10}`).join(',')}`
    const most = await client('GET', path, { headers: { range: range(256) } })
    expect(most.status).toBe(206)
    const parts = partsOf(header(most, 'content-type'), new Uint8Array(await most.arrayBuffer()))
    expect(parts).toHaveLength(256)
    const more = await client('GET', path, { headers: { range: range(257) } })
    expect(more.status).toBe(400)
    expect((await problemOf(more)).message).toContain('at most 256 ranges')
  })

  it('is unknown until it is pushed, and in other repositories', async () => {
    const { digest } = await aPushedBlob()
    const client = await clientOf('alice/other', repository)
    // The other repository is there, and has another blob.
    await pushBlob(client, 'alice/other', contentOf(7))
    const missing = await digestOf(contentOf(5))
    for (const path of [`/v2/alice/other/blobs/${digest}`, `/v2/${repository}/blobs/${missing}`]) {
      const response = await client('GET', path)
      expect(response.status).toBe(404)
      expect((await problemOf(response)).code).toBe('BLOB_UNKNOWN')
      const head = await client('HEAD', path)
      expect(head.status).toBe(404)
    }
    // To a client that may only pull, too.
    const access = ['alice/other', repository].map((name) => ({ type: 'repository', name, actions: ['pull'] }))
    const reader = withToken(await tokenFor('alice', access))
    expect((await reader('HEAD', `/v2/alice/other/blobs/${digest}`)).status).toBe(404)
    expect((await reader('HEAD', `/v2/${repository}/blobs/${digest}`)).status).toBe(200)
  })

  it('is refused by an invalid digest', async () => {
    const client = await clientOf(repository)
    for (const digest of ['sha256:abc', 'sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709', 'latest']) {
      const response = await client('GET', `/v2/${repository}/blobs/${digest}`)
      expect(response.status).toBe(400)
      expect((await problemOf(response)).code).toBe('DIGEST_INVALID')
    }
  })
})

/** Bytes as text that `toEqual` compares and prints well. */
const textOf = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

/** RFC 2046 section 5.1.1, strictly: nothing before the first boundary, nothing behind the last one. */
function partsOf(contentType: string, body: Uint8Array): { type: string; range: string; content: string }[] {
  const [, boundary = ''] = /^multipart\/byteranges; boundary=([0-9a-f-]{1,70})$/.exec(contentType) ?? []
  const [before, ...parts] = textOf(body).split(`\r\n--${boundary}`)
  expect([before, parts.pop()]).toEqual(['', '--\r\n'])
  return parts.map((part) => {
    const [, type = '', range = '', text = ''] =
      /^\r\nContent-Type: ([^\r]*)\r\nContent-Range: ([^\r]*)\r\n\r\n([^]*)$/.exec(part) ?? []
    return { type, range, content: text }
  })
}

describe('deleting a blob (OCI end-10)', () => {
  it('removes it from this repository alone, at once', async () => {
    const { digest, path } = await aPushedBlob()
    const client = await clientOf(repository, 'alice/other')
    await pushBlob(client, 'alice/other', content)
    expect((await client('DELETE', path)).status).toBe(202)
    expect((await client('GET', path)).status).toBe(404)
    expect((await client('DELETE', path)).status).toBe(404)
    expect((await client('GET', `/v2/alice/other/blobs/${digest}`)).status).toBe(200)
  })

  it('is refused while a manifest names it, with the manifest to delete first', async () => {
    const client = await clientOf(repository)
    const image = await pushImage(client, repository, 'latest')
    for (const { digest } of [image.config, ...image.layers]) {
      const response = await client('DELETE', `/v2/${repository}/blobs/${digest}`)
      expect(response.status).toBe(409)
      const { code, message } = await problemOf(response)
      expect(code).toBe('DENIED')
      expect(message).toContain(image.digest)
    }
    expect((await client('DELETE', `/v2/${repository}/manifests/${image.digest}`)).status).toBe(202)
    for (const { digest } of [image.config, ...image.layers]) {
      expect((await client('DELETE', `/v2/${repository}/blobs/${digest}`)).status).toBe(202)
    }
  })
})

describe('mounting a blob (OCI end-11)', () => {
  const mount = (digest: string, from?: string) =>
    `/v2/alice/target/blobs/uploads/?mount=${digest}${from === undefined ? '' : `&from=${encodeURIComponent(from)}`}`

  it('makes it a blob of the target without an upload', async () => {
    const { digest } = await aPushedBlob()
    const client = await clientOf(repository, 'alice/target')
    const response = await client('POST', mount(digest, repository))
    expect(response.status).toBe(201)
    expect(header(response, 'location')).toBe(`/v2/alice/target/blobs/${digest}`)
    expect(header(response, 'docker-content-digest')).toBe(digest)
    expect((await client('GET', `/v2/alice/target/blobs/${digest}`)).status).toBe(200)
    expect(await countRows('segments')).toBe(1)
  })

  it('opens an upload when the source does not have it, or does not exist', async () => {
    const client = await clientOf(repository, 'alice/target')
    const missing = await digestOf(contentOf(5))
    for (const from of [repository, 'alice/nowhere', 'NOT A NAME', '']) {
      const response = await client('POST', mount(missing, from))
      expect(response.status).toBe(202)
      expect(header(response, 'location')).toContain('/v2/alice/target/blobs/uploads/')
    }
    expect(await countRows('repositories')).toBe(0)
  })

  it('mounts only what the source itself has, whatever other repositories have', async () => {
    const { digest } = await aPushedBlob()
    const client = await clientOf(repository, 'alice/source', 'alice/target')
    await pushBlob(client, 'alice/source', contentOf(7))
    const missing = await digestOf(contentOf(5))
    for (const [blob, from] of [
      [digest, 'alice/source'],
      [missing, 'alice/source'],
      [digest, 'NOT A NAME'],
      [digest, ''],
    ] as const) {
      expect([from, (await client('POST', mount(blob, from))).status]).toEqual([from, 202])
    }
    expect((await client('HEAD', `/v2/alice/target/blobs/${digest}`)).status).toBe(404)
  })

  it('opens an upload when the caller may not read the source, never 401 or 403', async () => {
    const { digest } = await aPushedBlob()
    const client = await clientOf('alice/target')
    const response = await client('POST', mount(digest, repository))
    expect(response.status).toBe(202)
    expect((await client('HEAD', `/v2/alice/target/blobs/${digest}`)).status).toBe(404)
  })

  it('finds the source among the repositories that the token reads, and in no other', async () => {
    const client = await clientOf('alice/aaa', repository, 'alice/target')
    const { digest } = await pushBlob(client, 'alice/aaa', content)
    await pushBlob(client, repository, content)
    const narrow = await clientOf('alice/target')
    expect((await narrow('POST', mount(digest))).status).toBe(202)
    const wider = await clientOf('alice/target', repository)
    expect((await wider('POST', mount(digest))).status).toBe(201)
  })

  it('finds it with a password in what the user may read, named or not, and in nothing else', async () => {
    const [own, secret] = [contentOf(10), contentOf(11)]
    const carol = await aUser('carol')
    for (const name of ['carol/source', 'carol/named', 'carol/found']) await aRepository(name)
    const { digest } = await pushBlob(carol, 'carol/source', own)
    const hidden = await pushBlob(await clientOf('alice/secret'), 'alice/secret', secret)
    const ask = (target: string, blob: string, from: string) =>
      carol('POST', `/v2/carol/${target}/blobs/uploads/?mount=${blob}${from}`)
    expect((await ask('named', digest, '&from=carol%2Fsource')).status).toBe(201)
    expect((await ask('found', digest, '')).status).toBe(201)
    for (const from of ['', '&from=alice%2Fsecret', '&from=carol%2Fsource']) {
      expect([from, (await ask('found', hidden.digest, from)).status]).toEqual([from, 202])
    }
  })

  it('asks for a token that can read the source, and names it', async () => {
    const response = await send('POST', mount(await digestOf(content), repository))
    expect(response.status).toBe(401)
    const scope = 'scope="repository:alice/target:pull,push repository:alice/app:pull"'
    expect(header(response, 'www-authenticate')).toContain(scope)
  })

  it('refuses an invalid digest', async () => {
    const client = await clientOf('alice/target')
    expect((await client('POST', mount('sha256:abc', repository))).status).toBe(400)
  })

  it('serves the layers of an image pushed by mounts alone', async () => {
    const source = await clientOf(repository)
    const image = await anImage(source, repository)
    const client = await clientOf(repository, 'alice/target')
    for (const { digest } of [image.config, ...image.layers]) {
      expect((await client('POST', mount(digest, repository))).status).toBe(201)
    }
    const response = await client('PUT', '/v2/alice/target/manifests/latest', { body: image.manifest })
    expect(response.status).toBe(201)
  })
})
