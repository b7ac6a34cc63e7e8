/** Writes the migrations as text into the Worker, which applies them to a backup of an earlier release. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './local/build.ts'
import { readMigrations } from './local/migrate.ts'

export const bundledPath = join(root, 'src/backup/load/migrations.ts')

/** Returns the module of the Worker. */
export const bundledMigrations =
  (): string => `/** The migrations of this release. "npm run migrations" writes this file: change nothing here. */
export const migrations: readonly { readonly name: string; readonly statements: readonly string[] }[] = ${JSON.stringify(
    readMigrations(),
    undefined,
    2,
  )}
`

export const writeBundledMigrations = (): void => writeFileSync(bundledPath, bundledMigrations())
