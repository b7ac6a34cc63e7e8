/** Every file of a run lies in one folder of its own, which goes when the run ends. */
import { mkdtempSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd } from './ending.ts'

/** Short, because it holds sockets, whose paths may have no more than about a hundred characters. */
export const workspace = mkdtempSync(join(tmpdir(), 'bw-'))
atEnd(() => rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))

export function newFolder(name: string): Promise<string> {
  return mkdtemp(join(workspace, `${name}-`))
}

/** The files below a folder and their bytes, as a whole; one that vanishes meanwhile does not count. */
export async function usageOf(folder: string): Promise<{ files: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  )
  const present = sizes.filter((size) => size !== undefined)
  return { files: present.length, bytes: present.reduce((sum, size) => sum + size, 0) }
}
