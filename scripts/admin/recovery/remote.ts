/** The recovery in a registry on Cloudflare, through wrangler: D1 has no other door for its owner. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../local/build.ts'

/**
 * Runs the statements of a recovery on D1.
 *
 * @param place where D1 is, in wrangler's words: `--remote`
 * @throws Error when wrangler fails, which says why at the terminal
 */
export async function recoverOnCloudflare(statements: readonly string[], place: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-recovery-'))
  const forget = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', forget)
  try {
    const file = join(folder, 'recovery.sql')
    // The hash is no argument, which every process could read, and no other user may read the file.
    await writeFile(file, statements.map((statement) => `${statement};\n`).join(''), { mode: 0o600 })
    await runWrangler(['d1', 'execute', 'DB', ...place, '--yes', '--file', file])
  } finally {
    forget()
    process.removeListener('exit', forget)
  }
}

async function runWrangler(args: readonly string[]): Promise<void> {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const child = spawn(process.execPath, [wrangler, ...args], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    // It may have to ask; what it tells is not the answer of this command.
    stdio: ['inherit', process.stderr, 'inherit'],
  })
  // What interrupts this process reaches wrangler too; this one waits for it, and then takes the file away.
  const wait = (): void => void child.kill()
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, wait)
  try {
    const [code]: unknown[] = await once(child, 'close')
    if (code !== 0) throw new Error('wrangler failed, for the reason above: nothing was changed')
  } finally {
    for (const signal of signals) process.removeListener(signal, wait)
  }
}
