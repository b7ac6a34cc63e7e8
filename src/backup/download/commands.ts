/**
 * `backup download`: downloads a backup into a folder, whose paths are the keys of the bucket. Each object is checked, and what the folder has already is not fetched again; the
 * manifest is written last, so a folder with one has all.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import { answer, type Api } from '../../../scripts/admin/api.ts'
import { argument, command, optionalArgument } from '../../../scripts/admin/command.ts'
import { urlOf } from '../../../scripts/admin/connection.ts'
import { withProgress, type Show } from '../../../scripts/admin/progress.ts'
import { mapInParallel } from '../../util/parallel.ts'
import { manifestKey, wrappedKeyKey } from '../keys.ts'
import { unwrapWithIdentity } from '../sealing/age.ts'
import { identityOption } from '../sealing/commands.ts'
import { dataKeyOf } from '../sealing/data-key.ts'
import { isSealedBy } from '../sealing/manifest-seal.ts'
import { sealedUnder } from '../sealing/sealing.ts'

export const download = command({
  name: 'download',
  summary: 'Copy a backup into a folder; an encrypted one stays encrypted without an identity',
  example: 'backup download ID DIR',
  arguments: { id: argument('ID'), folder: optionalArgument('DIR') },
  options: { identity: identityOption },
  async run({ id, folder = '.' }, { identity }, { api, destination }) {
    const identityFile = identity === undefined ? undefined : await readFile(identity, 'utf8')
    const ticket = await ticketFor(api, id)
    const from = new Download({ origin: urlOf(destination).origin, id, ticket, folder })
    const { objects, bytes, isEncrypted, isOpened } = await withProgress((show) => from.run(identityFile, show))
    const message = `Downloaded the backup ${id} to ${folder}: ${objects} objects, ${bytes} bytes.`
    const lines = [message, ...(isEncrypted && !isOpened ? ['It is encrypted: --identity FILE opens it.'] : [])]
    return { data: { id, folder, objects, bytes, encrypted: isEncrypted, opened: isOpened }, lines }
  },
})

async function ticketFor(api: Api, backupID: string): Promise<string> {
  const { ticket } = await answer(api.POST('/api/v0/backups/{backupID}/downloads', { params: { path: { backupID } } }))
  return ticket
}

/** What a download needs of a manifest, also of one that a newer release wrote. */
const manifestSchema = z.object({
  id: z.string(),
  encryption: z.object({ key: z.string() }).nullable(),
  parts: z.array(z.object({ object: z.string(), sha256: z.string(), storedSha256: z.string(), storedBytes: z.int() })),
  content: z.object({ inventories: z.array(z.object({ object: z.string() })) }).nullish(),
})
type Manifest = z.infer<typeof manifestSchema>
type StoredPart = Manifest['parts'][number]

const pageSchema = z.object({
  objects: z.array(z.object({ key: z.string(), bytes: z.int() })),
  next: z.string().nullable(),
})

/** An object to fetch, with what is known of it. */
interface Wanted {
  readonly key: string
  readonly bytes?: number
  readonly hash?: { readonly algorithm: string; readonly hex: string }
}

interface Downloaded {
  readonly objects: number
  readonly bytes: number
  readonly isEncrypted: boolean
  readonly isOpened: boolean
}

interface Source {
  readonly origin: string
  /** The id of the backup. */
  readonly id: string
  readonly ticket: string
  readonly folder: string
}

const atOnce = 4
const tries = 5
/** A stream that says nothing for so long is begun again. */
const patienceMilliseconds = 60_000

class Download {
  readonly #source: Source
  #objects = 0
  #bytes = 0

  constructor(source: Source) {
    this.#source = source
  }

