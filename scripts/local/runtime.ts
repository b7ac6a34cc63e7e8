/**
 * Runs the Worker on this machine through Miniflare, with no proxy in front: its R2, D1 and Durable Objects keep their
 * data in the state folder.
 */
import { readdir } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, Response } from 'miniflare'
import * as z from 'zod'
import { buildWorker, root } from './build.ts'
import { readConfiguration, type Configuration } from './configuration.ts'
import { writeBack } from './data-files.ts'
import { doorBinding, type DoorOptions } from './door.ts'
import { freeBytes } from './free-space.ts'
import { applyMigrations, readMigrations } from './migrate.ts'
import type { Certificate } from './tls.ts'

export interface RuntimeOptions {
  readonly host: string
  readonly port: number
  /** The folder of the data. */
  readonly state: string
  readonly secrets: Readonly<Record<string, string>>
  /** The module to run in place of `src/worker.ts`: a harness puts something around the registry with it. */
  readonly entry?: string
  /** Runs the code as it is deployed, without which stack traces can be read. */
  readonly isMinified?: boolean
  /** Lets `inspector` be asked: a free port of this machine is opened to a debugger. */
  readonly isInspected?: boolean
}

export interface Runtime {
  /** Brings the database to the schema of this release. */
  readonly migrate: () => Promise<void>
  readonly hasUsers: () => Promise<boolean>
  /** Fires the cron trigger, which does not happen by itself here. */
  readonly tick: () => Promise<void>
  /** Asks `/health`. @returns the fault; undefined for a healthy registry */
  readonly findFault: () => Promise<string | undefined>
  /** Opens the port, or serves with another certificate there; undefined serves http. @returns where it serves */
  readonly open: (certificate: Certificate | undefined) => Promise<URL>
  /** Returns where the Worker speaks the protocol of V8's inspector. */
  readonly inspector: () => Promise<URL>
  /** Ends the runtime and writes everything back into the files of the data. */
  readonly stop: () => Promise<void>
}

/** Starts the runtime. Clients find the port closed until `open`. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const config = readConfiguration()
  const worker = await workerOf(options, config)
  const optionsFor = (door?: DoorOptions) =>
    convertV4MiniflareOptions({
      // Miniflare's own entrance, which is told to no client (see door.ts).
      host: '127.0.0.1',
      port: 0,
      ...(options.isInspected === true ? { inspectorHost: '127.0.0.1', inspectorPort: 0 } : {}),
      log: new Log(LogLevel.WARN),
      logRequests: false,
      cf: false,
      resourcePersistencePath: join(options.state, 'data'),
      workers: [{ ...worker, unsafeBindings: door === undefined ? [] : [doorBinding(door)] }],
    })
  const miniflare = new Miniflare(optionsFor())
  const [{ binding }] = config.d1_databases
  return {
    async migrate() {
      await applyMigrations(await miniflare.getD1Database(binding), readMigrations())
    },
    async hasUsers() {
      const database = await miniflare.getD1Database(binding)
      return (await database.prepare('SELECT 1 FROM accounts WHERE is_organization = 0 LIMIT 1').first()) !== null
    },
    async tick() {
      const fetcher = await miniflare.getWorker()
      const [cron] = config.triggers.crons
      const { outcome } = await fetcher.scheduled({ cron })
      if (outcome !== 'ok') throw new Error(`it ended with "${outcome}", for the reason above`)
    },
    async findFault() {
      const response = await miniflare.dispatchFetch('http://localhost/health')
      const { Error: fault } = healthAnswer.parse(await response.json())
      return fault === '' ? undefined : fault
    },
    async open(certificate) {
      // The runtime starts again, with the new port.
      const { host, port } = options
      const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`
      const pair = certificate === undefined ? null : { ...certificate }
      await miniflare.setOptions(optionsFor({ address, worker: config.name, certificate: pair }))
      await miniflare.ready
      return new URL(`${certificate === undefined ? 'http' : 'https'}://${address}`)
    },
    inspector: async () => new URL(`/core:user:${config.name}`, await miniflare.getInspectorURL()),
    async stop() {
      await miniflare.dispose()
      writeBack(options.state)
    },
  }
}

const healthAnswer = z.object({ Error: z.string() })

async function workerOf(options: RuntimeOptions, config: Configuration) {
  const built = await buildWorker(join(options.state, 'worker'), {
    entry: options.entry,
    isMinified: options.isMinified,
  })
  const names = await readdir(built)
  return {
    name: config.name,
    rootPath: built,
    modules: [
      { type: 'ESModule' as const, path: 'worker.js' },
      ...names.filter((name) => name.endsWith('.wasm')).map((path) => ({ type: 'CompiledWasm' as const, path })),
    ],
    bindings: { ...config.vars, ...options.secrets },
    serviceBindings: { DISK: async () => new Response(String(await freeBytes(options.state))) },
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    assets: {
      directory: join(root, config.assets.directory),
      binding: config.assets.binding,
      run_worker_first: config.assets.run_worker_first,
      routerConfig: { has_user_worker: true },
    },
    r2Buckets: Object.fromEntries(config.r2_buckets.map((bucket) => [bucket.binding, bucket.bucket_name])),
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map(({ name, class_name: className }) => [name, { className, useSQLite: true }]),
    ),
    d1Databases: Object.fromEntries(config.d1_databases.map((base) => [base.binding, base.database_name])),
  }
}
