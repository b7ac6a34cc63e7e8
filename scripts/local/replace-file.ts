/** Replaces files that must never be half written. */
import { randomUUID } from 'node:crypto'
import { existsSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'

/** Readable by its owner alone. */
export const secretMode = 0o600

/**
 * Replaces a file by a rename, so that a crash or a full disk leaves the old one whole. A link stays a link.
 *
 * @param mode who may read it; by default as the old one, or all
 */
export function replaceFile(path: string, text: string, mode?: number): void {
  const target = existsSync(path) ? realpathSync(path) : path
  const old = statSync(target, { throwIfNoEntry: false })
  const unfinished = `${target}.${randomUUID()}`
  try {
    writeFileSync(unfinished, text, { mode: mode ?? (old === undefined ? 0o644 : old.mode & 0o777), flag: 'wx' })
    renameSync(unfinished, target)
  } finally {
    rmSync(unfinished, { force: true })
  }
}
