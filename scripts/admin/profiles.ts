/**
 * Remembers the registries that a person logged in to, with an access token for each, in the folder where the system keeps
 * configuration. Only the owner may read the file.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import * as z from 'zod'
import { replaceFile, secretMode } from '../local/replace-file.ts'

const profile = z.object({
  user: z.string(),
  token: z.string(),
  /** The API's name of the token. */
  tokenHash: z.string(),
  /** That of the token with which Docker is logged in, if `login --docker` made one. */
  dockerTokenHash: z.string().optional(),
})
export type Profile = z.infer<typeof profile>

const file = z.object({
  /** The origin of the registry that commands use when none is named. */
  current: z.string().optional(),
  /** The profiles by the origin of the registry. */
  profiles: z.record(z.string(), profile),
})
export type Profiles = z.infer<typeof file>

/** Reads the profiles; none when there is no file. @throws Error when the file is damaged */
export function readProfiles(): Profiles {
  const path = profilesPath()
  const text = textOf(path)
  if (text === undefined) return { profiles: {} }
  try {
    return file.parse(JSON.parse(text))
  } catch (error) {
    throw new Error(`${path} is damaged: delete it and log in again`, { cause: error })
  }
}

export function writeProfiles(profiles: Profiles): void {
  mkdirSync(configFolder(), { recursive: true, mode: 0o700 })
  replaceFile(profilesPath(), `${JSON.stringify(profiles, undefined, 2)}\n`, secretMode)
}

export function withoutProfile({ current, profiles }: Profiles, origin: string): Profiles {
  const others = Object.fromEntries(Object.entries(profiles).filter(([name]) => name !== origin))
  return current === undefined || current === origin ? { profiles: others } : { current, profiles: others }
}

const profilesPath = (): string => join(configFolder(), 'profiles.json')

function configFolder(): string {
  const { APPDATA, XDG_CONFIG_HOME } = process.env
  const windows = process.platform === 'win32' ? APPDATA : undefined
  // The XDG specification has empty and relative paths ignored.
  const xdg = XDG_CONFIG_HOME !== undefined && isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : undefined
  return join(windows ?? xdg ?? join(homedir(), '.config'), 'breakwater')
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
