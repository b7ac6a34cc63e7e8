/** A copy of the working tree to plant bugs in, and the tests that run there. */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import * as z from 'zod'
import { mutated, type Mutation } from './mutation.ts'

const root = join(import.meta.dirname, '../..')

const notCopied = new Set(['.git', 'node_modules', 'dist', '.wrangler', '.breakwater'])

/** These read the sources themselves: they would notice an edit whatever it does. */
const aboutSources = ['test/mutations.test.ts', 'test/db/migration-files.test.ts']

/** A run that takes longer hangs, which also is a way to notice a bug. */
const longestRunMilliseconds = 15 * 60_000

export interface Tree {
  readonly folder: string
}

/** Copies the working tree as it is, uncommitted changes included. */
export async function copyTree(): Promise<Tree> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-mutations-'))
  await cp(root, folder, {
    recursive: true,
    filter: (path) => !notCopied.has(relative(root, path).split(sep)[0] ?? ''),
  })
  await Promise.all(aboutSources.map((path) => rm(join(folder, path), { force: true })))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return { folder }
}

export const removeTree = ({ folder }: Tree): Promise<void> => rm(folder, { recursive: true, force: true })

/** Plants a bug, runs what is given, and takes the bug out again. */
export async function withMutation<Result>(
  { folder }: Tree,
  mutation: Mutation,
  run: () => Promise<Result>,
): Promise<Result> {
  const path = join(folder, mutation.file)
  const source = await readFile(path, 'utf8')
  await writeFile(path, mutated(source, mutation))
  try {
    return await run()
  } finally {
    await writeFile(path, source)
  }
}

export type Outcome =
  | { readonly kind: 'passed' }
  /** With the name of the first test that failed. */
  | { readonly kind: 'failed'; readonly caughtBy: string }
  /** No test ran: the edit is none that compiles. */
  | { readonly kind: 'broken'; readonly output: string }

/** Runs test files, all of them without a name, up to the first test that fails. */
export async function runTests({ folder }: Tree, files: readonly string[]): Promise<Outcome> {
  const path = join(folder, 'report.json')
  await rm(path, { force: true })
  const args = ['run', '--bail', '1', '--reporter', 'json', '--outputFile', path, ...files]
  const { exitCode, output } = await runVitest(folder, args)
  if (exitCode === 0) return { kind: 'passed' }
  if (exitCode === undefined) return { kind: 'failed', caughtBy: 'a run that never ended' }
  const caughtBy = await firstFailure(path)
  return caughtBy === undefined ? { kind: 'broken', output } : { kind: 'failed', caughtBy }
}

/** @returns no exit code for a run that was ended for taking too long */
function runVitest(folder: string, args: readonly string[]): Promise<{ exitCode: number | undefined; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(folder, 'node_modules/.bin/vitest'), args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that the runtime ends with it.
      detached: true,
    })
    let output = ''
    let isLate = false
    const clock = setTimeout(() => {
      isLate = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, longestRunMilliseconds)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(clock)
      resolve({ exitCode: isLate ? undefined : (code ?? 1), output })
    })
  })
}

const report = z.object({
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })) })),
})

async function firstFailure(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const results = report.parse(JSON.parse(text)).testResults.flatMap(({ assertionResults }) => assertionResults)
  return results.find(({ status }) => status === 'failed')?.fullName
}
