/**
 * Fails when the schema was changed without a migration: generates one into a copy, which must come out empty. Fails when the
 * Worker has other migrations than the folder.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { bundledMigrations, bundledPath } from './bundled-migrations.ts'
import { root } from './local/build.ts'

if (readFileSync(bundledPath, 'utf8') !== bundledMigrations()) {
  throw new Error('the Worker has other migrations than the folder: run "npm run migrations"')
}
const copy = mkdtempSync(join(tmpdir(), 'breakwater-migrations-'))
try {
  cpSync(join(root, 'migrations'), copy, { recursive: true })
  const before = readdirSync(copy).length
  const drizzle = join(root, 'node_modules/drizzle-kit/bin.cjs')
  const out = relative(root, copy)
  execFileSync(
    process.execPath,
    [drizzle, 'generate', '--dialect=sqlite', '--schema=./src/**/schema.ts', `--out=${out}`],
    {
      cwd: root,
      stdio: 'inherit',
    },
  )
  if (readdirSync(copy).length !== before) {
    throw new Error('the schema has changes that no migration makes: run "npm run migrations -- --name what_changes"')
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
