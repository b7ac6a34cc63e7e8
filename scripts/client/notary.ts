/** Reads whole collections of Notary: from a trust server, or from what a client keeps in `~/.docker/trust`. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import * as z from 'zod'
import type { OtherServer } from './other-server.ts'

/** A document of a collection: of the root each version, of other roles the current one. */
export interface Document {
  readonly role: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** As the registry takes no larger one, and no more: a server could go on for ever. */
const largestDocumentBytes = 4_194_304
const mostDocuments = 300

const hashes = z.object({ sha256: z.base64() })
const versioned = z.object({ signed: z.object({ version: z.int().min(1) }) })
const index = z.object({ signed: z.object({ meta: z.record(z.string(), z.object({ hashes })) }) })
const delegating = z.object({
  signed: z.object({
    delegations: z
      .object({ roles: z.array(z.object({ name: z.string().regex(/^targets(?:\/[-a-z0-9_]+)+$/) })).nullish() })
      .nullish(),
  }),
})

/**
 * Reads a collection by the protocol of Notary: every root, and the rest as the timestamp names it.
 *
 * @throws Error when there is none, or a part of it is missing
 */
export async function readCollection(server: OtherServer, gun: string): Promise<Document[]> {
  const read = (file: string) =>
    server.read(`/v2/${gun}/_trust/tuf/${file}.json`, `repository:${gun}:pull`, largestDocumentBytes)
  const need = async (file: string): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await read(file)
    if (bytes === undefined) throw new Error(`${server.origin} has no ${file} of ${gun}`)
    return bytes
  }
  const documents: Document[] = []
  const keep = (role: string, bytes: Document['bytes']): void => {
    if (documents.length === mostDocuments) {
      throw new Error(
        `${server.origin} has more than ${mostDocuments} documents of ${gun}, which the registry does not take`,
      )
    }
    documents.push({ role, bytes })
  }
  const root = await need('root')
  keep('root', root)
  for (let version = parse(versioned, root).signed.version - 1; version > 0; version--) {
    const bytes = await read(`${version}.root`)
    if (bytes === undefined) break
    keep('root', bytes)
  }
  const timestamp = await need('timestamp')
  const snapshot = await need(`snapshot.${hashIn(timestamp, 'snapshot') ?? ''}`)
  keep('timestamp', timestamp)
  keep('snapshot', snapshot)
  const waiting = ['targets']
  for (const role of waiting) {
    const hash = hashIn(snapshot, role)
    if (hash === undefined) continue
    const bytes = await need(`${role}.${hash}`)
    keep(role, bytes)
    waiting.push(...delegatedBy(bytes))
  }
  return documents
}

function hashIn(document: Uint8Array, role: string): string | undefined {
  const named = parse(index, document).signed.meta[role]
  return named && Buffer.from(named.hashes.sha256, 'base64').toString('hex')
}

const delegatedBy = (document: Uint8Array): string[] =>
  (parse(delegating, document).signed.delegations?.roles ?? []).map(({ name }) => name)

function parse<Parsed>(schema: z.ZodType<Parsed>, document: Uint8Array): Parsed {
  return schema.parse(JSON.parse(Buffer.from(document).toString('utf8')))
}

const changes = z.object({ records: z.array(z.object({ ID: z.string(), GUN: z.string() })) })
const pageOfChanges = 1000

/** Lists the GUNs that a server has published, by its changefeed, which asks for the rights of an administrator. */
export async function listGuns(server: OtherServer): Promise<string[]> {
  const found = new Set<string>()
  let from = '0'
  for (;;) {
    const path = `/v2/_trust/changefeed?records=${pageOfChanges}&change_id=${from}`
    const bytes = await server.read(path, 'registry:catalog:*', largestDocumentBytes)
    if (bytes === undefined) throw new Error(`${server.origin} does not list its GUNs: name them with --gun`)
    const { records } = parse(changes, bytes)
    for (const { GUN } of records) found.add(GUN)
    const last = records.at(-1)?.ID
    if (last === undefined || last === from) return [...found].sort()
    from = last
  }
}

/** Finds the collections that a client keeps: the folders of their documents by their GUNs. */
export async function findCached(folder: string): Promise<ReadonlyMap<string, string>> {
  const top = join(folder, 'tuf')
  const entries = await readdir(top, { recursive: true, withFileTypes: true })
  const roots = entries.filter(({ name, parentPath }) => name === 'root.json' && parentPath.endsWith(`${sep}metadata`))
  return new Map(
    roots.map(({ parentPath }) => [relative(top, join(parentPath, '..')).split(sep).join('/'), parentPath]),
  )
}

/** Reads what a client keeps of a collection: of the root the newest version alone. */
export async function readCached(folder: string): Promise<Document[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
  return Promise.all(
    files.map(async ({ name, parentPath }) => {
      const path = join(parentPath, name)
      const role = relative(folder, path).split(sep).join('/').slice(0, -'.json'.length)
      return { role, bytes: Uint8Array.from(await readFile(path)) }
    }),
  )
}

/** Returns the hash by which the protocol names a document. */
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
