/** What `npm run release` decides. */
import { expect, it } from 'vitest'
import { checkFollows, notesOf, releaseChangelog } from '../scripts/release/prepare.ts'

const { '../CHANGELOG.md': changelog = '' } = import.meta.glob<string>('../CHANGELOG.md', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const day = new Date('2026-03-04T23:59:59Z')

it('a release is the next patch, minor or major version', () => {
  for (const next of ['1.9.10', '1.10.0', '2.0.0']) expect(() => checkFollows('1.9.9', next)).not.toThrow()
})

it.each([
  '1.9.9',
  '1.9.8',
  '0.10.0',
  '1.9.11',
  '1.10.1',
  '2.1.0',
  '3.0.0',
  'v2.0.0',
  '2.0',
  '02.0.0',
  '2.0.0-rc.1',
  '',
])('version "%s" does not follow 1.9.9, and the refusal says what does', (next) => {
  expect(() => checkFollows('1.9.9', next)).toThrow(`"${next}" does not follow 1.9.9: choose 1.9.10, 1.10.0, 2.0.0`)
})

it('what was unreleased stands below the version and its day in UTC, and earlier releases stay', () => {
  const before =
    '# Changelog\n\n## Unreleased\n\n- One.\n\n### Security\n\n- $& Two.\n\n## 0.1.0 (2026-01-01)\n\n- Zero.\n'
  expect(notesOf(before)).toBe('- One.\n\n### Security\n\n- $& Two.')
  expect(releaseChangelog(before, '0.2.0', day)).toBe(
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-03-04)\n\n- One.\n\n### Security\n\n- $& Two.\n\n## 0.1.0 (2026-01-01)\n\n- Zero.\n',
  )
})

it.each([
  ['an empty "Unreleased"', '# Changelog\n\n## Unreleased\n\n## 0.1.0 (2026-01-01)\n\n- Zero.\n'],
  ['an empty "Unreleased" at the end', '# Changelog\n\n## Unreleased\n'],
  ['no "Unreleased"', '# Changelog\n\n## 0.1.0 (2026-01-01)\n\n- Zero.\n'],
  ['"Unreleased" only as a heading below another', '# Changelog\n\n### Unreleased\n\n- One.\n'],
])('a changelog with %s is not released', (_, text) => {
  expect(() => releaseChangelog(text, '0.2.0', day)).toThrow('says nothing below "## Unreleased"')
})

it('the changelog of this tree has the form that a release reads, and cannot be released twice', () => {
  expect(changelog.startsWith('# Changelog\n')).toBe(true)
  const released = notesOf(changelog) === '' ? changelog : releaseChangelog(changelog, '0.2.0', day)
  expect(released).toContain('\n## Unreleased\n\n## ')
  expect(() => releaseChangelog(released, '0.2.1', day)).toThrow('says nothing')
})
