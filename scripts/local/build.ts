/** Builds the Worker with wrangler, so that what runs here is what `wrangler deploy` would upload. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { watchOverGroup } from './watch.ts'

export const root = join(import.meta.dirname, '../..')

/**
 * Returns the folder with `worker.js` and the modules it imports. No process of the build outlives this one.
 *
 * @param entry the module to build in place of the one that `wrangler.toml` names; it must be called `worker.ts`
 * @throws Error with what wrangler said
 */
export async function buildWorker(outdir: string, entry?: string): Promise<string> {
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const environment = { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'error' }
  const module = entry === undefined ? [] : [entry]
  const child = spawn(process.execPath, [wrangler, 'deploy', ...module, '--dry-run', '--outdir', outdir], {
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
