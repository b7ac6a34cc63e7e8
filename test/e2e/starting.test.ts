/**
 * A registry that answers can be used: a script that waits for `/v2/` does not fail its first push. One that ended, in any
 * way, leaves no process behind; and one whose database is lost does not begin again.
 */
import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf } from '../../scripts/client/digest.ts'
import { readToken, request, send } from '../../scripts/client/registry.ts'
import { refuseDamage } from '../../scripts/local/data-files.ts'
import { lockState } from '../../scripts/local/lock.ts'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { freePort, isServed } from './support/ports.ts'
import { childrenNamed, isRunning } from './support/proc.ts'
import { endServer, hasEnded, start, type Running } from './support/run.ts'
import { admin } from './support/users.ts'
import { until } from './support/wait.ts'

const root = join(import.meta.dirname, '../..')

const directly = [process.execPath, 'scripts/start.ts'] as const
const throughNpm = ['npm', 'start', '--'] as const

interface Way {
  readonly variables?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
}

async function startWithoutWaiting(
  state: string,
  port: number,
  { variables = {}, command: [program = '', ...words] = directly }: Way = {},
): Promise<Running> {
  const args = [...words, '--port', String(port), '--host', '127.0.0.1', '--state', state]
  const env = { BREAKWATER_ADMIN_PASSWORD: admin.password, ...variables }
  const server = await start(program, args, { cwd: root, env, server: true })
  atEnd(() => endServer(server))
  return server
}

/** The first answer that is not a refused connection or 503. */
async function firstAnswer(server: Running, url: string): Promise<Response> {
  for (;;) {
    if (hasEnded(server)) throw new Error(`the registry did not start:\n${server.output()}`)
    const response = await fetch(url).catch(() => undefined)
    if (response !== undefined && response.status !== 503) return response
    await sleep(10)
  }
}

async function push(origin: string): Promise<number> {
  const scope = 'repository:admin/first:pull,push'
  const login = await request(origin, 'GET', `/auth/token?scope=${scope}`, { user: admin })
  const { token } = readToken(await login.text())
  const content = 'the first content'
  const digest = digestOf(Buffer.from(content))
  const headers = { authorization: `Bearer ${token}` }
  const target = `/v2/admin/first/blobs/uploads/?digest=${digest}`
  const pushed = await send(origin, 'POST', target, { headers, body: content })
  return pushed.status
}

