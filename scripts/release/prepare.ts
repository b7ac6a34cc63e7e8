/** Decides what a release changes: pure functions, apart from git and npm. */

/** The line of the changelog below which the changes since the last release stand. */
const unreleased = '\n## Unreleased\n'

/**
 * Checks that a version follows the current one by semantic versioning: the next patch, minor or major version.
 *
 * @throws Error that names the versions that may follow
 */
export function checkFollows(current: string, next: string): void {
  const followers = followersOf(current)
  if (followers.includes(next)) return
  throw new Error(`"${next}" does not follow ${current}: choose ${followers.join(', ')}`)
}

function followersOf(current: string): readonly string[] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)$/.exec(current) ?? []
  if (major === undefined) throw new Error(`package.json has the version "${current}": write it as MAJOR.MINOR.PATCH`)
  return [`${major}.${minor}.${Number(patch) + 1}`, `${major}.${Number(minor) + 1}.0`, `${Number(major) + 1}.0.0`]
}

/**
 * Moves what stands below "Unreleased" to the version, and leaves "Unreleased" empty for what comes next.
 *
 * @throws Error when there is nothing to release
 */
export function releaseChangelog(changelog: string, version: string, now: Date): string {
  if (notesOf(changelog) === '') {
    throw new Error(
      'CHANGELOG.md says nothing below "## Unreleased": write what users and operators notice, then release',
    )
  }
  const date = now.toISOString().slice(0, 'YYYY-MM-DD'.length)
  return changelog.replace(unreleased, `${unreleased}\n## ${version} (${date})\n`)
}

/** Returns what stands below "Unreleased", up to the release before it. */
export function notesOf(changelog: string): string {
  const [, below = ''] = changelog.split(unreleased)
  const [notes = ''] = below.split(/^## /m)
  return notes.trim()
}
