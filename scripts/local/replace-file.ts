/** Replaces files that must never be half written. */
import { randomUUID } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'

/** Readable by its owner alone. */
export const secretMode = 0o600

/** Replaces a file by a rename, so that a crash or a full disk leaves the old one whole. */
export function replaceFile(path: string, text: string, mode = 0o644): void {
  const unfinished = `${path}.${randomUUID()}`
  try {
    writeFileSync(unfinished, text, { mode, flag: 'wx' })
    renameSync(unfinished, path)
  } finally {
    rmSync(unfinished, { force: true })
  }
}
