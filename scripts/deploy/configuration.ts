/**
 * The configuration that is deployed: `wrangler.toml` of the repository, which stays as it is, with what belongs to one
 * deployment. It is written to a file that git ignores, so that an upgrade can pull.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import * as z from 'zod'
import { root } from '../local/build.ts'
import { replaceFile } from '../local/replace-file.ts'
import type { Options } from './options.ts'

const template = z.looseObject({
  name: z.string(),
  vars: z.record(z.string(), z.string()),
  observability: z.looseObject({ enabled: z.boolean() }),
  r2_buckets: z.array(z.looseObject({ binding: z.string(), bucket_name: z.string() })),
  d1_databases: z.array(z.looseObject({ binding: z.string(), database_name: z.string(), database_id: z.string() })),
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

/** Returns the name of the Worker, with which those of its buckets and databases begin. */
export const nameOf = (options: Options, kept: Previous | undefined, from: Template): string =>
  options.name ?? kept?.name ?? from.name

/** Returns the names of the buckets of a deployment. */
export const bucketNames = (from: Template, name: string): readonly string[] =>
  from.r2_buckets.map(({ bucket_name: usual }) => renamed(usual, from, name))

/** Returns the names of the databases of a deployment. */
export const databaseNames = (from: Template, name: string): readonly string[] =>
  from.d1_databases.map(({ database_name: usual }) => renamed(usual, from, name))

/** Replaces the name of the Worker, with which the names of all buckets and databases begin. */
const renamed = (usual: string, from: Template, name: string): string => `${name}${usual.slice(from.name.length)}`

/**
 * Returns the whole configuration. What was said now counts more than what was said before.
 *
 * @param databases the ids of the databases by their names
 */
export function configure(
  from: Template,
  kept: Previous | undefined,
  options: Options,
  databases: ReadonlyMap<string, string>,
) {
  const name = nameOf(options, kept, from)
  const domains = options.domains?.map((pattern) => ({ pattern, custom_domain: true }))
  const sampling = options.logSampling ?? kept?.observability.head_sampling_rate
  return {
    ...from,
    name,
    routes: domains ?? kept?.routes ?? [],
    vars: { ...from.vars, ...kept?.vars, ...options.variables },
    observability: { ...from.observability, ...(sampling === undefined ? {} : { head_sampling_rate: sampling }) },
    r2_buckets: from.r2_buckets.map((bucket) => ({ ...bucket, bucket_name: renamed(bucket.bucket_name, from, name) })),
    d1_databases: from.d1_databases.map((database) => {
      const ownName = renamed(database.database_name, from, name)
      return { ...database, database_name: ownName, database_id: databases.get(ownName) ?? database.database_id }
    }),
  }
}

export function writeConfiguration(path: string, configuration: ReturnType<typeof configure>): void {
  replaceFile(path, `${JSON.stringify(configuration, undefined, 2)}\n`)
}
