/**
 * The groups of commands that capabilities have. This looks into their folders; a bundle has none, so `breakwater.mjs` puts
 * imports of the same files in the place of this one.
 */
import { pathToFileURL } from 'node:url'
import { commandFiles } from './capability-commands.mjs'
import type { Declaration } from './command.ts'
import type { SignOn } from './sign-on.ts'
import type { StatusPart } from './status.ts'

/** The exports of each of the files. */
interface CommandModule {
  readonly commands: readonly Declaration[]
  /** What the capability adds to `breakwater status`. */
  readonly status?: StatusPart
  /** How `breakwater login --sso` logs in; one capability has it at most. */
  readonly signOn?: SignOn
}

const modules = await Promise.all(
  commandFiles().map((path): Promise<CommandModule> => import(pathToFileURL(path).href)),
)

export const capabilityGroups: readonly Declaration[] = modules.flatMap(({ commands }) => commands)

export const capabilityStatus: readonly StatusPart[] = modules.flatMap(({ status }) => status ?? [])

export const capabilitySignOns: readonly SignOn[] = modules.flatMap(({ signOn }) => signOn ?? [])
