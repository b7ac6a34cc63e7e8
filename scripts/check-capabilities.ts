/**
 * Proves that the registry works without each of its capabilities. Takes one after the other out of a copy of the tree:
 * its folder, its line in `src/capabilities.ts`, and its folder of tests. Checks types and lint of what is left, and for
 * one of them runs tests of the core there. A file elsewhere that imports the capability fails the types, and the rules of
 * `npm run deps:check`.
 *
 *   npm run capabilities:check                      all, with tests for one: another one each day
 *   npm run capabilities:check -- --tests gc,fsck   with tests for these
 *   npm run capabilities:check -- --only metrics    this one alone
 *   npm run capabilities:check -- --whole           runs all tests of the core in place of the short list
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..')
const list = 'src/capabilities.ts'

/** Tests of the core that are quick, and meet most of it. */
const shortTests = [
  'test/capabilities.test.ts',
  'test/accounts',
  'test/auth',
  'test/db/content',
  'test/db/jobs',
  'test/events/retention.test.ts',
  'test/failures',
  'test/jobs',
  'test/registry/lookups.test.ts',
  'test/registry/repository-deletion.test.ts',
  'test/registry/upload-sweep.test.ts',
  'test/routes/browsers.test.ts',
  'test/routes/home.test.ts',
  'test/routes/hot-query-plans.test.ts',
  'test/routes/shared',
  'test/routes/texts.test.ts',
  'test/routes/token.test.ts',
  'test/routes/api/cluster.test.ts',
  'test/routes/api/crons.test.ts',
  'test/routes/api/events.test.ts',
  'test/routes/api/jobs.test.ts',
  'test/routes/api/repositories.test.ts',
  'test/routes/v2/blobs.test.ts',
  'test/routes/v2/confirmation.test.ts',
  'test/routes/v2/manifests.test.ts',
  'test/settings',
]

/** The tests that read the whole tree: the documentation of all capabilities, and the planted bugs in them. */
const testsOfTheTree = new Set(['test/docs', 'test/mutations.test.ts', 'test/e2e'])

/** Outside the folders of capabilities the soak alone uses some: it collects garbage, and looks for damage with fsck. */
const soak = { folder: 'scripts/soak/', needs: ['fsck', 'gc'] }

const { values } = parseArgs({
  options: { only: { type: 'string' }, tests: { type: 'string' }, whole: { type: 'boolean', default: false } },
})
const all = Array.from(
  readFileSync(join(root, list), 'utf8').matchAll(/'\.\/(.+)\/index\.ts'/g),
  ([, name = '']) => name,
)
const chosen = namesOf(values.only) ?? all
const tested = new Set(namesOf(values.tests) ?? ofToday(chosen))

const failed = chosen.filter((name) => !isFineWithout(name))
if (failed.length > 0) console.error(`the registry does not work without: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0

function namesOf(text: string | undefined): readonly string[] | undefined {
  const names = text?.split(',').filter((name) => name !== '')
  const unknown = names?.filter((name) => !all.includes(name)) ?? []
  if (unknown.length > 0) throw new Error(`there is no capability ${unknown.join(', ')}: ${list} has ${all.join(', ')}`)
  return names
}

/** Returns the name whose turn it is today; each has its turn again after some days. */
function ofToday(names: readonly string[]): readonly string[] {
  const day = Math.floor(Date.now() / 86_400_000)
  return names.filter((_, at) => at === day % names.length)
}

function isFineWithout(name: string): boolean {
  const copy = copyWithout(name)
  try {
    const steps = [
      ['tsc', '-p', 'tsconfig.json'],
      ['tsc', '-p', 'scripts/tsconfig.json'],
      ['oxlint', '--type-aware', '--deny-warnings', 'src', 'test'],
      ...(tested.has(name) ? [['vitest', 'run', ...testsOfCore()]] : []),
    ]
    return steps.every(([command = '', ...options]) => isPassed(name, copy, command, options))
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function testsOfCore(): readonly string[] {
  if (!values.whole) return shortTests
  return readdirSync(join(root, 'test'))
    .filter((entry) => !all.includes(entry) && !['support', 'env.d.ts', 'setup.ts', 'README.md'].includes(entry))
    .map((entry) => `test/${entry}`)
    .filter((path) => !testsOfTheTree.has(path))
}

function isPassed(name: string, copy: string, command: string, options: readonly string[]): boolean {
  const begun = Date.now()
  const { status } = spawnSync(join(root, 'node_modules/.bin', command), options, { cwd: copy, stdio: 'inherit' })
  const seconds = Math.round((Date.now() - begun) / 1000)
  console.log(`without ${name}: ${command} ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
  return status === 0
}

/** Copies the repository without a capability. @returns the folder of the copy */
function copyWithout(name: string): string {
  const copy = mkdtempSync(join(tmpdir(), `breakwater-without-${name}-`))
  const gone = [`src/${name}/`, `test/${name}/`, ...(soak.needs.includes(name) ? [soak.folder] : [])]
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  for (const path of files.toString().split('\n')) {
    const isGone = path === '' || gone.some((folder) => path.startsWith(folder))
    if (!isGone && existsSync(join(root, path))) cpSync(join(root, path), join(copy, path))
  }
  // What is built, and not in git.
  const assets = 'public'
  if (existsSync(join(root, assets))) cpSync(join(root, assets), join(copy, assets), { recursive: true })
  for (const path of ['node_modules', 'scripts/api-types/node_modules']) symlinkSync(join(root, path), join(copy, path))
  removeLines(join(copy, list), `'./${name}/index.ts'`)
  return copy
}

function removeLines(path: string, text: string): void {
  const lines = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, lines.filter((line) => !line.includes(text)).join('\n'))
}
