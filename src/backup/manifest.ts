/** The manifest of a backup, which is written last: what has none is no backup. */
import * as z from 'zod'
import type { Aggregate } from '../db/tables.ts'
import type { Columns, ForeignKey, Marks, SchemaObject } from './rows-store.ts'
import { contentSchema, type Content } from './content/described.ts'
import { digestBytes } from '../storage/hash.ts'
import { hexOf } from '../names.ts'
import type { BackupMetadata } from '../storage/backups.ts'
import { fieldsIn } from './metadata.ts'

/** Grows with each change that older code cannot read. */
const format = 1

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()
const counts = z.record(z.string(), count)
const key = z.array(z.string())

export const partSchema = z.object({
  /** The table of the aggregate. */
  table: z.string(),
  /** The keys of the first and the last row of the table; encrypted in an encrypted backup (`hideKeys`). */
  first: key,
  last: key,
  /** The number of rows by table. */
  rows: counts,
  /** The SHA-256 and the size of the lines; an HMAC in an encrypted backup (`sealing/sealing.ts`). */
  sha256: digest,
  bytes: count,
  /** The key of the object, and the SHA-256 and the size of what it holds. */
  object: z.string(),
  storedSha256: digest,
  storedBytes: count,
  /** This backup has written the object; an earlier one otherwise. */
  isNew: z.boolean(),
})
export type Part = z.infer<typeof partSchema>

const tableSchema = z.object({
  name: z.string(),
  /** The columns of its rows. */
  columns: z.array(z.string()),
  key,
  /** The table whose rows its rows are parts of; null for one of its own. */
  partOf: z.string().nullable(),
  foreignKeys: z.array(z.object({ columns: key, table: z.string(), to: key, isSetNull: z.boolean() })),
  rows: count,
})
export type BackupTable = z.infer<typeof tableSchema>

const encryptionObject = z.object({
  /** Names the data key, and tells nothing about it. */
  key: z.string(),
  /** The public keys of age for which it is wrapped. */
  recipients: z.array(z.string()),
})
export type Encryption = z.infer<typeof encryptionObject>
export const encryptionSchema = encryptionObject.nullable()

export const manifestSchema = z.object({
  format: z.literal(format),
  id: z.string(),
  /** Milliseconds since 1970: the backup has what existed then and did not change until it was completed. */
  createdAt: z.int(),
  completedAt: z.int(),
  /** The last migration of the database. */
  schema: z.string(),
  /** What a restore has to stay above. */
  marks: z.object({ epoch: count, gateToken: count, lockToken: count, sequences: counts }),
  /** Null if the backup is not encrypted. */
  encryption: encryptionSchema,
  /** The tables in the order in which they were read. */
  tables: z.array(tableSchema),
  /** The SQL of all tables, indexes and triggers, also of the tables of which it has no rows. */
  ddl: z.array(
    z.object({ type: z.enum(['table', 'index', 'trigger']), name: z.string(), table: z.string(), sql: z.string() }),
  ),
  parts: z.array(partSchema),
  /** The SHA-256 of those of all parts in their order, each followed by a line feed. */
  sha256: digest,
  /** The bytes of images, which are not encrypted; null for a backup without them. */
  content: contentSchema.nullable(),
  /** An HMAC of all the rest under the data key, if it is encrypted (`sealing/manifest-seal.ts`). */
  seal: z.string().optional(),
})
export type Manifest = z.infer<typeof manifestSchema>

/** Reads the text of a manifest; undefined for one that is missing or damaged, or of a newer release. */
export function parseManifest(text: string | undefined): Manifest | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined
  }
}

export interface Exported {
  readonly id: string
  readonly createdAt: number
  readonly completedAt: number
  readonly schema: string
  readonly marks: Marks & { readonly lockToken: number }
  readonly order: readonly Aggregate[]
  readonly encryption: Encryption | null
  readonly columns: Columns
  readonly foreignKeys: ReadonlyMap<string, readonly ForeignKey[]>
  readonly ddl: readonly SchemaObject[]
  readonly parts: readonly Part[]
  readonly content: Content | null
}

const encoder = new TextEncoder()

export const sha256Of = async (bytes: Uint8Array): Promise<string> => hexOf(await digestBytes('sha256', bytes))

