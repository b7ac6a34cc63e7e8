/** Serves the registry as `scripts/start.ts` does, but with the entry point that makes D1 and R2 fail. */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { root } from '../local/build.ts'
import { Endings } from '../local/endings.ts'
import { guardRuntime } from '../local/guard.ts'
import { startRuntime } from '../local/runtime.ts'

const pauseMilliseconds = 500

const { values } = parseArgs({
  options: { port: { type: 'string' }, host: { type: 'string' }, state: { type: 'string' } },
})
const { port, host, state } = values
if (port === undefined || host === undefined || state === undefined) {
  throw new Error('--port, --host and --state are needed')
}

await mkdir(state, { recursive: true })
const endings = new Endings()
endings.add(await guardRuntime(state))
const runtime = await startRuntime({
  host,
  port: Number(port),
  state,
  secrets: {
    REGISTRY_SECRET: randomBytes(32).toString('base64url'),
    // A pull is written down at once, and not in the midst of another one.
    PULL_LOG_SECONDS: '0',
    BREAKWATER_ADMIN_PASSWORD: process.env['BREAKWATER_ADMIN_PASSWORD'] ?? '',
  },
  entry: join(root, 'test/support/faulty/worker.ts'),
})
endings.add(runtime.stop)
endings.takeSignals()
await runtime.migrate()
// Makes the first administrator and the replicas. It never comes again: what is counted shall be what clients cause.
await runtime.tick()
while ((await runtime.findFault()) !== undefined) await sleep(pauseMilliseconds)
const url = await runtime.open(undefined)
while ((await runtime.findFault()) !== undefined) await sleep(pauseMilliseconds)
console.log(`Breakwater serves ${url.origin}, and fails when it is told to.`)
