/**
 * Fails when pushes take more of the 128 MB of an isolate than they should: `npm run heap:check`. Five layers at once, a
 * login with a password and a listing go to the registry as it runs on this machine, and the inspector of its runtime says
 * every moment what its isolate holds. Then come eight of the largest manifests at once, and some of the largest
 * publications of trust data.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readToken, request, send, type Sending } from '../client/registry.ts'
import { freePort } from '../local/free-port.ts'
import { guardRuntime } from '../local/guard.ts'
import { startRuntime, type Runtime } from '../local/runtime.ts'
import { indexOfUnknown, indexType, indexWithAnnotations, publication } from './documents.ts'
import { openInspector, type Inspector } from './inspector.ts'

const MB = 1_000_000
/** What uploads may take of the 128 MiB of an isolate. */
const mostBytes = 100 * MB
/** Documents are looked at while they are parsed, after a collection: what they take then must leave the isolate alive. */
const mostOfDocuments = 128 * 1024 * 1024
/**
 * The 40 MiB that argon2 holds after it has checked a password, which the inspector does not count. They stay for a while, so
 * they count also where clients have their tokens already.
 */
const argon2Bytes = 40 * 1024 * 1024
const uploads = 5
const documents = 8
/** The status of a refusal for want of memory. */
const busy = 429
const layerBytes = 60 * MB
const pieceBytes = 256 * 1024
const sampleMilliseconds = 50
const admin = { name: 'admin', password: randomBytes(12).toString('hex') }
const repository = 'admin/heap'
const inMB = (bytes: number): string => (bytes / MB).toFixed(1)

type Body = NonNullable<Sending['body']>

/** Layers as clients send them: in chunks, as Docker does, or with their length, as skopeo does. */
const bodies: Readonly<Record<string, () => Body>> = {
  unknown: layer,
  announced: () => randomBytes(layerBytes),
}

interface Pushed {
  readonly method: string
  readonly path: string
  readonly body: string | FormData
  readonly contentType?: string
  /** What the registry answers when it has read it all. */
  readonly status: number
}

/**
 * One of the largest publications takes more than the bound alone, while it is parsed: what that comes to is told, and does
 * not fail the check. One account has one at a time.
 */
const onlyTold = 'publications of trust data'

/** What is sent at once, of one account. */
const pushes: Readonly<Record<string, (url: URL, at: number) => Pushed>> = {
  'indexes of unknown manifests': (_, at) => ({ ...aManifest(at, indexOfUnknown()), status: 404 }),
  'indexes with long annotations': (_, at) => ({ ...aManifest(at, indexWithAnnotations()), status: 201 }),
  [onlyTold]: ({ host }) => ({
    method: 'POST',
    path: `/v2/${host}/${repository}/_trust/tuf/`,
    body: publication(),
    status: 400,
  }),
}

const aManifest = (at: number, body: string) => ({
  method: 'PUT',
  path: `/v2/${repository}/manifests/large-${at}`,
  body,
  contentType: indexType,
})