/** Makes the manifest of what was exported. */
export async function manifestOf(exported: Exported): Promise<Manifest> {
  const { id, createdAt, completedAt, schema, marks, encryption, order, columns, foreignKeys, ddl, parts, content } =
    exported
  const tables = order.flatMap((aggregate) => [aggregate.table].concat(aggregate.parts))
  const rowsOf = (table: string): number => parts.reduce((sum, { rows }) => sum + (rows[table] ?? 0), 0)
  return {
    format,
    id,
    createdAt,
    completedAt,
    schema,
    marks,
    encryption,
    tables: tables.map(({ name, key: ownKey, partOf = null }) => ({
      name,
      columns: (columns.get(name) ?? []).map((column) => column.name),
      key: [...ownKey],
      partOf,
      foreignKeys: (foreignKeys.get(name) ?? []).map((foreignKey) => ({
        columns: [...foreignKey.columns],
        table: foreignKey.table,
        to: [...foreignKey.to],
        isSetNull: foreignKey.isSetNull,
      })),
      rows: rowsOf(name),
    })),
    ddl: [...ddl],
    parts: [...parts],
    sha256: await sha256OfAll(parts),
    content,
  }
}

/** Returns the hash over those of all parts. */
export const sha256OfAll = (parts: readonly Pick<Part, 'sha256'>[]): Promise<string> =>
  sha256Of(encoder.encode(parts.map(({ sha256 }) => `${sha256}\n`).join('')))

/** Writes a manifest as JSON, with the hash of all else in it. */
export async function manifestText(manifest: Manifest): Promise<string> {
  return JSON.stringify({ ...manifest, checksum: await checksumOf(manifest) })
}

const checksumOf = (manifest: object): Promise<string> => sha256Of(encoder.encode(JSON.stringify(manifest)))

/** Reads a manifest. @returns undefined for one that is not as it was written */
export async function manifestIn(text: string): Promise<Manifest | undefined> {
  try {
    const { checksum, ...rest } = z.looseObject({ checksum: digest }).parse(JSON.parse(text))
    return (await checksumOf(rest)) === checksum ? manifestSchema.parse(rest) : undefined
  } catch {
    return undefined
  }
}

/** What a list of backups shows of one: the metadata of the object of the manifest. */
const summary = z.object({
  createdAt: z.coerce.number(),
  completedAt: z.coerce.number(),
  schema: z.string(),
  encrypted: z.enum(['true', 'false']),
  rows: z.coerce.number(),
  parts: z.coerce.number(),
  newParts: z.coerce.number(),
  bytes: z.coerce.number(),
  storedBytes: z.coerce.number(),
  newBytes: z.coerce.number(),
  /** Whether it has the bytes of images too, and all of them. */
  content: z.enum(['none', 'whole', 'incomplete']).default('none'),
  contentBytes: z.coerce.number().default(0),
  newContentBytes: z.coerce.number().default(0),
  /** The SHA-256 of the object. */
  sha256: z.string(),
})
export type Summary = z.infer<typeof summary>

/** Returns the summary of a manifest, as metadata. */
export const metadataOf = (manifest: Manifest, sha256: string) =>
  ({ ...sumsOf(manifest), sha256 }) satisfies Record<keyof Summary, string>

/** Sums up a manifest. */
export function sumsOf({ createdAt, completedAt, schema, encryption: sealed, parts, tables, content }: Manifest) {
  const sum = (some: readonly Part[], valueOf: (part: Part) => number): string =>
    String(some.reduce((total, part) => total + valueOf(part), 0))
  const written = parts.filter(({ isNew }) => isNew)
  return {
    createdAt: String(createdAt),
    completedAt: String(completedAt),
    schema,
    encrypted: sealed !== null ? 'true' : 'false',
    rows: String(tables.reduce((total, { rows }) => total + rows, 0)),
    parts: String(parts.length),
    newParts: String(written.length),
    bytes: sum(parts, ({ bytes }) => bytes),
    storedBytes: sum(parts, ({ storedBytes }) => storedBytes),
    newBytes: sum(written, ({ storedBytes }) => storedBytes),
    content: content === null ? 'none' : content.missing.objects === 0 ? 'whole' : 'incomplete',
    contentBytes: String(content?.all.bytes ?? 0),
    newContentBytes: String(content?.copied.bytes ?? 0),
  }
}

/** Reads the summary of a backup; undefined for an object that another program wrote. */
export const summaryIn = (metadata: BackupMetadata): Summary | undefined =>
  summary.safeParse(fieldsIn(metadata, Object.keys(summary.shape))).data
