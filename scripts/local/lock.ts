/**
 * One process for one state folder: two would not see each other's locks and fail each other's writes. The lock is
 * SQLite's on a file, which the system takes back from a process that ends in any way.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Recognizes SQLITE_BUSY of SQLite. */
const isTaken = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === 5

/**
 * Locks a state folder for this process. Returns what unlocks it.
 *
 * @throws Error when another process serves the folder
 */
export function lockState(folder: string): () => void {
  const file = new DatabaseSync(join(folder, 'lock'))
  try {
    // In memory: to take the lock writes nothing, on a full disk neither.
    file.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return () => file.close()
  } catch (error) {
    file.close()
    if (!isTaken(error)) throw error
    throw new Error(`another registry is running on ${folder}: stop it, or choose another --state`, { cause: error })
  }
}
