/** The room on the disk of the state folder, which the Worker cannot see. */
import { statfs } from 'node:fs/promises'

const mebibyte = 1024 * 1024

/**
 * The space that the runtime needs before it can answer. A registry that refuses pushes on a full disk starts all the
 * same.
 */
const leastMebibytes = 16

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Requires space to start in. @throws Error that says what to do when there is too little */
export async function requireSpace(folder: string): Promise<void> {
  const free = Math.floor((await freeBytes(folder)) / mebibyte)
  if (free >= leastMebibytes) return
  throw new Error(
    `the disk of ${folder} is full: ${free} MiB are free, and the registry needs ${leastMebibytes} MiB to start. Make room there, or move the folder to a larger disk and name it with --state`,
  )
}