  /** Downloads all, and opens it with an identity. @param identityFile the text of a file of `age-keygen` */
  async run(identityFile: string | undefined, show: Show): Promise<Downloaded> {
    const { id, folder } = this.#source
    const text = await this.#text(manifestKey(id))
    const manifest = manifestSchema.parse(JSON.parse(text))
    if (manifest.id !== id) throw new Error('the manifest is that of another backup: look into the bucket of backups')
    const own = await this.#ownObjects()
    const what = 'Download rows'
    await this.#fetchAll([...own, ...manifest.parts.map(wantedPart)], (done, total) => {
      show({ what, done, total, unit: 'objects' })
    })
    await this.#fetchContent(manifest, own, show)
    const isOpened = identityFile !== undefined && manifest.encryption !== null
    if (isOpened) await this.#open(text, manifest, identityFile, show)
    await writeFile(join(folder, manifestKey(id)), text)
    return { objects: this.#objects + 1, bytes: this.#bytes, isEncrypted: manifest.encryption !== null, isOpened }
  }

  async #ownObjects(): Promise<readonly Wanted[]> {
    const found: Wanted[] = []
    let start: string | null = ''
    while (start !== null) {
      const response: Response = await this.#get('objects', { start })
      const { objects, next } = pageSchema.parse(await response.json())
      found.push(...objects.filter(({ key }) => key !== manifestKey(this.#source.id)))
      start = next
    }
    return found
  }

  /** Fetches the content of images, and links it into the layout of each repository, as tools look for it there. */
  async #fetchContent({ content }: Manifest, own: readonly Wanted[], show: Show): Promise<void> {
    for (const { object } of content?.inventories ?? []) {
      const keys = (await this.#text(object)).split('\n').filter((key) => key !== '')
      await this.#fetchAll([wantedBlob(object), ...keys.map(wantedBlob)], (done, total) => {
        show({ what: 'Download content', done, total, unit: 'objects' })
      })
    }
    for (const { key } of own.filter((one) => one.key.startsWith('oci/') && one.key.endsWith('/index.json'))) {
      const layout = dirname(this.#pathOf(key))
      const blobs = join(this.#source.folder, 'blobs')
      await symlink(relative(layout, blobs), join(layout, 'blobs')).catch(unlessThere)
    }
  }

  async #fetchAll(wanted: readonly Wanted[], progressed: (done: number, total: number) => void): Promise<void> {
    let done = 0
    progressed(0, wanted.length)
    await mapInParallel(wanted, atOnce, async (one) => {
      await this.#fetch(one)
      progressed(++done, wanted.length)
    })
  }

  /** Fetches an object, unless it is there. What a broken connection left is continued. */
  async #fetch(wanted: Wanted): Promise<void> {
    const path = this.#pathOf(wanted.key)
    const isThere = await isWhole(path, wanted)
    if (!isThere) {
      await mkdir(dirname(path), { recursive: true })
      await this.#fetchTo(`${path}.unfinished`, wanted)
      await rename(`${path}.unfinished`, path)
    }
    const size = await sizeOf(path)
    this.#objects++
    this.#bytes += size
  }

  async #fetchTo(path: string, wanted: Wanted): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#continue(path, wanted)
        if (await isWhole(path, wanted)) return
        await writeFile(path, '')
        throw new Error(`${wanted.key} has other bytes than the backup says: look into the bucket of backups`)
      } catch (error) {
        if (attempt === tries || error instanceof Refused) throw error
      }
    }
  }

  async #continue(path: string, { key, bytes }: Wanted): Promise<void> {
    const offset = await sizeOf(path)
    if (bytes !== undefined && offset >= bytes) return
    const { body } = await this.#get('object', { key, offset: String(offset) })
    if (body === null) throw new Error(`${key} came without content: try again`)
    await pipeline(Readable.fromWeb(body), createWriteStream(path, { flags: 'a' }))
  }

  async #text(key: string): Promise<string> {
    return (await this.#get('object', { key })).text()
  }

  async #get(route: 'object' | 'objects', query: Readonly<Record<string, string>>): Promise<Response> {
    const { origin, id, ticket } = this.#source
    const url = `${origin}/api/v0/backups/${encodeURIComponent(id)}/${route}?${new URLSearchParams(query)}`
    const headers = { 'X-Breakwater-Download': ticket, 'User-Agent': 'breakwater' }
    const beginning = new AbortController()
    const timer = setTimeout(() => {
      beginning.abort()
    }, patienceMilliseconds)
    const response = await fetch(url, { headers, redirect: 'manual', signal: beginning.signal })
    clearTimeout(timer)
    if (response.ok) return response
    const said = await response.text()
    const message = `the registry answered ${response.status} to ${query['key'] ?? route}: ${said.slice(0, 300)}`
    throw response.status < 500 ? new Refused(message) : new Error(message)
  }

  /** Opens the parts on this machine: each encrypted one gets a gzip file beside it. */
  async #open(text: string, { encryption, parts }: Manifest, identityFile: string, show: Show): Promise<void> {
    const { id } = this.#source
    const wrapped = new Uint8Array(await readFile(this.#pathOf(wrappedKeyKey(id))))
    const key = await dataKeyOf(await unwrapWithIdentity(wrapped, identityFile))
    if (key.name !== encryption?.key || !(await isSealedBy(text, key))) {
      throw new Error('the manifest of the backup was changed after it was written: use another backup')
    }
    const sealing = sealedUnder(id, key)
    for (const [done, { object, sha256 }] of parts.entries()) {
      show({ what: 'Open parts', done, total: parts.length, unit: 'parts' })
      const path = this.#pathOf(object)
      const opened = await sealing.open(object, new Uint8Array(await readFile(path)))
      if ((await sealing.digestOf(new Uint8Array(gunzipSync(opened)))) !== sha256) {
        throw new Error(`${object} has other lines than the manifest says: use another backup`)
      }
      await writeFile(path.replace(/\.aes$/, ''), opened)
    }
  }

  /** Returns the path of an object. @throws Error for a key that leads out of the folder */
  #pathOf(key: string): string {
    if (key.split('/').some((part) => /^\.{0,2}$/.test(part)) || key.includes('\\')) {
      throw new Error(`the registry names an object ${JSON.stringify(key)}, which is no path: look into the bucket`)
    }
    return join(this.#source.folder, ...key.split('/'))
  }
}

/** The registry refuses, which another try does not change. */
class Refused extends Error {
  override readonly name = 'Refused'
}

const wantedPart = ({ object, storedSha256, storedBytes }: StoredPart): Wanted => ({
  key: object,
  bytes: storedBytes,
  hash: { algorithm: 'sha256', hex: storedSha256 },
})

/** Reads the hash of a blob out of its name, and that of a list of keys too. */
function wantedBlob(key: string): Wanted {
  const [, algorithm = 'sha256', hex] = /^(?:blobs\/(sha256|sha512)|inventories)\/([0-9a-f]+)$/.exec(key) ?? []
  return hex === undefined ? { key } : { key, hash: { algorithm, hex } }
}

async function isWhole(path: string, { bytes, hash }: Wanted): Promise<boolean> {
  const size = await sizeOf(path, -1)
  if (size === -1 || (bytes !== undefined && size !== bytes)) return false
  return hash === undefined || (await hashOf(path, hash.algorithm)) === hash.hex
}

async function hashOf(path: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

const sizeOf = async (path: string, missing = 0): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => missing,
  )

function unlessThere(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}