/** Miniflare's entrance would answer such paths and headers by itself. */
async function assertOwnDoor(origin: string): Promise<void> {
  for (const path of ['r2/public/breakwater/segments/any', 'platform-proxy', 'scheduled']) {
    const answer = await fetch(`${origin}/cdn-cgi/local/${path}`)
    assert.match(await answer.text(), /the registry answers at \/v2\//, path)
  }
  const headers = { 'MF-Original-URL': 'http://elsewhere.test/v2/', 'MF-Route-Override': 'elsewhere' }
  const answer = await fetch(`${origin}/v2/`, { headers })
  assert.match(answer.headers.get('www-authenticate') ?? '', new RegExp(`realm="${origin}/auth/token"`))
  const guesses: number[] = []
  for (let at = 1; at <= 10; at++) {
    const user = { name: 'mallory', password: `guess ${at}` }
    const forged = {
      'CF-Connecting-IP': `192.0.2.${at}`,
      'MF-CF-Blob': JSON.stringify({ clientIp: `192.0.2.${at}:1` }),
    }
    guesses.push((await send(origin, 'GET', '/auth/token', { user, headers: forged })).status)
  }
  assert.ok(guesses.includes(429), `guesses from one address are slowed down: ${guesses.join(' ')}`)
}

let state: string | undefined

for (const name of ['first', 'second']) {
  test(`the first answer of a ${name} start is followed at once by a login and an upload`, async () => {
    state ??= await newFolder('state')
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}`
    const server = await startWithoutWaiting(state, port)
    assert.equal((await firstAnswer(server, `${origin}/v2/`)).status, 401)
    assert.equal(await push(origin), 201)
    await assertOwnDoor(origin)
    while (!server.output().includes('Breakwater serves')) await sleep(10)
    assert.equal((await fetch(`${origin}/health`)).status, 200)
    while (!server.output().includes('Stop it with')) await sleep(10)
    assert.ok(server.output().includes(`${origin}/ `), 'the page of the registry is named')
    const isSecond = name === 'second'
    assert.equal(server.output().includes('BREAKWATER_ADMIN_PASSWORD is ignored'), isSecond)
    assert.equal(server.output().includes(`npm run admin -- recover --local --state ${state}`), isSecond)
    server.child.kill('SIGTERM')
    assert.equal((await server.outcome).exitCode, 0)
  })
}

test('a registry that was started knows that its accounts are lost, without any image', async () => {
  assert.ok(state !== undefined)
  for (const store of ['d1', 'r2']) await rm(join(state, 'data', store), { recursive: true })
  const served = state
  assert.throws(() => refuseDamage(served), /database .* is lost: it had accounts/)
})

const wrong = {
  REPLICA_COUNT: '2',
  PULL_LOG_SECONDS: '5s',
  ALLOWED_ORIGINS: '*',
  REGISTRY_SECRET: 'too short',
  REGISTRY_SECRET_PREVIOUS: 'too short',
  BREAKWATER_ADMIN_PASSWORD: 'short',
}

for (const [variable, text] of Object.entries(wrong)) {
  test(`a start with a wrong ${variable} is refused with a sentence that names it`, async () => {
    const server = await startWithoutWaiting(await newFolder('state'), await freePort(), {
      variables: { [variable]: text },
    })
    const { exitCode, output } = await server.outcome
    assert.equal(exitCode, 1, output)
    assert.match(output, new RegExp(`^${variable} (must|cannot) .*\n$`))
  })
}

describe('What is left of a registry that ended', () => {
  const endSeconds = 10
  const startSeconds = 120
  let folder: string

  async function startAndWait(port: number, command: readonly string[]): Promise<Running> {
    const server = await startWithoutWaiting(folder, port, { command })
    await until('the registry to start', startSeconds, () => {
      if (hasEnded(server)) throw new Error(`the registry did not start:\n${server.output()}`)
      return server.output().includes('Breakwater serves')
    })
    return server
  }

  const logs = async (): Promise<string[]> =>
    (await readdir(join(folder, 'data'), { recursive: true })).filter((path) => path.endsWith('-wal'))

  function isUnlocked(): boolean {
    try {
      lockState(folder)()
      return true
    } catch {
      return false
    }
  }

  test('nothing, when it is killed after its runtime crashed and started again', async () => {
    folder = await newFolder('state')
    const port = await freePort()
    const server = await startAndWait(port, directly)
    assert.equal(await push(`http://127.0.0.1:${port}`), 201)
    const [crashed = 0] = await childrenNamed(server.pid, 'workerd')
    process.kill(crashed, 'SIGKILL')
    let runtime = 0
    await until('the runtime to start again', startSeconds, async () => {
      const [found = crashed] = await childrenNamed(server.pid, 'workerd')
      runtime = found
      return found !== crashed && (await isServed(port))
    })
    const second = await startWithoutWaiting(folder, await freePort())
    const { exitCode, output } = await second.outcome
    assert.deepEqual(
      [exitCode, output],
      [1, `another registry is running on ${folder}: stop it, or choose another --state\n`],
    )
    server.child.kill('SIGKILL')
    await until('the second runtime to end', endSeconds, async () => !(await isRunning(runtime)))
    await until('the port to be free', endSeconds, async () => !(await isServed(port)))
  })

  test('nothing but whole files, when npm is told to end', async () => {
    const port = await freePort()
    const npm = await startAndWait(port, throughNpm)
    assert.equal((await fetch(`http://127.0.0.1:${port}/v2/`)).status, 401)
    assert.notDeepEqual(await logs(), [])
    npm.child.kill('SIGTERM')
    await until('the port to be free', endSeconds, async () => !(await isServed(port)))
    await until('all changes to be in their files', endSeconds, async () => (await logs()).length === 0)
  })

  test('nothing, when npm is killed while the registry starts', async () => {
    await rm(join(folder, 'worker'), { recursive: true, force: true })
    const npm = await startWithoutWaiting(folder, await freePort(), { command: throughNpm })
    await until('the build to begin', startSeconds, async () => (await readdir(folder)).includes('worker'))
    npm.child.kill('SIGKILL')
    await npm.outcome
    await until('the lock to be free', endSeconds, isUnlocked)
  })

  test('its database does not begin again when the file of it is lost', async () => {
    await rm(join(folder, 'data/d1'), { recursive: true })
    const { exitCode, output } = await (await startWithoutWaiting(folder, await freePort())).outcome
    assert.equal(exitCode, 1)
    assert.match(output, /the database of the registry is lost: .* has images, .* has no account.*backup/)
  })
})
