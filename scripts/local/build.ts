/** Builds the Worker with wrangler, so that what runs here is what `wrangler deploy` would upload, but for short names. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { watchOverGroup } from './watch.ts'

export const root = join(import.meta.dirname, '../..')

export interface BuildOptions {
  /** The module to build in place of the one that `wrangler.toml` names; it must be called `worker.ts`. */
  readonly entry?: string | undefined
  /** As it is deployed, without which stack traces can be read here too. */
  readonly isMinified?: boolean | undefined
}

/**
 * Returns the folder with `worker.js` and the modules it imports. No process of the build outlives this one.
 *
 * @throws Error with what wrangler said
 */
export async function buildWorker(outdir: string, { entry, isMinified = false }: BuildOptions = {}): Promise<string> {
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const environment = { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'error' }
  const module = entry === undefined ? [] : [entry]
  const options = ['--dry-run', '--outdir', outdir, ...(isMinified ? [] : ['--no-minify'])]
  const child = spawn(process.execPath, [wrangler, 'deploy', ...module, ...options], {
    cwd: root,
    env: environment,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const endWatch = watchOverGroup(child.pid)
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  endWatch()
  if (code !== 0) throw new Error(`the Worker cannot be built:\n${said}`)
  return outdir
}
