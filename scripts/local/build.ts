/** Builds the Worker with wrangler, so that what runs here is what `wrangler deploy` would upload, but for short names. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
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
  if (!isMinified) await narrow(join(outdir, 'worker.js'))
  return outdir
}

/**
 * Replaces what is not Latin-1, for which V8 would keep two bytes for each character of the code. Only comments of
 * libraries have it: `check-size.ts` refuses it in the code without comments. Positions stay those of the source map.
 */
async function narrow(file: string): Promise<void> {
  const code = await readFile(file, 'utf8')
  await writeFile(file, code.replaceAll(/[\u0100-\uffff]/g, '?'))
}
