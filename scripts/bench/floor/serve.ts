/** Serves the floor as `scripts/start.ts` serves the registry: `node serve.ts --port 5001 --state DIR`. */
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import { readConfiguration } from '../../local/configuration.ts'
import { doorBinding } from '../../local/door.ts'
import { guardRuntime } from '../../local/guard.ts'
import { applyMigrations, readMigrations } from '../../local/migrate.ts'

const { values } = parseArgs({ options: { port: { type: 'string' }, state: { type: 'string' } } })
if (values.port === undefined || values.state === undefined) throw new Error('--port and --state are needed')

const address = `127.0.0.1:${values.port}`
const config = readConfiguration()
const source = await readFile(join(import.meta.dirname, 'worker.ts'), 'utf8')
await guardRuntime(values.state)
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: 0,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    cf: false,
    resourcePersistencePath: join(values.state, 'data'),
    workers: [
      {
        name: 'floor',
        modules: [{ type: 'ESModule', path: 'worker.js', contents: stripTypeScriptTypes(source) }],
        compatibilityDate: config.compatibility_date,
        compatibilityFlags: config.compatibility_flags,
        r2Buckets: { BUCKET: 'floor' },
        d1Databases: { DB: 'floor' },
        // The way of a request into the Worker is that of the registry.
        unsafeBindings: [doorBinding({ address, worker: 'floor', certificate: null })],
      },
    ],
  }),
)
await miniflare.ready
await applyMigrations(await miniflare.getD1Database('DB'), readMigrations(import.meta.dirname))
console.log(`The floor serves http://${address}.`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void miniflare.dispose().finally(() => process.exit(0)))
}
