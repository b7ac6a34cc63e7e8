/**
 * The configuration that is deployed: `wrangler.toml` of the repository, which stays as it is, with what belongs to one
 * deployment. It is written to a file that git ignores, so that an upgrade can pull.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import * as z from 'zod'
import { root } from '../local/build.ts'
import type { Options } from './options.ts'

const template = z.looseObject({
  name: z.string(),
  vars: z.record(z.string(), z.string()),
  observability: z.looseObject({ enabled: z.boolean() }),
  r2_buckets: z.array(z.looseObject({ binding: z.string(), bucket_name: z.string() })),
  d1_databases: z.tuple([z.looseObject({ binding: z.string(), database_name: z.string(), database_id: z.string() })]),
})

/** The choices of a deployment, which the next one reads back. */
const previous = z.object({
  name: z.string(),
  routes: z.array(z.object({ pattern: z.string(), custom_domain: z.boolean() })).default([]),
  vars: z.record(z.string(), z.string()).default({}),
  observability: z.object({ head_sampling_rate: z.number().optional() }).default({}),
})

export type Template = z.infer<typeof template>
export type Previous = z.infer<typeof previous>

export const readTemplate = (): Template => template.parse(parse(readFileSync(join(root, 'wrangler.toml'), 'utf8')))

export const readPrevious = (path: string): Previous | undefined =>
  existsSync(path) ? previous.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined

/** Returns the name of the Worker, of its bucket and of its database. */
export const nameOf = (options: Options, kept: Previous | undefined, from: Template): string =>
  options.name ?? kept?.name ?? from.name

/** Returns the names of the buckets of a deployment. */
export const bucketNames = (from: Template, name: string): readonly string[] =>
  from.r2_buckets.map((bucket) => bucketName(bucket, from, name))

/** Replaces the name of the Worker, with which the names of all buckets begin. */
const bucketName = ({ bucket_name: usual }: Template['r2_buckets'][number], from: Template, name: string): string =>
  `${name}${usual.slice(from.name.length)}`

/** Returns the whole configuration. What was said now counts more than what was said before. */
export function configure(from: Template, kept: Previous | undefined, options: Options, databaseId: string) {
  const name = nameOf(options, kept, from)
  const [database] = from.d1_databases
  const domains = options.domains?.map((pattern) => ({ pattern, custom_domain: true }))
  const sampling = options.logSampling ?? kept?.observability.head_sampling_rate
  return {
    ...from,
    name,
    routes: domains ?? kept?.routes ?? [],
    vars: { ...from.vars, ...kept?.vars, ...options.variables },
    observability: { ...from.observability, ...(sampling === undefined ? {} : { head_sampling_rate: sampling }) },
    r2_buckets: from.r2_buckets.map((bucket) => ({ ...bucket, bucket_name: bucketName(bucket, from, name) })),
    d1_databases: [{ ...database, database_name: name, database_id: databaseId }],
  }
}

export function writeConfiguration(path: string, configuration: ReturnType<typeof configure>): void {
  writeFileSync(path, `${JSON.stringify(configuration, undefined, 2)}\n`)
}
