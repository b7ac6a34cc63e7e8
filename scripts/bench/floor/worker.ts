/**
 * The platform floor: a Worker that answers what the bench asks with as little work as there can be.
 *
 * Bytes go into R2 and come out again, and one look-up in D1 stands for whatever a registry has to know about them.
 * Nothing is hashed, checked or protected, so this is no registry: the distance to it is the price of one.
 */
import type * as Platform from '@cloudflare/workers-types'

declare const Response: typeof Platform.Response

interface Env {
  readonly BUCKET: Platform.R2Bucket
  readonly DB: Platform.D1Database
}

const partBytes = 5 * 1024 * 1024

export default {
  async fetch(request: Platform.Request, { BUCKET, DB }: Env): Promise<Platform.Response> {
    const { pathname, searchParams } = new URL(request.url)
    const name = pathname.slice('/v2/'.length)
    switch (request.method) {
      case 'POST':
        return empty(202, { Location: pathname + crypto.randomUUID() })
      case 'PATCH':
        if (request.body !== null) await storeBody(BUCKET, name, request.body, request.headers.has('content-length'))
        return empty(202, { Location: pathname })
      case 'PUT': {
        const digest = searchParams.get('digest')
        await (digest === null ? saveManifest(DB, name, request) : saveBlob(DB, digest, name))
        return empty(201)
      }
      default:
        return read(request.method === 'HEAD', name, BUCKET, DB)
    }
  },
}

async function read(
  headOnly: boolean,
  name: string,
  bucket: Platform.R2Bucket,
  database: Platform.D1Database,
): Promise<Platform.Response> {
  if (name === '') return empty(200)
  if (name.endsWith('/tags/list')) {
    const { results } = await database.prepare('SELECT name FROM manifests ORDER BY name LIMIT 100').all<Named>()
    return Response.json({ name: '', tags: results.map((row) => row.name) })
  }
  if (name.includes('/manifests/')) {
    const manifest = await database
      .prepare('SELECT type, body FROM manifests WHERE name = ?')
      .bind(name)
      .first<Manifest>()
    if (manifest === null) return empty(404)
    return new Response(headOnly ? null : manifest.body, { headers: { 'Content-Type': manifest.type } })
  }
  const digest = name.slice(name.lastIndexOf('/') + 1)
  const blob = await database.prepare('SELECT name FROM blobs WHERE digest = ?').bind(digest).first<Named>()
  if (blob === null) return empty(404)
  if (headOnly) return empty(200)
  const object = await bucket.get(blob.name)
  if (object === null) return empty(404)
  return new Response(object.body, { headers: { 'Content-Length': String(object.size) } })
}

interface Named {
  readonly name: string
}

interface Manifest {
  readonly type: string
  readonly body: string
}

async function saveManifest(database: Platform.D1Database, name: string, request: Platform.Request): Promise<void> {
  const type = request.headers.get('content-type') ?? ''
  const statement = database.prepare('INSERT OR REPLACE INTO manifests (name, type, body) VALUES (?, ?, ?)')
  await statement.bind(name, type, await request.text()).run()
}

async function saveBlob(database: Platform.D1Database, digest: string, name: string): Promise<void> {
  await database.prepare('INSERT OR REPLACE INTO blobs (digest, name) VALUES (?, ?)').bind(digest, name).run()
}

/** Stores a body of announced length with one put. Of any other, sends one part to R2 while the next one is read. */
async function storeBody(
  bucket: Platform.R2Bucket,
  name: string,
  body: Platform.ReadableStream,
  isAnnounced: boolean,
): Promise<void> {
  if (isAnnounced) {
    await bucket.put(name, body)
    return
  }
  const reader = body.getReader({ mode: 'byob' })
  let part = await readPart(reader)
  if (part.length < partBytes) {
    await bucket.put(name, part)
    return
  }
  const upload = await bucket.createMultipartUpload(name)
  const parts: Platform.R2UploadedPart[] = []
  while (part.length > 0) {
    const [sent, next] = await Promise.all([
      upload.uploadPart(parts.length + 1, part),
      part.length < partBytes ? new Uint8Array() : readPart(reader),
    ])
    parts.push(sent)
    part = next
  }
  await upload.complete(parts)
}

/** Asks for a whole part at once, as the platform hands out a stream in small pieces otherwise. */
async function readPart(reader: Platform.ReadableStreamBYOBReader): Promise<Uint8Array> {
  const { value } = await reader.readAtLeast(partBytes, new Uint8Array(partBytes))
  return value ?? new Uint8Array()
}

function empty(status: number, headers: Record<string, string> = {}): Platform.Response {
  return new Response(null, { status, headers })
}
