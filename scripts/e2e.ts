/**
 * Runs the end-to-end tests, which drive the registry with the clients that people use: `npm run e2e`, or
 * `npm run e2e -- skopeo https` for the files whose names contain one of the words.
 */
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { endAll } from '../test/e2e/support/ending.ts'

const folder = join(import.meta.dirname, '../test/e2e')

for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.once(signal, () => {
    void endAll().then(() => process.exit(128 + number))
  })
}

try {
  process.exitCode = (await runTests(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await endAll()
}

/** @returns whether all of them passed */
async function runTests(words: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0) throw new Error('only root may start a Docker engine: run "sudo npm run e2e"')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.test.ts')).sort()
  const chosen = names.filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  if (chosen.length === 0) throw new Error(`no test matches: choose among ${names.join(', ')}`)
  // One process for all files, so that they share one engine and one registry.
  const tests = run({ files: chosen.map((name) => join(folder, name)), isolation: 'none', concurrency: false })
  let success = false
  tests.on('test:summary', (summary) => {
    success = summary.success
  })
  const report = tests.compose(new spec())
  report.pipe(process.stdout)
  await once(report, 'end')
  return success
}
