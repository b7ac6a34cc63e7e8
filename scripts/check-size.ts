/**
 * Fails when the Worker gets too large to upload, too large in memory or too slow to start: `npm run size:check`.
 *
 * Size is what `wrangler deploy` would upload, gzipped. Start-up is the processor time of the bundle's own start in the
 * local runtime, from the profile of `wrangler check startup`; the median of five profiles counts. Other work on the machine
 * only ever adds to them, so a median that is too high is measured again.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { median } from './bench/statistics.ts'
import { buildWorker, root } from './local/build.ts'

/** Cloudflare takes 3 MB gzipped on its free plan; what is loaded in a cold isolate should be far below. */
const mostBytes = 1_000_000
/** Cloudflare allows a second. */
const mostMilliseconds = 100
const tries = 5
const mostRounds = 4

/** A profile of V8: a sample every moment, each with the microseconds since the one before it. */
const profile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: z.object({ functionName: z.string() }) })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})

const folder = mkdtempSync(join(tmpdir(), 'breakwater-size-'))
try {
  const dist = await buildWorker(join(folder, 'dist'), { isMinified: true })
  refuseWideCode(readFileSync(join(dist, 'worker.js'), 'utf8'))
  const bytes = uploadBytes(dist)
  console.log(`The Worker has ${bytes} bytes gzipped (at most ${mostBytes}).`)
  const milliseconds = await startUp()
  if (bytes > mostBytes) throw new Error('the Worker is too large: look for a dependency that is larger than its use')
  if (milliseconds > mostMilliseconds) {
    throw new Error('the Worker starts too slowly: look for work at the top of a module')
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/**
 * Refuses characters beyond Latin-1. V8 holds a text of Latin-1 with one byte a character and any other with two, so a
 * single "…" in a tagged template, where esbuild does not escape it, takes each isolate as much memory as all of the code.
 */
function refuseWideCode(code: string): void {
  const [around] = /.{0,40}[\u{100}-\u{10ffff}].{0,20}/u.exec(code) ?? []
  if (around === undefined) return
  throw new Error(`the Worker takes two bytes a character in memory, for what is not Latin-1 in: ${around}`)
}

function uploadBytes(dist: string): number {
  const files = readdirSync(dist).filter((name) => !name.endsWith('.map') && name !== 'README.md')
  return files.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0)
}

/** Measures the start of the Worker, and one that is too slow a few times more. @returns the fastest median */
async function startUp(): Promise<number> {
  let fastest = Infinity
  for (let round = 0; round < mostRounds && fastest > mostMilliseconds; round++) {
    fastest = Math.min(fastest, await medianStart())
  }
  return fastest
}

/** Returns the median of several starts, and prints it. */
async function medianStart(): Promise<number> {
  const times: number[] = []
  while (times.length < tries) times.push(await measureStart())
  const milliseconds = median(times)
  console.log(`It starts in ${milliseconds} ms (at most ${mostMilliseconds}), the median of ${times.join(', ')} ms.`)
  return milliseconds
}

async function measureStart(): Promise<number> {
  const outfile = join(folder, 'startup.cpuprofile')
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  await promisify(execFile)(process.execPath, [wrangler, 'check', 'startup', '--outfile', outfile], {
    cwd: root,
    env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'error' },
  })
  return busyMilliseconds(profile.parse(JSON.parse(readFileSync(outfile, 'utf8'))))
}

function busyMilliseconds({ nodes, samples, timeDeltas }: z.infer<typeof profile>): number {
  const waiting = new Set(
    nodes.filter(({ callFrame }) => /^\((idle|program)\)$/.test(callFrame.functionName)).map(({ id }) => id),
  )
  const microseconds = samples.reduce((sum, id, index) => sum + (waiting.has(id) ? 0 : (timeDeltas[index] ?? 0)), 0)
  return Math.round(microseconds / 1000)
}
