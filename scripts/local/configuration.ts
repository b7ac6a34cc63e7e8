/** The bindings of the Worker in `wrangler.toml`, read without wrangler, which would stay in memory. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import * as z from 'zod'
import { root } from './build.ts'

const database = z.object({ binding: z.string(), database_name: z.string() })
const configuration = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.string()),
  triggers: z.object({ crons: z.tuple([z.string()], z.string()) }),
  assets: z.object({ directory: z.string(), binding: z.string(), run_worker_first: z.boolean() }),
  r2_buckets: z.array(z.object({ binding: z.string(), bucket_name: z.string() })),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  // The registry's own is the first; another one has no migrations.
  d1_databases: z.tuple([database.extend({ migrations_dir: z.string() })], database),
})

export type Configuration = z.infer<typeof configuration>

export const readConfiguration = (): Configuration =>
  configuration.parse(parse(readFileSync(join(root, 'wrangler.toml'), 'utf8')))
