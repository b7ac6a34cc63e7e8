/**
 * Runs the Worker on this machine through Miniflare, with no proxy in front: its R2, D1 and Durable Objects keep their
 * data in the state folder.
 */
import { readdir } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { unstable_readConfig as readConfig } from 'wrangler'
import * as z from 'zod'
import { buildWorker, root } from './build.ts'
import { runtimePids, watchOver } from './children.ts'
import { applyMigrations } from './migrate.ts'
import type { Certificate } from './tls.ts'

/** The part of `wrangler.toml` that says what the Worker is bound to. */
const workerConfig = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  vars: z.record(z.string(), z.string()),
  triggers: z.object({ crons: z.array(z.string()).min(1) }),
  r2_buckets: z.array(z.object({ binding: z.string(), bucket_name: z.string() })),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  d1_databases: z.array(z.object({ binding: z.string(), database_name: z.string(), migrations_dir: z.string() })),
})

export interface RuntimeOptions {
  readonly host: string
  readonly port: number
  /** Where the data lies. */
  readonly state: string
  readonly secrets: Readonly<Record<string, string>>
}

export interface Runtime {
  /** There is no user yet. */
  readonly isNew: boolean
  /** Fires the cron trigger, which does not happen by itself here. */
  readonly tick: () => Promise<void>
  /** @returns what `/health` finds wrong, undefined for a healthy registry */
  readonly findFault: () => Promise<string | undefined>
  /** Opens the port, or serves with another certificate there; undefined serves http. @returns where it serves */
  readonly open: (certificate: Certificate | undefined) => Promise<URL>
  readonly stop: () => Promise<void>
}

/** Starts the runtime with the database migrated. Clients find the port closed until `open`. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const config = workerConfig.parse(readConfig({ config: join(root, 'wrangler.toml') }, { hideWarnings: true }))
  const built = await buildWorker(join(options.state, 'worker'))
  const names = await readdir(built)
  const modules = [
    { type: 'ESModule' as const, path: 'worker.js' },
    ...names.filter((name) => name.endsWith('.wasm')).map((path) => ({ type: 'CompiledWasm' as const, path })),
    ...names.filter((name) => name.endsWith('.bin')).map((path) => ({ type: 'Data' as const, path })),
  ]
  const miniflareOptions = (door: Door) =>
    convertV4MiniflareOptions({
      ...door,
      log: new Log(LogLevel.WARN),
      logRequests: false,
      cf: false,
      resourcePersistencePath: join(options.state, 'data'),
      workers: [
        {
          name: config.name,
          rootPath: built,
          modules,
          bindings: { ...config.vars, ...options.secrets },
          compatibilityDate: config.compatibility_date,
          compatibilityFlags: config.compatibility_flags,
          r2Buckets: Object.fromEntries(config.r2_buckets.map((bucket) => [bucket.binding, bucket.bucket_name])),
          durableObjects: Object.fromEntries(
            config.durable_objects.bindings.map(({ name, class_name: className }) => [
              name,
              { className, useSQLite: true },
            ]),
          ),
          d1Databases: Object.fromEntries(config.d1_databases.map((base) => [base.binding, base.database_name])),
        },
      ],
    })
  const miniflare = new Miniflare(miniflareOptions(closedDoor))
  await miniflare.ready
  let endWatch = watchOver(runtimePids())
  for (const { binding, migrations_dir: folder } of config.d1_databases) {
    await applyMigrations(await miniflare.getD1Database(binding), join(root, folder))
  }
  const database = await miniflare.getD1Database('DB')
  return {
    isNew: (await database.prepare('SELECT 1 FROM accounts WHERE is_organization = 0 LIMIT 1').first()) === null,
    async tick() {
      const worker = await miniflare.getWorker()
      const { outcome } = await worker.scheduled({ cron: config.triggers.crons[0] ?? '* * * * *' })
      if (outcome !== 'ok') throw new Error(`it ended with "${outcome}", for the reason above`)
    },
    async findFault() {
      const response = await miniflare.dispatchFetch('http://localhost/health')
      const { Error: fault } = healthAnswer.parse(await response.json())
      return fault === '' ? undefined : fault
    },
    async open(certificate) {
      await miniflare.setOptions(miniflareOptions(openDoor(options, certificate)))
      await miniflare.ready
      // The runtime has started anew, with the new port.
      endWatch()
      endWatch = watchOver(runtimePids())
      return urlOf(options, certificate !== undefined)
    },
    stop: () => miniflare.dispose(),
  }
}

const healthAnswer = z.object({ Error: z.string() })

/** Where the runtime listens. */
interface Door {
  readonly host: string
  readonly port: number
  readonly https?: boolean
  readonly httpsKey?: string
  readonly httpsCert?: string
}

/** A free port of this machine alone, which is told to no client. */
const closedDoor: Door = { host: '127.0.0.1', port: 0 }

/** Miniflare tells an address of its own choice, and http for https. */
function urlOf({ host, port }: RuntimeOptions, isSecure: boolean): URL {
  return new URL(`${isSecure ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${port}`)
}

function openDoor({ host, port }: RuntimeOptions, certificate: Certificate | undefined): Door {
  if (certificate === undefined) return { host, port }
  return { host, port, https: true, httpsKey: certificate.key, httpsCert: certificate.certificate }
}
