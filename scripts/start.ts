/**
 * Starts the registry on this machine: `npm start -- --port 5000 --host 127.0.0.1 --state DIR --https`.
 *
 * Everything it makes (data, secret, certificate) lies in the state folder, and everything it starts it stops.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { shortestSecret } from '../src/limits.ts'
import { root } from './local/build.ts'
import { lockState } from './local/lock.ts'
import { startRuntime, type Runtime } from './local/runtime.ts'
import { prepareStateFolder } from './local/state-folder.ts'
import { ownCertificate } from './local/tls.ts'

const tickMilliseconds = 60_000
const mostPreparations = 5
const pauseMilliseconds = 500
const patienceMilliseconds = 30_000
const usage = 'npm start -- [--port 5000] [--host 127.0.0.1] [--state DIR] [--https]'
const help = `usage: ${usage}

  --port NUMBER   where it listens; else 5000
  --host ADDRESS  the address it listens at; else 127.0.0.1, which this machine alone reaches
  --state DIR     the folder for its data, its secret and its certificate; else .breakwater
  --https         serves https, with a certificate of its own

BREAKWATER_ADMIN_PASSWORD is the password of the first administrator; else one is made and shown once.`

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
  await prepareStateFolder(options.state)
  const endings: (() => void | Promise<void>)[] = []
  const takeSignals = endAtSignal(endings)
  takeSignals()
  endings.push(await lockState(options.state))
  await waitForPort(options.host, options.port)
  const administrator = firstPassword()
  const runtime = await startRuntime({
    ...options,
    secrets: {
      REGISTRY_SECRET: await ownSecret(options.state),
      ...previousSecret(),
      ...fromEnvironment('PULL_LOG_SECONDS'),
      ...fromEnvironment('REPLICA_COUNT'),
      ...fromEnvironment('ALLOWED_ORIGINS'),
      BREAKWATER_ADMIN_PASSWORD: administrator.password,
    },
    certificate: options.https ? await ownCertificate(options.state, options.host) : undefined,
  })
  endings.push(runtime.stop)
  takeSignals()
  // Shown before the account is made: a password that nobody has seen would lock everybody out.
  if (runtime.isNew && administrator.made) console.log(announcePassword(administrator.password))
  await prepare(runtime)
  const url = await runtime.open()
  await untilHealthy(runtime)
  const timer = setInterval(() => void tick(runtime), tickMilliseconds)
  endings.push(() => clearInterval(timer))
  console.log(welcome(url, options.state, options.https))
}

/** @returns whether all of its tasks were done */
async function tick(runtime: Runtime): Promise<boolean> {
  try {
    await runtime.tick()
    return true
  } catch (error) {
    console.error('the cron trigger failed:', error)
    return false
  }
}

/** The cron trigger makes the first administrator and the replicas: clients that come before that would be refused. */
async function prepare(runtime: Runtime): Promise<void> {
  for (let attempt = 0; attempt < mostPreparations; attempt++) {
    if (await tick(runtime)) break
    await sleep(pauseMilliseconds)
  }
  await untilHealthy(runtime)
}

/** A registry that stays unhealthy serves all the same: that is how an administrator repairs it. */
async function untilHealthy(runtime: Runtime): Promise<void> {
  const end = Date.now() + patienceMilliseconds
  let fault = await runtime.findFault()
  while (fault !== undefined && Date.now() < end) {
    await sleep(pauseMilliseconds)
    fault = await runtime.findFault()
  }
  if (fault !== undefined) console.error(`The registry is not healthy: ${fault}`)
}

/**
 * Ends what was started, in the opposite order, however far the start had come.
 *
 * @returns takes the signals away from others: Miniflare's own handler would exit before anything is written back
 */
function endAtSignal(endings: readonly (() => void | Promise<void>)[]): () => void {
  let ending = false
  const end = async (): Promise<void> => {
    if (ending) return
    ending = true
    try {
      for (const task of endings.toReversed()) await task()
      process.exit(0)
    } catch (error) {
      console.error('the registry did not stop cleanly:', error)
      process.exit(1)
    }
  }
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.removeAllListeners(signal)
      process.on(signal, () => void end())
    }
  }
}

/** @returns undefined when only the help is wanted */
function readOptions(): { host: string; port: number; state: string; https: boolean } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '5000' },
        host: { type: 'string', default: '127.0.0.1' },
        state: { type: 'string', default: join(root, '.breakwater') },
        https: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return undefined
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port ${values.port} is not a port`)
    return { host: values.host, port, state: resolve(values.state), https: values.https }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`, { cause: error })
  }
}

/** The port of a registry that was killed is free again in a moment; one that stays taken is somebody else's. */
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
      else refuse(new Error(`cannot serve on ${host}:${port}: ${error.message}`))
    })
    server.listen(port, host, () => server.close(() => answer(true)))
  })
}

/** Made on the first start. Whoever has it can make tokens, so only its owner may read it. */
async function ownSecret(state: string): Promise<string> {
  const given = process.env['REGISTRY_SECRET']
  if (given !== undefined && given !== '') {
    return longEnough('REGISTRY_SECRET', given)
  }
  const path = join(state, 'secret')
  if (!existsSync(path)) {
    // Renamed when it is whole: a half-written secret would stay.
    await writeFile(`${path}.new`, randomBytes(32).toString('base64url'), { mode: 0o600 })
    await rename(`${path}.new`, path)
  }
  return (await readFile(path, 'utf8')).trim()
}

function previousSecret(): Record<string, string> {
  const secret = fromEnvironment('REGISTRY_SECRET_PREVIOUS')
  for (const [name, given] of Object.entries(secret)) longEnough(name, given)
  return secret
}

function longEnough(name: string, secret: string): string {
  if (secret.length < shortestSecret) throw new Error(`${name} must have at least ${shortestSecret} characters`)
  return secret
}

/** Read by the registry only while it has no account. */
function firstPassword(): { password: string; made: boolean } {
  const given = process.env['BREAKWATER_ADMIN_PASSWORD']
  if (given === undefined || given === '') return { password: randomBytes(15).toString('base64url'), made: true }
  if (given.length < 8 || given.length > 1024) {
    throw new Error('BREAKWATER_ADMIN_PASSWORD must have 8 to 1,024 characters')
  }
  return { password: given, made: false }
}

function fromEnvironment(name: string): Record<string, string> {
  const value = process.env[name]
  return value === undefined || value === '' ? {} : { [name]: value }
}

function announcePassword(password: string): string {
  return `The administrator is "admin" with the password  ${password}\nIt is shown this once.\n`
}

function welcome(url: URL, state: string, https: boolean): string {
  const { host } = url
  return [
    `Breakwater serves ${url.origin} and keeps its data in ${state}.`,
    '',
    'What to type next:',
    `  docker login ${host} -u admin`,
    `  docker tag IMAGE ${host}/admin/IMAGE`,
    `  docker push ${host}/admin/IMAGE`,
    ...(https ? ['', `Clients elsewhere must trust ${join(state, 'tls')}/*.crt.`] : []),
    '',
    'Stop it with Ctrl-C.',
  ].join('\n')
}
