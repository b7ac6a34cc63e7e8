/** The manifests that name the most content, and the longest, in a registry whose D1 has the limits of Cloudflare's. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { answerRequest } from '../../../src/answer.ts'
import { largestManifestBytes, mostDescriptors } from '../../../src/limits.ts'
import { mediaTypes } from '../../../src/registry/manifest-document.ts'
import { insertMany, withSql } from '../../support/bounds.ts'
import { origin, problemOf, tokenFor, type Send } from '../../support/client.ts'
import { countRows, digestOf, json, putManifest, type Bytes } from '../../support/content.ts'
import { namespaces } from '../../support/people.ts'
import { strictBinding } from '../../support/strict-database.ts'

const repository = 'alice/app'

let client: Send
beforeEach(async () => {
  await namespaces('alice')
  await withSql(`INSERT INTO repositories (name, namespace, created_at) VALUES (?, 'alice', 0)`, repository)
  client = await strictClient()
})

async function strictClient(): Promise<Send> {
  const actions = ['pull', 'push', 'delete'] as const
  const authorization = `Bearer ${await tokenFor('alice', [{ type: 'repository', name: repository, actions: [...actions] }])}`
  const bindings = { ...env, DB: strictBinding() }
  return async (method, path, { headers = {}, body = null } = {}) => {
    const request = new Request(new URL(path, origin), { method, headers: { authorization, ...headers }, body })
    const context = createExecutionContext()
    const response = await answerRequest(request, bindings, context)
    const read = new Response(await response.arrayBuffer(), response)
    await waitOnExecutionContext(context)
    return read
  }
}

const algorithms = { sha256: 64, sha512: 128 } as const
type Algorithm = keyof typeof algorithms
const digestAt = (algorithm: Algorithm, at: number): string =>
  `${algorithm}:${String(at).padStart(algorithms[algorithm], '0')}`

/** What a manifest may name: `put` makes that many of them in the repository. */
const kinds = {
  layers: { mediaType: mediaTypes.image, table: 'manifest_blobs', urls: undefined, put: putBlobs },
  'foreign layers': { mediaType: mediaTypes.image, table: 'manifest_blobs', urls: ['x'], put: putBlobs },
  manifests: { mediaType: mediaTypes.index, table: 'manifest_children', urls: undefined, put: putManifests },
} as const
type Kind = keyof typeof kinds

/** Names as many as there may be, in as many bytes as there may be. */
function largest(kind: Kind, algorithm: Algorithm): { manifest: Bytes; many: number } {
  const { mediaType, urls } = kinds[kind]
  const itemAt = (at: number) => ({
    ...(urls === undefined ? {} : { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar', urls }),
    digest: digestAt(algorithm, at),
    size: 1,
  })
  const room = largestManifestBytes - 1000
  const many = Math.min(mostDescriptors, Math.floor(room / json([itemAt(mostDescriptors)]).length))
  const items = Array.from({ length: many }, (_, at) => itemAt(at + 1))
  const named = kind === 'manifests' ? { manifests: items } : { config: itemAt(1), layers: items }
  return { manifest: json({ schemaVersion: 2, mediaType, ...named }), many }
}

const nameOf = (algorithm: Algorithm): string => `'${algorithm}:' || printf('%0${algorithms[algorithm]}d', i)`

async function putBlobs(algorithm: Algorithm, many: number): Promise<void> {
  await insertMany(
    many,
    `INSERT INTO blobs (digest, size_bytes, session_id, created_at) SELECT ${nameOf(algorithm)}, 1, '', 0 FROM n`,
  )
  await withSql(
    'INSERT INTO repository_blobs (repository_id, digest, linked_at) SELECT id, digest, 0 FROM repositories, blobs',
  )
}

async function putManifests(algorithm: Algorithm, many: number): Promise<void> {
  await insertMany(
    many,
    `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
     SELECT id, ${nameOf(algorithm)}, '${mediaTypes.image}', 2, '{}', 'alice', 0 FROM n, repositories`,
  )
}

describe('the largest manifest', () => {
  it.each([
    ['layers', 'sha256'],
    ['layers', 'sha512'],
    ['foreign layers', 'sha512'],
    ['manifests', 'sha512'],
  ] as const)('with %s by %s is stored, pulled and deleted', async (kind, algorithm) => {
    const { mediaType, table, put } = kinds[kind]
    const { manifest, many } = largest(kind, algorithm)
    expect(many === mostDescriptors || manifest.length > largestManifestBytes * 0.99).toBe(true)
    await put(algorithm, many)
    const pushed = await putManifest(client, repository, 'v1', manifest, mediaType)
    expect([pushed.status, await countRows(table)]).toEqual([201, many])
    const pulled = await client('GET', `/v2/${repository}/manifests/v1`)
    expect([pulled.status, await digestOf(await pulled.bytes())]).toEqual([200, await digestOf(manifest)])
    const deleted = await client('DELETE', `/v2/${repository}/manifests/${await digestOf(manifest)}`)
    expect([deleted.status, await countRows(table)]).toEqual([202, 0])
  })

  it.each(['layers', 'manifests'] as const)('with %s that are not here is refused', async (kind) => {
    const { manifest } = largest(kind, 'sha512')
    const refused = await putManifest(client, repository, 'v1', manifest, kinds[kind].mediaType)
    expect([refused.status, (await problemOf(refused)).code]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN'])
  })
})
