/** A registry whose disk fills up refuses pushes at once, with a sentence, and hangs nowhere. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { digestOf } from '../../scripts/client/digest.ts'
import { send } from '../../scripts/client/registry.ts'
import { atEnd } from './support/ending.ts'
import { newFolder } from './support/folders.ts'
import { mebibyte } from './support/images.ts'
import { freePort } from './support/ports.ts'
import { startRegistry, type Registry } from './support/registry.ts'
import { attempt } from './support/run.ts'
import { admin } from './support/users.ts'
import { until } from './support/wait.ts'

/** As in `src/storage/room.ts`. */
const reserveBytes = 64 * mebibyte
/** Less than R2's simulator waits on a full disk; what is left of a body is read first. */
const answerMilliseconds = 30_000
const healthSeconds = 20

const state = await newFolder('disk')
const mounted = await attempt('mount', ['-t', 'tmpfs', '-o', 'size=140m', 'breakwater-test', state])
const skip = mounted.exitCode === 0 ? false : `no disk of its own can be mounted here: ${mounted.output.trim()}`
if (skip === false) atEnd(() => attempt('umount', ['--lazy', state]))

test(
  'pushes that do not fit on the disk are refused, pulls go on, and all is well once there is room',
  { skip },
  async () => {
    const registry = await startRegistry({ state, port: await freePort(), password: admin.password })
    const small = randomBytes(mebibyte)
    assert.equal((await push(registry, small)).status, 201)

    const large = randomBytes(80 * mebibyte)
    await assertRefused(push(registry, large))
    await assertRefused(pushUnannounced(registry, large))
    // Once the parts of the last one are gone, and the registry has looked again.
    const isTaken = async (): Promise<boolean> => (await push(registry, randomBytes(mebibyte))).status === 201
    await until('a push that fits', healthSeconds, isTaken)

    // Something else takes of the reserve.
    await fill(reserveBytes / 2)
    await until('the registry to notice', healthSeconds, async () => (await health(registry)).includes('disk'))
    await assertFull(await push(registry, randomBytes(mebibyte)))
    assert.equal((await pull(registry, small)).status, 200)

    await rm(join(state, 'filler'))
    await until('the registry to be well', healthSeconds, async () => (await health(registry)) === '')
    await until('a push when there is room again', healthSeconds, isTaken)
    assert.equal((await registry.stop()).exitCode, 0)
  },
)

test('a start on a full disk is refused with a sentence', { skip }, async () => {
  await fill(mebibyte)
  const port = String(await freePort())
  const args = ['scripts/start.ts', '--port', port, '--state', state]
  const { exitCode, output } = await attempt(process.execPath, args, { cwd: join(import.meta.dirname, '../..') })
  assert.equal(exitCode, 1)
  assert.match(output, /^the disk of .* is full: \d MiB are free, and the registry needs 16 MiB to start\. Make room/)
})

const uploads = '/v2/admin/app/blobs/uploads/'
const originOf = ({ host }: Registry): string => `http://${host}`
const soon = (): AbortSignal => AbortSignal.timeout(answerMilliseconds)

function push(registry: Registry, body: Buffer<ArrayBuffer>): Promise<Response> {
  const target = `${uploads}?digest=${digestOf(body)}`
  return send(originOf(registry), 'POST', target, { user: admin, body, signal: soon() })
}

/** As Docker does. */
async function pushUnannounced(registry: Registry, bytes: Buffer<ArrayBuffer>): Promise<Response> {
  const started = await send(originOf(registry), 'POST', uploads, { user: admin })
  const location = started.headers.get('location') ?? ''
  const body = new Blob([bytes]).stream()
  return send(originOf(registry), 'PATCH', location, { user: admin, body, signal: soon() })
}

const pull = (registry: Registry, bytes: Buffer): Promise<Response> =>
  send(originOf(registry), 'GET', `/v2/admin/app/blobs/${digestOf(bytes)}`, { user: admin, signal: soon() })

async function assertFull(response: Response): Promise<void> {
  assert.equal(response.status, 507)
  assert.match(await response.text(), /is almost full: pulls work/)
}

/** A client that still sends long after the refusal finds its connection closed. */
async function assertRefused(sent: Promise<Response>): Promise<void> {
  const response = await sent.catch((error: unknown) => {
    if (error instanceof TypeError) return undefined
    throw error
  })
  if (response !== undefined) assert.equal(response.status, 507)
}

async function health(registry: Registry): Promise<string> {
  const response = await send(originOf(registry), 'GET', '/health', { signal: soon() })
  return ((await response.json()) as { Error: string }).Error
}

/** Fills the disk but for so many bytes. */
async function fill(leftBytes: number): Promise<void> {
  const filler = join(state, 'filler')
  await rm(filler, { force: true })
  const { bavail, bsize } = await statfs(state)
  await writeFile(filler, Buffer.alloc(Math.max(bavail * bsize - leftBytes, 0)))
}
