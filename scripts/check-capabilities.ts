/**
 * Proves that the registry works without each of its capabilities. Takes one after the other out of a copy of the tree:
 * its folder, its line in `src/capabilities.ts`, and the tests and the soak that import it. Checks types and lint of what is
 * left, and for some of them runs tests of the core there.
 *
 *   npm run capabilities:check                      all, with tests for two: other ones each day
 *   npm run capabilities:check -- --tests gc,fsck   with tests for these
 *   npm run capabilities:check -- --only metrics    this one alone
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..')
const list = 'src/capabilities.ts'

/** Tests of the core that are quick, and meet most of it. */
const shortTests = [
  'test/floors.test.ts',
  'test/failures',
  'test/accounts',
  'test/events/retention.test.ts',
  'test/registry/lookups.test.ts',
  'test/registry/upload-sweep.test.ts',
  'test/routes/home.test.ts',
  'test/routes/token.test.ts',
  'test/routes/api/repositories.test.ts',
  'test/routes/v2/blobs.test.ts',
  'test/routes/v2/manifests.test.ts',
]

const { values } = parseArgs({ options: { only: { type: 'string' }, tests: { type: 'string' } } })
const all = Array.from(
  readFileSync(join(root, list), 'utf8').matchAll(/'\.\/(.+)\/index\.ts'/g),
  ([, name = '']) => name,
)
const chosen = namesOf(values.only) ?? all
const tested = new Set(namesOf(values.tests) ?? ofToday(chosen, 2))

const failed = chosen.filter((name) => !isFineWithout(name))
if (failed.length > 0) console.error(`the registry does not work without: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0

function namesOf(text: string | undefined): readonly string[] | undefined {
  const names = text?.split(',').filter((name) => name !== '')
  const unknown = names?.filter((name) => !all.includes(name)) ?? []
  if (unknown.length > 0) throw new Error(`there is no capability ${unknown.join(', ')}: ${list} has ${all.join(', ')}`)
  return names
}

/** Each comes up again after some days. */
function ofToday(names: readonly string[], count: number): readonly string[] {
  const first = Math.floor(Date.now() / 86_400_000) * count
  return names.filter((_, at) => (at - (first % names.length) + names.length) % names.length < count)
}

function isFineWithout(name: string): boolean {
  const copy = copyWithout(name)
  try {
    const steps = [
      ['tsc', '-p', 'tsconfig.json'],
      ['tsc', '-p', 'scripts/tsconfig.json'],
      ['oxlint', '--type-aware', '--deny-warnings', 'src', 'test'],
      ...(tested.has(name) ? [['vitest', 'run', ...shortTests.filter((path) => existsSync(join(copy, path)))]] : []),
    ]
    return steps.every(([command = '', ...options]) => isPassed(name, copy, command, options))
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function isPassed(name: string, copy: string, command: string, options: readonly string[]): boolean {
  const begun = Date.now()
  const { status } = spawnSync(join(root, 'node_modules/.bin', command), options, { cwd: copy, stdio: 'inherit' })
  const seconds = Math.round((Date.now() - begun) / 1000)
  console.log(`without ${name}: ${command} ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
  return status === 0
}

/** @returns the folder of the copy */
function copyWithout(name: string): string {
  const copy = mkdtempSync(join(tmpdir(), `breakwater-without-${name}-`))
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  for (const path of files.toString().split('\n')) {
    const isGone = path === '' || path.startsWith(`src/${name}/`) || path.startsWith(`test/${name}/`)
    if (!isGone && existsSync(join(root, path))) cpSync(join(root, path), join(copy, path))
  }
  // What is built, and not in git.
  const assets = 'src/routes/apidocs/assets'
  if (existsSync(join(root, assets))) cpSync(join(root, assets), join(copy, assets), { recursive: true })
  for (const path of ['node_modules', 'scripts/api-types/node_modules']) symlinkSync(join(root, path), join(copy, path))
  removeLines(join(copy, list), `'./${name}/index.ts'`)
  removeUsers(copy)
  return copy
}

function removeLines(path: string, text: string): void {
  const lines = readFileSync(path, 'utf8').split('\n')
  writeFileSync(path, lines.filter((line) => !line.includes(text)).join('\n'))
}

/** Removes what tests a capability and imports it, until nothing is left that does. */
function removeUsers(copy: string): void {
  const tests = ['test', 'scripts/soak'].flatMap((folder) =>
    readdirSync(join(copy, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(copy, folder, path)),
  )
  const broken = tests.filter((path) => existsSync(path) && importsWhatIsGone(path))
  for (const path of broken) {
    console.log(`goes too: ${relative(copy, path)}`)
    rmSync(path)
  }
  if (broken.length > 0) removeUsers(copy)
}

function importsWhatIsGone(path: string): boolean {
  const imports = Array.from(readFileSync(path, 'utf8').matchAll(/from '(\.[^']+\.ts)'/g))
  return imports.some(([, target = '']) => !existsSync(resolve(dirname(path), target)))
}
