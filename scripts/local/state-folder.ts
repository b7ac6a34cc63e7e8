/** The folder in which a registry on this machine keeps everything. */
import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { root } from './build.ts'

export const defaultState = join(root, '.breakwater')

/** Makes the folder if it is missing. @throws Error that says what to do when nothing can be written there */
export async function prepareStateFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder)
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Error(
      `cannot write to the state folder ${folder} (${reasonOf(error)}): choose another one with --state, or change its rights`,
      { cause: error },
    )
  }
}

/** Makes the folder and those above it. Node's own way never ends where no folder can be made, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await makeOne(folder)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    await makeOne(folder)
  }
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'its file system is read-only',
  EEXIST: 'it is a file',
  ENOENT: 'no folder can be made there',
  ENOTDIR: 'a part of its path is a file',
  ENOSPC: 'the disk is full',
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  return reasons[code] ?? (code === '' ? String(error) : code)
}
