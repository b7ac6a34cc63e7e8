/**
 * Fails when the Worker gets too large to upload or too slow to start: `npm run size:check`.
 *
 * Size is what `wrangler deploy` would upload, gzipped. Start-up is the processor time of the bundle's own start in the
 * local runtime, from the profile of `wrangler check startup`; the best of several profiles counts, since other work on
 * the machine only ever adds to one.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { buildWorker, root } from './local/build.ts'

/** Cloudflare takes 3 MB gzipped on its free plan; what is loaded in a cold isolate should be far below. */
const mostBytes = 1_000_000
/** Cloudflare allows a second. */
const mostMilliseconds = 100
const mostTries = 30

/** A profile of V8: a sample every moment, each with the microseconds since the one before it. */
const profile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: z.object({ functionName: z.string() }) })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})

const folder = mkdtempSync(join(tmpdir(), 'breakwater-size-'))
try {
  const bytes = uploadBytes(await buildWorker(join(folder, 'dist'), { isMinified: true }))
  const milliseconds = await startUp()
  console.log(
    `The Worker has ${bytes} bytes gzipped (at most ${mostBytes}) and starts in ${milliseconds} ms (at most ${mostMilliseconds}).`,
  )
  if (bytes > mostBytes) throw new Error('the Worker is too large: look for a dependency that is larger than its use')
  if (milliseconds > mostMilliseconds) {
    throw new Error('the Worker starts too slowly: look for work at the top of a module')
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function uploadBytes(dist: string): number {
  const files = readdirSync(dist).filter((name) => !name.endsWith('.map') && name !== 'README.md')
  return files.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0)
}

/** Measures the start of the Worker until a try is fast enough. @returns the milliseconds of the best try */
async function startUp(): Promise<number> {
  const tries: number[] = []
  while (tries.length < mostTries && !tries.some((time) => time <= mostMilliseconds)) {
    const outfile = join(folder, `startup-${tries.length}.cpuprofile`)
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
    await promisify(execFile)(process.execPath, [wrangler, 'check', 'startup', '--outfile', outfile], {
      cwd: root,
      env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'error' },
    })
    tries.push(busyMilliseconds(profile.parse(JSON.parse(readFileSync(outfile, 'utf8')))))
  }
  return Math.min(...tries)
}

function busyMilliseconds({ nodes, samples, timeDeltas }: z.infer<typeof profile>): number {
  const waiting = new Set(
    nodes.filter(({ callFrame }) => /^\((idle|program)\)$/.test(callFrame.functionName)).map(({ id }) => id),
  )
  const microseconds = samples.reduce((sum, id, index) => sum + (waiting.has(id) ? 0 : (timeDeltas[index] ?? 0)), 0)
  return Math.round(microseconds / 1000)
}