const folder = mkdtempSync(join(tmpdir(), 'breakwater-heap-'))
try {
  process.exitCode = await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function main(): Promise<number> {
  const endGuard = await guardRuntime(folder)
  const runtime = await startRuntime({
    host: '127.0.0.1',
    port: await freePort(),
    state: folder,
    secrets: { REGISTRY_SECRET: randomBytes(32).toString('hex'), BREAKWATER_ADMIN_PASSWORD: admin.password },
    // What an isolate of Cloudflare holds: the code itself is a large part of it.
    isMinified: true,
    isInspected: true,
  })
  try {
    return await measure(runtime)
  } finally {
    await runtime.stop()
    endGuard()
  }
}

async function measure(runtime: Runtime): Promise<number> {
  await runtime.migrate()
  await runtime.tick()
  const url = await runtime.open(undefined)
  const inspector = await openInspector(await runtime.inspector())
  try {
    const rest = await heldBytes(inspector)
    console.log(`At rest: ${inMB(rest)} MB. Each figure has ${inMB(argon2Bytes)} MB of argon2 included.`)
    let isOver = false
    async function measureOne(
      what: string,
      most: number,
      job: () => Promise<void>,
      look: () => Promise<number>,
    ): Promise<void> {
      await inspector.collectGarbage()
      const peak = (await peakDuring(job, look)) + argon2Bytes
      console.log(`${what}: ${inMB(peak)} MB${most === Infinity ? '' : ` of at most ${inMB(most)}`}.`)
      isOver ||= peak > most
    }
    for (const [kind, body] of Object.entries(bodies)) {
      const what = `${uploads} uploads of ${kind} length, a login and a listing`
      await measureOne(
        what,
        mostBytes,
        () => work(url, body),
        () => heldBytes(inspector),
      )
    }
    for (const [kind, make] of Object.entries(pushes)) {
      await measureOne(
        `${documents} ${kind}`,
        kind === onlyTold ? Infinity : mostOfDocuments,
        () => pushAll(url, make),
        () => usedBytes(inspector),
      )
    }
    if (isOver) console.error('That is too much: look for memory that grows with the number or the length of bodies.')
    return isOver ? 1 : 0
  } finally {
    inspector.close()
  }
}

async function peakDuring(job: () => Promise<void>, look: () => Promise<number>): Promise<number> {
  let peak = 0
  const done = job().then(() => true)
  while (!(await Promise.race([done, sleep(sampleMilliseconds, false)]))) {
    peak = Math.max(peak, await look())
  }
  return peak
}

async function heldBytes(inspector: Inspector): Promise<number> {
  const { usedSize, backingStorageSize } = await inspector.heapUsage()
  return usedSize + backingStorageSize
}

/** Leaves out what JavaScript collects when memory gets short: to parse a document makes many times its size of that. */
async function usedBytes(inspector: Inspector): Promise<number> {
  // Asked at once, so that no request makes new garbage in between.
  const [, held] = await Promise.all([inspector.collectGarbage(), heldBytes(inspector)])
  return held
}

async function work(url: URL, body: () => Body): Promise<void> {
  const others = [sleep(500).then(() => logIn(url)), sleep(1000).then(() => list(url))]
  await Promise.all([...Array.from({ length: uploads }, () => upload(url, body())), ...others])
}

/** Sends documents at once, with one token, as each login with a password takes its time. */
async function pushAll(url: URL, make: (url: URL, at: number) => Pushed): Promise<void> {
  const scopes = [repository, `${url.host}/${repository}`].map((name) => `scope=repository:${name}:pull,push`)
  const login = await request(url, 'GET', `/auth/token?service=${url.host}&${scopes.join('&')}`, { user: admin })
  const authorization = `Bearer ${readToken(await login.text()).token}`
  await Promise.all(Array.from({ length: documents }, async (_, at) => pushOne(url, authorization, make(url, at))))
}

async function pushOne(url: URL, authorization: string, pushed: Pushed): Promise<void> {
  const { method, path, body, contentType, status } = pushed
  const headers = { authorization, ...(contentType === undefined ? {} : { 'content-type': contentType }) }
  const answer = await send(url, method, path, { headers, body })
  const text = await answer.text()
  // A slow machine may not serve all of them in time.
  if (![status, busy].includes(answer.status)) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
}

async function upload(url: URL, body: Body): Promise<void> {
  const started = await request(url, 'POST', `/v2/${repository}/blobs/uploads/`, { user: admin })
  await request(url, 'PATCH', started.headers.get('location') ?? '', { user: admin, body })
}

/** Makes a random layer as a stream, which fetch sends in chunks. */
function layer(): ReadableStream<Uint8Array> {
  let left = layerBytes
  return new ReadableStream({
    pull(controller) {
      const piece = randomBytes(Math.min(pieceBytes, left))
      controller.enqueue(piece)
      left -= piece.length
      if (left === 0) controller.close()
    },
  })
}

async function logIn(url: URL): Promise<void> {
  await request(url, 'GET', `/auth/token?service=${url.host}&scope=repository:${repository}:pull`, { user: admin })
}

async function list(url: URL): Promise<void> {
  await request(url, 'GET', '/api/v0/repositories', { user: admin })
  await request(url, 'GET', '/v2/_catalog', { user: admin })
}
