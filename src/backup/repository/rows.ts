/** Reads the rows of one repository out of a backup. Columns that an older backup lacks have their defaults. */
import * as z from 'zod'
import { isDigest, isRepositoryName, type Digest, type RepositoryName } from '../../names.ts'
import { readPart, recordOf, type PartAggregate, type PartSource } from '../load/part-reader.ts'
import type { Manifest, Part } from '../manifest.ts'

export const digestSchema = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value))
export const repositoryNameSchema = z.custom<RepositoryName>(
  (value) => typeof value === 'string' && isRepositoryName(value),
)

export const repositoryRow = z.object({
  id: z.int(),
  name: z.string(),
  deleted_name: z.string().nullable().default(null),
  visibility: z.enum(['public', 'private']),
  short_description: z.string().default(''),
  long_description: z.string().default(''),
  immutable_tags: z.int().default(0),
  tag_limit: z.int().default(0),
  pulls: z.int().default(0),
  pushes: z.int().default(0),
})

export const manifestRow = z.object({
  repository_id: z.int(),
  digest: digestSchema,
  media_type: z.string(),
  /** Null for one that is too large for a row. */
  body: z.string().nullable(),
  size_bytes: z.int(),
  pushed_by: z.string(),
  pushed_at: z.int(),
})

export const manifestBlobRow = z.object({ blob_digest: digestSchema })

export const tagRow = z.object({
  repository_id: z.int(),
  name: z.string(),
  digest: digestSchema,
  created_at: z.int().default(0),
  updated_by: z.string(),
  updated_at: z.int(),
})

export const grantRow = z.object({ repository_id: z.int(), team_id: z.string(), rank: z.int() })

export const policyRow = z.object({
  repository_id: z.int().nullable(),
  mode: z.enum(['report', 'enforce']),
  updated_at: z.int(),
})
export const policyTeamRow = z.object({ team_id: z.string(), team_name: z.string() })

/** Lists the parts of a table. */
export const partsOf = ({ parts }: Manifest, table: string): readonly Part[] =>
  parts.filter((part) => part.table === table)

/**
 * Lists the parts of a table that may have rows of a repository, whose id its keys begin with. Those of an encrypted backup say
 * nothing of keys, so all may.
 */
export const partsWith = (manifest: Manifest, table: string, id: number): readonly Part[] =>
  partsOf(manifest, table).filter(
    ({ first: [first], last: [last] }) => first === undefined || (Number(first) <= id && id <= Number(last)),
  )

/** A row of an aggregate, with the rows of its parts by table. */
export interface ReadAggregate<Row> {
  readonly row: Row
  readonly parts: (table: string) => readonly unknown[]
}

/** Reads a part, and in it the rows of one form. @throws ExpectedError `backup-object-damaged` */
export async function readRows<Row>(
  source: PartSource,
  part: Part,
  form: z.ZodType<Row>,
): Promise<readonly ReadAggregate<Row>[]> {
  const found = await readPart(source, part)
  return found.map((one) => aggregateOf(source.manifest, one, form))
}

function aggregateOf<Row>(manifest: Manifest, { row, parts }: PartAggregate, form: z.ZodType<Row>): ReadAggregate<Row> {
  return {
    row: form.parse(recordOf(manifest, row)),
    parts: (table) => parts.filter((part) => part.table === table).map((part) => recordOf(manifest, part)),
  }
}
