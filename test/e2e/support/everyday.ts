/** What docker, skopeo and containerd do every day: log in, push, pull. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { startContainerd } from './containerd.ts'
import { blobsOf, fetchBlob, fetchManifest, measureFile, parseImage } from './content.ts'
import { newDocker } from './docker.ts'
import type { Engine } from './engine.ts'
import { newFolder } from './folders.ts'
import { buildImage, forgetImages, imageId, mebibyte } from './images.ts'
import { archiveOf, buildLayout } from './oci-layout.ts'
import type { Registry } from './registry.ts'
import type { Outcome } from './run.ts'
import { newSkopeo } from './skopeo.ts'
import { alice } from './users.ts'

/** One is stored from memory, one in parts where its length is not announced. */
const layers = [1000, 6 * mebibyte]

/** Something that a client does, made ready with content of its own: an isolate remembers what it has served. */
export interface Attempt {
  readonly act: () => Promise<Outcome>
  /** @throws Error when what arrived is not what was sent */
  readonly check: () => Promise<void>
}

export interface Habit {
  readonly name: string
  /** Whether the client fetches another token after 401; docker and skopeo do so only when its time is over. */
  readonly renewsToken?: boolean
  readonly prepare: () => Promise<Attempt>
}

let images = 0
const freshImage = (registry: Registry, client: string): string => `${registry.host}/alice/${client}${++images}:1`

/** Everything is as it was pushed when its bytes have the digests that the manifest names. */
async function checkServed(registry: Registry, image: string): Promise<void> {
  const name = image.slice(registry.host.length + 1)
  const { bytes } = await fetchManifest(registry, name, alice)
  const [repository = ''] = name.split(':')
  const blobs = blobsOf(parseImage(bytes))
  assert.equal(blobs.length, layers.length + 1)
  for (const { digest, size } of blobs) {
    assert.deepEqual(await fetchBlob(registry, repository, digest, alice), { digest, size })
  }
}

export async function dockerHabits(engine: Engine, registry: Registry): Promise<Habit[]> {
  const docker = await newDocker(engine)
  await docker.logIn(registry, alice)
  const buildFresh = async (): Promise<string> => {
    const image = freshImage(registry, 'docker')
    await buildImage(docker, image, { layers })
    return image
  }
  return [
    { name: 'docker login', prepare: async () => ({ act: () => docker.logIn(registry, alice), check: nothing }) },
    {
      name: 'docker push',
      async prepare() {
        const image = await buildFresh()
        return { act: () => docker.attempt('push', image), check: () => checkServed(registry, image) }
      },
    },
    {
      name: 'docker pull',
      async prepare() {
        const image = await buildFresh()
        await docker.run('push', image)
        const id = await imageId(docker, image)
        await forgetImages(docker)
        const check = async (): Promise<void> => assert.equal(await imageId(docker, image), id)
        return { act: () => docker.attempt('pull', image), check }
      },
    },
  ]
}

export async function skopeoHabits(architecture: string, registry: Registry): Promise<Habit[]> {
  const skopeo = await newSkopeo()
  const [to, from] = ['--dest-tls-verify=false', '--src-tls-verify=false']
  const logIn = (): Promise<Outcome> => skopeo.logIn(registry, alice, '--tls-verify=false')
  await logIn()
  return [
    { name: 'skopeo login', prepare: async () => ({ act: logIn, check: nothing }) },
    {
      name: 'skopeo push',
      async prepare() {
        const image = freshImage(registry, 'skopeo')
        const layout = await buildLayout(image, architecture, layers)
        // It sends the stream of a layer again only when it is told to, as podman and buildah do without being told.
        const act = () => skopeo.attempt('copy', '--retry-times=3', to, `oci:${layout}:1`, `docker://${image}`)
        return { act, check: () => checkServed(registry, image) }
      },
    },
    {
      name: 'skopeo pull',
      async prepare() {
        const image = freshImage(registry, 'skopeo')
        await skopeo.run('copy', to, `oci:${await buildLayout(image, architecture, layers)}:1`, `docker://${image}`)
        const folder = await newFolder('pulled')
        const check = async (): Promise<void> => {
          const manifest = await fetchManifest(registry, image.slice(registry.host.length + 1), alice)
          for (const { digest, size } of blobsOf(parseImage(manifest.bytes))) {
            const file = join(folder, digest.slice('sha256:'.length))
            assert.deepEqual(await measureFile(file), { digest, size })
          }
        }
        return { act: () => skopeo.attempt('copy', from, `docker://${image}`, `dir:${folder}`), check }
      },
    },
  ]
}

export async function containerdHabits(architecture: string, registry: Registry): Promise<Habit[]> {
  const containerd = await startContainerd(alice)
  const loadFresh = async (): Promise<string> => {
    const image = freshImage(registry, 'containerd')
    await containerd.load(await archiveOf(await buildLayout(image, architecture, layers)))
    return image
  }
  return [
    {
      name: 'containerd push',
      renewsToken: true,
      async prepare() {
        const image = await loadFresh()
        return { act: () => containerd.push(image), check: () => checkServed(registry, image) }
      },
    },
    {
      name: 'containerd pull',
      renewsToken: true,
      async prepare() {
        const image = await loadFresh()
        const { exitCode, output } = await containerd.push(image)
        assert.equal(exitCode, 0, output)
        await containerd.forget(image)
        const check = async (): Promise<void> => {
          const manifest = await fetchManifest(registry, image.slice(registry.host.length + 1), alice)
          const digests = await containerd.digests()
          for (const { digest } of blobsOf(parseImage(manifest.bytes))) assert.ok(digests.includes(digest), digest)
        }
        return { act: () => containerd.pull(image), check }
      },
    },
  ]
}

const nothing = async (): Promise<void> => undefined
