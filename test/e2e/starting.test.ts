/** A registry that answers can be used: a script that waits for `/v2/` does not fail its first push. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { freePort } from './support/ports.ts'
import { endServer, hasEnded, start, type Running } from './support/run.ts'
import { admin, basic } from './support/users.ts'

const root = join(import.meta.dirname, '../..')

async function startWithoutWaiting(
  state: string,
  port: number,
  variables: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const args = ['scripts/start.ts', '--port', String(port), '--host', '127.0.0.1', '--state', state]
  const env = { BREAKWATER_ADMIN_PASSWORD: admin.password, ...variables }
  const server = await start(process.execPath, args, { cwd: root, env, server: true })
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
  const login = await fetch(`${origin}/auth/token?scope=${scope}`, { headers: { Authorization: basic(admin) } })
  assert.equal(login.status, 200, await login.clone().text())
  const { token } = (await login.json()) as { token: string }
  const content = 'the first content'
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  const pushed = await fetch(`${origin}/v2/admin/first/blobs/uploads/?digest=${digest}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    body: content,
  })
  return pushed.status
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
    const server = await startWithoutWaiting(await newFolder('state'), await freePort(), { [variable]: text })
    const { exitCode, output } = await server.outcome
    assert.equal(exitCode, 1, output)
    assert.match(output, new RegExp(`^${variable} (must|cannot) .*\n$`))
  })
}
