/**
 * Starts the registry on this machine: `npm start -- --port 5000 --host 127.0.0.1 --state DIR --https`.
 *
 * Everything it makes (data, secret, certificate) lies in the state folder, and everything it starts it stops.
 */
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { markAccounts, refuseDamage } from './local/data-files.ts'
import { Endings } from './local/endings.ts'
import { requireSpace } from './local/free-space.ts'
import { guardRuntime } from './local/guard.ts'
import { lockState } from './local/lock.ts'
import { onEndOfNpm } from './local/npm.ts'
import { startRuntime, type Runtime } from './local/runtime.ts'
import { defaultState, prepareStateFolder } from './local/state-folder.ts'
import { serve } from './local/serving.ts'
import { firstPassword, readVariables, type FirstPassword } from './local/variables.ts'
import { announcePassword, howToRestore, ignoredPassword, welcome } from './local/welcome.ts'

const tickMilliseconds = 60_000
/** Often enough for a certificate, which is renewed 60 days before its end. */
const lookMilliseconds = 24 * 3600 * 1000
const mostPreparations = 5
const pauseMilliseconds = 500
const patienceMilliseconds = 30_000
const usage = 'npm start -- [--port 5000] [--host 127.0.0.1] [--state DIR] [--https]'
const help = `usage: ${usage}

  --port NUMBER   where it listens; else 5000
  --host ADDRESS  the address it listens at; else 127.0.0.1, which this machine alone reaches
  --state DIR     the folder for its data, its secret and its certificate; else .breakwater
  --https         serves https, with a certificate of its own

BREAKWATER_ADMIN_PASSWORD is the password of the first administrator; else one is made and shown once.
BREAKWATER_RECOVERY_SECRET authorizes a restore, and lets a registry start whose database is lost.
REGISTRY_SECRET, REGISTRY_SECRET_PREVIOUS, PULL_LOG_SECONDS, REPLICA_COUNT, ALLOWED_ORIGINS and
those that begin with BACKUP_S3_ are those of README.md.`

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})

async function main(): Promise<void> {
  const options = readOptions()
  if (options === undefined) {
    console.log(help)
    return
  }
  const administrator = firstPassword()
  // A terminal that was closed takes no more lines, which is no reason to break off.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  await prepareStateFolder(options.state)
  await requireSpace(options.state)
  const endings = new Endings()
  endings.takeSignals()
  endings.add(lockState(options.state))
  endings.add(onEndOfNpm(() => void endings.end(0)))
  const variables = await readVariables(options.state)
  endings.add(await guardRuntime(options.state))
  const database = refuseDamage(options.state, 'BREAKWATER_RECOVERY_SECRET' in variables)
  await waitForPort(options.host, options.port)
  const runtime = await startRuntime({
    ...options,
    // A restore brings the administrators back.
    secrets: database === 'usable' ? { ...variables, BREAKWATER_ADMIN_PASSWORD: administrator.password } : variables,
  })
  endings.add(runtime.stop)
  endings.takeSignals()
  try {
    if (database === 'usable') await begin(runtime, endings, administrator, options)
    else await beginRestore(runtime, endings, database, options)
  } catch (error) {
    if (endings.haveBegun) return
    console.error(error instanceof Error ? error.message : error)
    await endings.end(1)
  }
}

async function begin(
  runtime: Runtime,
  endings: Endings,
  administrator: FirstPassword,
  options: Options,
): Promise<void> {
  await runtime.migrate()
  const isNew = !(await runtime.hasUsers())
  // Shown before the account is made: a password that was never seen would lock everyone out.
  if (isNew && administrator.made) console.log(announcePassword(administrator.password))
  if (!isNew && !administrator.made) console.log(ignoredPassword)
  await prepare(runtime)
  if (await runtime.hasUsers()) markAccounts(options.state)
  const url = await open(runtime, endings, options)
  await untilHealthy(runtime)
  console.log(welcome({ ...options, url, isNew }))
}

