/**
 * Runs the end-to-end tests, which drive the registry with the clients that people use: `npm run e2e`, or
 * `npm run e2e -- skopeo https` for the files whose names contain one of the words.
 */
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const folder = join(import.meta.dirname, '../test/e2e')

process.exitCode = (await runTests(await chooseFiles(process.argv.slice(2)))) ? 0 : 1

async function chooseFiles(words: readonly string[]): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.test.ts')).sort()
  const chosen = names.filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  if (chosen.length === 0) throw new Error(`no test matches ${words.join(' ')}: there are ${names.join(', ')}`)
  return chosen.map((name) => join(folder, name))
}

/** Runs test files. @returns whether all of them passed */
async function runTests(files: readonly string[]): Promise<boolean> {
  // One process for all files, so that they share one engine and one registry.
  const tests = run({ files, isolation: 'none', concurrency: false })
  let success = false
  tests.on('test:summary', (summary) => {
    success = summary.success
  })
  const report = tests.compose(new spec())
  report.pipe(process.stdout)
  await once(report, 'end')
  return success
}
