import { beforeEach, expect, it } from 'vitest'
import { mediaTypes } from '../../src/registry/manifest-document.ts'
import type { Send } from '../support/client.ts'
import { digestOf, json, pushBlob, putManifest } from '../support/content.ts'
import { aPerson, clientOf, type Person } from '../support/people.ts'

const configType = 'application/vnd.oci.image.config.v1+json'
const secretConfig = json({
  os: 'linux',
  architecture: 'amd64',
  history: [{ created_by: 'ENV DB_PASSWORD=hunter2', empty_layer: true }],
})

let mallory: Person
let client: Send

beforeEach(async () => {
  mallory = await aPerson('mallory')
  client = await clientOf('mallory/x', 'victim/secret')
})

const tagsOf = async (): Promise<string> =>
  (await mallory.ask('GET', '/api/v0/repositories/mallory/x/tags?includeManifests=true')).text()

it('nobody reads the config of an image that their repository does not have', async () => {
  const { digest, size } = await pushBlob(client, 'victim/secret', secretConfig)
  const config = { mediaType: configType, digest, size }
  const artifact = json({ mediaType: mediaTypes.artifact, artifactType: 'a/b', config })
  expect((await putManifest(client, 'mallory/x', 'artifact', artifact, mediaTypes.artifact)).status).toBe(201)
  const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [], config2: config })
  expect((await putManifest(client, 'mallory/x', 'index', index, mediaTypes.index)).status).toBe(201)
  const text = await tagsOf()
  expect(text).toContain('artifact')
  expect(text).not.toContain('hunter2')
  expect(text).not.toContain(digest)
})

it('a page tells of many images that share one large config no more than a bound', async () => {
  const step = { created_by: `RUN ${'x'.repeat(10_000)}`, empty_layer: true }
  const content = json({ os: 'linux', history: Array.from({ length: 20 }, () => step) })
  const { digest, size } = await pushBlob(client, 'mallory/x', content)
  for (let at = 0; at < 60; at++) {
    const manifest = json({
      schemaVersion: 2,
      mediaType: mediaTypes.image,
      config: { mediaType: configType, digest, size },
      layers: [],
      annotations: { at: String(at) },
    })
    expect((await putManifest(client, 'mallory/x', await digestOf(manifest), manifest)).status).toBe(201)
  }
  const response = await mallory.ask('GET', '/api/v0/repositories/mallory/x/manifests?pageSize=100')
  const text = await response.text()
  expect(JSON.parse(text)).toHaveLength(60)
  expect(text.length).toBeLessThan(4 * 1024 * 1024)
})
