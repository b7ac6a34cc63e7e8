/** Images of every shape, and that the real engine pulls each of them as it was pushed. */
import assert from 'node:assert/strict'
import * as z from 'zod'
import { digestOf } from '../../../../scripts/client/digest.ts'
import { dockerOf, type Docker } from '../docker.ts'
import { buildImage, forgetImages, imageId, mebibyte, savedLayers } from '../images.ts'
import { sharedEngine } from '../shared.ts'
import { json, types } from '../signatures.ts'
import { newSkopeo } from '../skopeo.ts'
import { SigningClient } from '../signing-client.ts'
import { admin, alice, type User } from '../users.ts'
import type { Site } from './site.ts'
import type { Witness } from './witness.ts'

/** Below one part of an upload to R2, and above it. */
const [small, large] = [1000, 6 * mebibyte]

/** Images by what they are called after the host, with the layers of their files. */
const images: Readonly<Record<string, readonly number[]>> = {
  'alice/app:1': [small, 2 * small],
  'alice/app:deleted': [small],
  'alice/large:1': [small, large],
}

export interface Content {
  readonly docker: Docker
  readonly witnesses: readonly Witness[]
}

export async function pushContent(site: Site): Promise<Content> {
  const docker = await dockerOf(await sharedEngine(), site.registry, alice)
  const nameOf = (image: string): string => `${site.host}/${image}`
  for (const [image, layers] of Object.entries(images)) {
    await buildImage(docker, nameOf(image), { layers })
    await docker.run('push', nameOf(image))
  }
  const pushed = await Promise.all(
    Object.keys(images).map(async (image) => ({
      image,
      id: await imageId(docker, nameOf(image)),
      layers: await savedLayers(docker, nameOf(image)),
    })),
  )
  await pushIndex(site, 'alice/app', alice, '1')
  await pushList(site)
  await copyAsOci(site)
  const see = async (): Promise<void> => {
    await forgetImages(docker)
    for (const { image, id, layers } of pushed) {
      await docker.run('pull', nameOf(image))
      assert.equal(await imageId(docker, nameOf(image)), id)
      assert.deepEqual(await savedLayers(docker, nameOf(image)), layers)
    }
    await docker.run('pull', nameOf('alice/app:index'))
    assert.equal(await imageId(docker, nameOf('alice/app:index')), pushed[0]?.id)
  }
  return { docker, witnesses: [{ what: 'every image that docker pushed', check: see }] }
}

/** Pushes an image in the format of OCI: tools that read OCI layouts do not take Docker's. */
async function copyAsOci(site: Site): Promise<void> {
  const skopeo = await newSkopeo()
  const { exitCode, output } = await skopeo.logIn(site.registry, alice, '--tls-verify=false')
  assert.equal(exitCode, 0, output)
  const trust = ['--src-tls-verify=false', '--dest-tls-verify=false']
  const [from, to] = [`docker://${site.host}/alice/large:1`, `docker://${site.host}/alice/oci:1`]
  await skopeo.run('copy', ...trust, '--format', 'oci', from, to)
}

/** Pushes the tag `index`, which lists an image. */
export async function pushIndex(site: Site, repository: string, user: User, tag: string): Promise<void> {
  const client = new SigningClient(site.registry, repository, user)
  const platform = { os: 'linux', architecture: (await sharedEngine()).architecture }
  const manifests = [{ ...(await client.resolve(tag)), platform }]
  await client.putManifest('index', json({ schemaVersion: 2, mediaType: types.index, manifests }), types.index)
}

const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json'

/** Pushes the tag `list`, which lists an image in Docker's own format. */
async function pushList(site: Site): Promise<void> {
  const client = new SigningClient(site.registry, 'alice/app', alice)
  const platform = { os: 'linux', architecture: (await sharedEngine()).architecture }
  const manifests = [{ ...(await client.resolve('1')), platform }]
  await client.putManifest('list', json({ schemaVersion: 2, mediaType: dockerList, manifests }), dockerList)
}

const catalog = z.object({ repositories: z.array(z.string()) })
const tags = z.object({ tags: z.array(z.string()).nullable() })
const named = z.object({
  config: z.object({ digest: z.string() }).optional(),
  layers: z.array(z.object({ digest: z.string() })).default([]),
  manifests: z.array(z.object({ digest: z.string() })).default([]),
})

/** Lists all tags of a registry. */
export async function listTags(site: Site): Promise<readonly string[]> {
  const { repositories } = catalog.parse(await site.call(admin, 'GET', '/v2/_catalog?n=1000'))
  const found = await Promise.all(
    repositories.map(async (repository) => {
      const list = tags.parse(await site.call(admin, 'GET', `/v2/${repository}/tags/list?n=1000`))
      return (list.tags ?? []).map((tag) => `${repository}:${tag}`)
    }),
  )
  return found.flat().sort()
}

/** Reads all that has a tag, to its last byte. @throws Error where something is missing or has another digest */
export async function readAll(site: Site): Promise<readonly string[]> {
  const found = await listTags(site)
  const seen = new Set<string>()
  for (const image of found) {
    const [repository = '', tag = ''] = image.split(':')
    await readManifest(site, repository, tag, seen)
  }
  return found
}

async function readManifest(site: Site, repository: string, reference: string, seen: Set<string>): Promise<void> {
  const bytes = await readBytes(site, `/v2/${repository}/manifests/${reference}`)
  if (reference.startsWith('sha256:')) assert.equal(digestOf(bytes), reference)
  const { config, layers, manifests } = named.parse(JSON.parse(bytes.toString()))
  for (const { digest } of [...(config === undefined ? [] : [config]), ...layers]) {
    const path = `/v2/${repository}/blobs/${digest}`
    if (seen.has(path)) continue
    seen.add(path)
    assert.equal(digestOf(await readBytes(site, path)), digest)
  }
  for (const { digest } of manifests) await readManifest(site, repository, digest, seen)
}

/** Reads a manifest or a blob. */
export async function readBytes(site: Site, path: string): Promise<Buffer> {
  const accept = [types.image, types.index, 'application/vnd.docker.distribution.manifest.v2+json', '*/*'].join(', ')
  const answer = await site.ask(admin, 'GET', path, { headers: { accept } })
  assert.equal(answer.status, 200, `${path}: ${String(answer.status)}`)
  return Buffer.from(await answer.arrayBuffer())
}
