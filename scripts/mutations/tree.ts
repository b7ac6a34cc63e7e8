/** A copy of the working tree to plant bugs in. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { mutated, type Mutation } from './mutation.ts'

const root = join(import.meta.dirname, '../..')

const notCopied = new Set(['.git', 'node_modules', 'dist', '.wrangler', '.breakwater'])

/** These read the sources themselves: they would notice an edit whatever it does. */
const aboutSources = ['test/mutations.test.ts', 'test/db/migration-files.test.ts']

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

/** Plants a bug, runs what is given, and takes the bug out again. @param changed is told of each change of the file */
export async function withMutation<Result>(
  { folder }: Tree,
  mutation: Mutation,
  changed: (path: string) => Promise<void>,
  run: () => Promise<Result>,
): Promise<Result> {
  const path = join(folder, mutation.file)
  const source = await readFile(path, 'utf8')
  const write = async (text: string): Promise<void> => {
    await writeFile(path, text)
    await changed(path)
  }
  await write(mutated(source, mutation))
  try {
    return await run()
  } finally {
    await write(source)
  }
}
