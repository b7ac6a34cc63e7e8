/**
 * Makes a release: `npm run release -- 0.2.0`. It moves what CHANGELOG.md has as "Unreleased" to the version, sets the
 * version of package.json and package-lock.json, commits and tags. Nothing is pushed. With `--dry-run` it checks all of
 * it, prints the notes, and changes nothing.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import packageJson from '../../package.json' with { type: 'json' }
import { root } from '../local/build.ts'
import { checkFollows, notesOf, releaseChangelog } from './prepare.ts'

const usage = 'usage: npm run release -- VERSION [--dry-run]'
const changelogPath = join(root, 'CHANGELOG.md')

try {
  main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function main(args: readonly string[]): void {
  const { version, dryRun } = readOptions(args)
  const tag = `v${version}`
  checkFollows(packageJson.version, version)
  requireCleanTree()
  requireNewTag(tag)
  const changelog = readFileSync(changelogPath, 'utf8')
  const released = releaseChangelog(changelog, version, new Date())
  console.log(`Breakwater ${version}, after ${packageJson.version}:\n\n${notesOf(changelog)}\n`)
  if (dryRun) return console.log(`This was a dry run. "npm run release -- ${version}" commits and tags ${tag}.`)
  writeFileSync(changelogPath, released)
  run('npm', ['version', version, '--no-git-tag-version', '--ignore-scripts'])
  const message = `Breakwater ${version}`
  run('git', ['commit', '--quiet', '--all', '--message', message])
  run('git', ['tag', '--annotate', tag, '--message', message])
  console.log(`${tag} is committed and tagged. Push it: git push --follow-tags`)
}

function readOptions(args: readonly string[]): { readonly version: string; readonly dryRun: boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { 'dry-run': { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const [version, ...others] = positionals
  if (version === undefined || others.length > 0) throw new Error(usage)
  return { version, dryRun: values['dry-run'] }
}

function requireCleanTree(): void {
  const changes = run('git', ['status', '--porcelain'])
  if (changes !== '') throw new Error(`the tree has changes: commit or remove them, then release\n${changes}`)
}

/** Requires that a tag is new: an existing one would end the release after its commit. */
function requireNewTag(tag: string): void {
  if (run('git', ['tag', '--list', tag]) === '') return
  throw new Error(`the tag ${tag} exists already: fetch main and release the version after it`)
}

/** Returns what the command printed. */
function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
