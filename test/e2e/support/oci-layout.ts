/** Images made without any engine, as folders of the OCI image layout. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { digestOf } from '../../../scripts/client/digest.ts'
import { type Descriptor } from './content.ts'
import { newFolder } from './folders.ts'
import { run } from './run.ts'

const media = 'application/vnd.oci.image'

interface Blob extends Descriptor {
  readonly mediaType: string
}

/**
 * @param name what containerd calls the image
 * @param layers how many random bytes the file in each layer has
 * @returns the folder; skopeo calls the image in it `oci:<folder>:1`
 */
export async function buildLayout(name: string, architecture: string, layers: readonly number[]): Promise<string> {
  const folder = await newFolder('layout')
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  const made = await Promise.all(layers.map((size, at) => tarOf(`file${at}`, size)))
  const config = {
    os: 'linux',
    architecture,
    config: {},
    rootfs: { type: 'layers', diff_ids: made.map((layer) => digestOf(gunzipSync(layer))) },
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: `${media}.manifest.v1+json`,
    config: await keep(folder, json(config), `${media}.config.v1+json`),
    layers: await Promise.all(made.map((layer) => keep(folder, layer, `${media}.layer.v1.tar+gzip`))),
  }
  const top = await keep(folder, json(manifest), manifest.mediaType)
  const annotations = { 'org.opencontainers.image.ref.name': '1', 'io.containerd.image.name': name }
  await writeFile(join(folder, 'index.json'), json({ schemaVersion: 2, manifests: [{ ...top, annotations }] }))
  await writeFile(join(folder, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }))
  return folder
}

/** @returns the path of one file with all of the layout */
export async function archiveOf(layout: string): Promise<string> {
  const archive = `${layout}.tar`
  await run('tar', ['--create', '--file', archive, '--directory', layout, '.'])
  return archive
}

async function tarOf(name: string, size: number): Promise<Buffer> {
  const folder = await newFolder('layer')
  await writeFile(join(folder, name), randomBytes(size))
  const archive = `${folder}.tar.gz`
  await run('tar', ['--create', '--gzip', '--file', archive, '--directory', folder, name])
  const bytes = await readFile(archive)
  await rm(archive)
  await rm(folder, { recursive: true })
  return bytes
}

async function keep(folder: string, bytes: Buffer, mediaType: string): Promise<Blob> {
  const digest = digestOf(bytes)
  await writeFile(join(folder, 'blobs/sha256', digest.slice('sha256:'.length)), bytes)
  return { mediaType, digest, size: bytes.length }
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value))
