/**
 * Writes the migration that a change of a `schema.ts` needs: `npm run migrations -- --name what_changes`.
 *
 * drizzle-kit writes a column a line. D1's server splits a file by its lines, so each statement is put on one physical
 * line afterwards, with the comments above it on lines of their own. Then the Worker gets all of them, for backups of earlier
 * releases.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeBundledMigrations } from './bundled-migrations.ts'
import { root } from './local/build.ts'

const folder = join(root, 'migrations')
const breakpoint = '--> statement-breakpoint'

function flatten(piece: string): string {
  const lines = piece
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const comments = lines.filter((line) => line.startsWith('--'))
  return [...comments, lines.filter((line) => !line.startsWith('--')).join(' ')].join('\n')
}

const drizzle = join(root, 'node_modules/drizzle-kit/bin.cjs')
execFileSync(process.execPath, [drizzle, 'generate', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
for (const name of readdirSync(folder).filter((file) => file.endsWith('.sql'))) {
  const path = join(folder, name)
  const pieces = readFileSync(path, 'utf8').split(breakpoint)
  writeFileSync(path, `${pieces.map(flatten).join(`\n${breakpoint}\n`)}\n`)
}
writeBundledMigrations()
