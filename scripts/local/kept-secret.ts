/** The secret of a registry of this machine, which it reads when it starts: `secret` and `secret.previous` of its state folder. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { SecretPlace } from '../admin/secret/rotation.ts'
import { replaceFile, secretMode } from './replace-file.ts'

const fileOf = (state: string): string => join(state, 'secret')
const previousFileOf = (state: string): string => join(state, 'secret.previous')

/** Reads the secret before a rotation; undefined when none is under way. */
export const previousSecret = (state: string): string | undefined =>
  existsSync(previousFileOf(state)) ? readFileSync(previousFileOf(state), 'utf8').trim() : undefined

/** Makes a secret. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** Returns the secret in a state folder. @throws Error when the registry takes it from somewhere else */
export function secretInState(state: string): SecretPlace {
  const [file, previousFile] = [fileOf(state), previousFileOf(state)]
  if (!existsSync(file)) {
    throw new Error(
      `${file} does not exist: name the --state of the registry, or change REGISTRY_SECRET where it is set`,
    )
  }
  const current = (): string => readFileSync(file, 'utf8').trim()
  return {
    // Both are the same after a crash between the two files, and then the rotation has not begun.
    isRotating: () => Promise.resolve((previousSecret(state) ?? current()) !== current()),
    async begin() {
      replaceFile(previousFile, current(), secretMode)
      replaceFile(file, newSecret(), secretMode)
    },
    begunAt: () => Promise.resolve(statSync(file).mtimeMs),
    finish: () => Promise.resolve(rmSync(previousFile, { force: true })),
    restart: 'Stop the registry and start it again: it reads its secrets when it starts.',
    settledMilliseconds: 0,
  }
}
