/**
 * Measures a backup of a large registry and its restore: `npm run backup:scale [-- MANIFESTS]`. The registry as it runs on this
 * machine gets 100,000 manifests and ten times as many blobs, is exported, and loaded into the database of the drill with all
 * that a restore mends. Prints rows, times, slices, the most that a slice asked of D1 and R2, and the most memory.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { request } from './client/registry.ts'
import { openInspector, type Inspector } from './heap/inspector.ts'
import { root } from './local/build.ts'
import { freePort } from './local/free-port.ts'
import { guardRuntime } from './local/guard.ts'
import { startRuntime } from './local/runtime.ts'

const mostHeapBytes = 128_000_000
const manifestsOfRequest = 5000
const sampleMilliseconds = 20

const answer = z.object({ statements: z.number(), subrequests: z.number(), progress: z.unknown() })
const loaded = z.object({ phase: z.string() })

interface Measured {
  readonly slices: number
  readonly statements: number
  readonly subrequests: number
  readonly milliseconds: number
  readonly longest: number
}

const manifests = Number(process.argv[2] ?? 100_000)
const folder = mkdtempSync(join(tmpdir(), 'breakwater-scale-'))
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
    secrets: { REGISTRY_SECRET: randomBytes(32).toString('hex') },
    entry: join(root, 'test/backup/scale/worker.ts'),
    isInspected: true,
  })
  try {
    await runtime.migrate()
    const url = await runtime.open(undefined)
    await request(url, 'POST', '/triggers')
    for (let from = 0; from < manifests; from += manifestsOfRequest) {
      await request(url, 'POST', '/fill', { json: { from, to: Math.min(manifests, from + manifestsOfRequest) } })
    }
    console.log(`${manifests} manifests and ${manifests * 10} blobs`)
    const inspector = await openInspector(await runtime.inspector())
    const watch = watchHeap(inspector)
    print('export', await work(url, '/export', () => 'export'))
    print('load', await work(url, '/load', (progress) => loaded.parse(progress).phase))
    const most = await watch.end()
    inspector.close()
    console.log(`most memory: ${(most / 1_000_000).toFixed(1)} MB of ${mostHeapBytes / 1_000_000} MB`)
    return most > mostHeapBytes ? 1 : 0
  } finally {
    await runtime.stop()
    endGuard()
  }
}

/** Does slices until none is left. @param phaseOf names what comes next */
async function work(
  url: URL,
  path: string,
  phaseOf: (progress: unknown) => string,
): Promise<ReadonlyMap<string, Measured>> {
  const phases = new Map<string, Measured>()
  let progress: unknown = null
  do {
    const phase = progress === null ? 'first' : phaseOf(progress)
    const begun = performance.now()
    const response = await request(url, 'POST', path, progress === null ? {} : { json: progress })
    const done = answer.parse(await response.json())
    const milliseconds = performance.now() - begun
    const before = phases.get(phase) ?? { slices: 0, statements: 0, subrequests: 0, milliseconds: 0, longest: 0 }
    phases.set(phase, {
      slices: before.slices + 1,
      statements: Math.max(before.statements, done.statements),
      subrequests: Math.max(before.subrequests, done.subrequests),
      milliseconds: before.milliseconds + milliseconds,
      longest: Math.max(before.longest, milliseconds),
    })
    progress = done.progress
  } while (progress !== null)
  return phases
}

function print(what: string, phases: ReadonlyMap<string, Measured>): void {
  for (const [phase, { slices, statements, subrequests, milliseconds, longest }] of phases) {
    console.log(
      `${what}, ${phase}: ${slices} slices in ${(milliseconds / 1000).toFixed(1)} s, the longest ${(longest / 1000).toFixed(2)} s; at most ${statements} statements and ${subrequests} subrequests in one`,
    )
  }
}

/** Looks again and again at what the isolate holds. */
function watchHeap(inspector: Inspector): { readonly end: () => Promise<number> } {
  const end = new AbortController()
  const watching = (async () => {
    let most = 0
    while (!end.signal.aborted) {
      const { usedSize, backingStorageSize } = await inspector.heapUsage()
      most = Math.max(most, usedSize + backingStorageSize)
      await sleep(sampleMilliseconds)
    }
    return most
  })()
  return {
    end: () => {
      end.abort()
      return watching
    },
  }
}
