/** Images made for a test, and what an engine knows of them. */
import { randomBytes } from 'node:crypto'
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { measureFile } from './content.ts'
import type { Docker } from './docker.ts'
import { newFolder } from './folders.ts'
import { run } from './run.ts'

export const mebibyte = 1024 * 1024

/** `manifest.json` of an archive that `docker save` made of one image. */
const savedImages = z.tuple([z.object({ Layers: z.array(z.string()) })])

interface ImageOptions {
  /** How many random bytes the file in each layer has. */
  readonly layers: readonly number[]
  readonly platform?: string
}

export async function buildImage(docker: Docker, name: string, { layers, platform }: ImageOptions): Promise<void> {
  const folder = await newFolder('context')
  for (const [index, size] of layers.entries()) await writeRandom(join(folder, `file${index}`), size)
  const copies = layers.map((_, index) => `COPY file${index} /file${index}`)
  await writeFile(join(folder, 'Dockerfile'), ['FROM scratch', ...copies, 'ENV GREETING=hello', ''].join('\n'))
  const options = ['--quiet', '--tag', name, ...(platform === undefined ? [] : ['--platform', platform])]
  await docker.run('build', ...options, folder)
  await rm(folder, { recursive: true })
}

/** The digest of its config, by which an engine names it. */
export const imageId = (docker: Docker, name: string): Promise<string> => inspect(docker, name, '{{.Id}}')

export const architectureOf = (docker: Docker, name: string): Promise<string> =>
  inspect(docker, name, '{{.Architecture}}')

/** `<repository>@<digest>` of the manifests that it was pushed or pulled as. */
export const knownDigests = (docker: Docker, name: string): Promise<string> =>
  inspect(docker, name, '{{join .RepoDigests " "}}')

/** The digests of the layers as `docker save` writes them, from the lowest to the uppermost. */
export async function savedLayers(docker: Docker, name: string): Promise<string[]> {
  const folder = await newFolder('saved')
  const archive = join(folder, 'image.tar')
  await docker.run('save', '--output', archive, name)
  await run('tar', ['--extract', '--file', archive, '--directory', folder])
  const [image] = savedImages.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
  const layers = await Promise.all(image.Layers.map((path) => measureFile(join(folder, path))))
  await rm(folder, { recursive: true })
  return layers.map(({ digest }) => digest)
}

/** Removes every image from the engine, so that a pull must fetch each byte. */
export async function forgetImages(docker: Docker): Promise<void> {
  const ids = new Set((await docker.run('image', 'ls', '--quiet')).split('\n').filter((id) => id !== ''))
  if (ids.size > 0) await docker.run('image', 'rm', '--force', ...ids)
  await docker.run('image', 'prune', '--all', '--force')
  const left = await docker.run('image', 'ls', '--all', '--quiet')
  if (left !== '') throw new Error(`the engine still has the images ${left}`)
}

async function inspect(docker: Docker, name: string, format: string): Promise<string> {
  return (await docker.run('image', 'inspect', '--format', format, name)).trim()
}

async function writeRandom(path: string, size: number): Promise<void> {
  const file = await open(path, 'w')
  for (let left = size; left > 0; left -= mebibyte) await file.write(randomBytes(Math.min(left, mebibyte)))
  await file.close()
}
