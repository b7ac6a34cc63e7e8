/** Pushes that go on while a backup is made. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { digestOf } from '../../../../scripts/client/digest.ts'
import { json, types } from '../signatures.ts'
import { alice } from '../users.ts'
import type { Site } from './site.ts'

export const busyRepository = 'alice/busy'

/** Pushes an image of a config and a layer. */
export async function pushTiny(site: Site, repository: string, tag: string): Promise<void> {
  const layer = await pushBlob(site, repository, randomBytes(2000), 'application/vnd.oci.image.layer.v1.tar')
  const config = await pushBlob(site, repository, json({ tag }), 'application/vnd.oci.image.config.v1+json')
  const manifest = json({ schemaVersion: 2, mediaType: types.image, config, layers: [layer] })
  const answer = await site.ask(alice, 'PUT', `/v2/${repository}/manifests/${tag}`, {
    headers: { 'content-type': types.image },
    body: Uint8Array.from(manifest),
  })
  assert.equal(answer.status, 201, await answer.text())
}

async function pushBlob(site: Site, repository: string, bytes: Buffer, mediaType: string): Promise<object> {
  const digest = digestOf(bytes)
  const answer = await site.ask(alice, 'POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
    headers: { 'content-type': 'application/octet-stream' },
    body: Uint8Array.from(bytes),
  })
  assert.equal(answer.status, 201, await answer.text())
  return { mediaType, digest, size: bytes.length }
}

/** Pushes one image after the other, and moves and deletes tags, until the signal is given. */
export async function keepPushing(site: Site, signal: AbortSignal): Promise<void> {
  for (let count = 0; !signal.aborted; count++) {
    await pushTiny(site, busyRepository, String(count))
    await pushTiny(site, busyRepository, 'moves')
    if (count % 3 < 2) continue
    const deleted = `/v2/${busyRepository}/manifests/${String(count - 1)}`
    assert.equal((await site.ask(alice, 'DELETE', deleted)).status, 202)
  }
}