/** Serves a registry whose database is lost, so that a backup can be restored, or goes on with a restore. */
async function beginRestore(
  runtime: Runtime,
  endings: Endings,
  database: 'lost' | 'being-restored',
  options: Options,
): Promise<void> {
  if (database === 'lost') {
    await runtime.migrate()
    // It is not healthy before it is restored.
    await turnUntilDone(runtime)
  }
  const url = await open(runtime, endings, options)
  console.log(howToRestore({ ...options, url, database }))
  if (database === 'being-restored') void tick(runtime)
}

/** Opens the port, and fires the cron trigger each minute from now on. */
async function open(runtime: Runtime, endings: Endings, options: Options): Promise<URL> {
  const { url, endRenewal } = await serve(runtime, options, { lookMilliseconds, now: Date.now })
  endings.add(endRenewal)
  const timer = setInterval(() => void tick(runtime), tickMilliseconds)
  endings.add(() => clearInterval(timer))
  return url
}

/** Runs a turn of the cron trigger. @returns whether all of its tasks were done */
async function tick(runtime: Runtime): Promise<boolean> {
  try {
    await runtime.tick()
    return true
  } catch (error) {
    console.error('the cron trigger failed:', error)
    return false
  }
}

/**
 * Makes the first administrator and the replicas by turns of the cron trigger: clients before that would be refused.
 */
async function prepare(runtime: Runtime): Promise<void> {
  await turnUntilDone(runtime)
  await untilHealthy(runtime)
}

/** Runs turns of the cron trigger until all tasks of one were done. */
async function turnUntilDone(runtime: Runtime): Promise<void> {
  for (let attempt = 0; attempt < mostPreparations; attempt++) {
    if (await tick(runtime)) break
    await sleep(pauseMilliseconds)
  }
}

/** Waits until the registry is healthy. One that stays unhealthy serves all the same, so that it can be repaired. */
async function untilHealthy(runtime: Runtime): Promise<void> {
  const end = Date.now() + patienceMilliseconds
  let fault = await runtime.findFault()
  while (fault !== undefined && Date.now() < end) {
    await sleep(pauseMilliseconds)
    fault = await runtime.findFault()
  }
  if (fault !== undefined) console.error(`The registry is not healthy: ${fault}`)
}

interface Options {
  readonly host: string
  readonly port: number
  /** An absolute path. */
  readonly state: string
  readonly https: boolean
}

/** Reads the options. @returns undefined when only the help is wanted */
function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '5000' },
        host: { type: 'string', default: '127.0.0.1' },
        state: { type: 'string', default: defaultState },
        https: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return undefined
    const port = Number(values.port)
    if (!/^\d+$/.test(values.port) || port < 1 || port > 65_535) throw new Error(`--port ${values.port} is not a port`)
    for (const name of ['host', 'state'] as const) if (values[name] === '') throw new Error(`--${name} is empty`)
    return { host: values.host, port, state: resolve(values.state), https: values.https }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`, { cause: error })
  }
}

/** Waits until a port is free, as that of a killed registry is in a moment. @throws Error when the port stays taken */
async function waitForPort(host: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < 25; attempt++) {
    if (await isFree(host, port)) return
    await new Promise((resolveLater) => setTimeout(resolveLater, 200))
  }
  throw new Error(`port ${port} of ${host} is in use: choose another one with --port\nusage: ${usage}`)
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((answer, refuse) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') answer(false)
      else refuse(new Error(`cannot serve on ${host}:${port}: ${whyNot(error)}`))
    })
    server.listen(port, host, () => server.close(() => answer(true)))
  })
}

/** Says why the system refuses an address, and what to do next. */
function whyNot({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EACCES':
      return 'this user may not use the port: choose one above 1023 with --port'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have the address: choose one that it has with --host, such as 127.0.0.1 or 0.0.0.0'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name is not known here: choose an address of this machine with --host'
    default:
      return `${message}: choose another one with --host or --port`
  }
}
