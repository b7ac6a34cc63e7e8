/** Builds the Worker with wrangler, so that what runs here is what `wrangler deploy` would upload. */
import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const root = join(import.meta.dirname, '../..')

/** @returns the folder with `worker.js` and the modules it imports */
export async function buildWorker(outdir: string): Promise<string> {
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const environment = { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG: 'error' }
  await promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', outdir], {
    cwd: root,
    env: environment,
  })
  return outdir
}
