/** The command `breakwater` is one file for every Node that package.json promises, so all that it bundles runs there. */
import { expect, it } from 'vitest'
import * as z from 'zod'

const sources = import.meta.glob<string>(['../scripts/{admin,client}/**/*.ts', '!../scripts/admin/recovery/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
})
const files = import.meta.glob<string>('../{package,package-lock}.json', {
  query: '?raw',
  import: 'default',
  eager: true,
})

const { engines } = z
  .object({ engines: z.object({ node: z.string() }) })
  .parse(JSON.parse(files['../package.json'] ?? ''))
const { packages } = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        engines: z.object({ node: z.string() }).partial().optional(),
        dependencies: z.record(z.string(), z.string()).default({}),
      }),
    ),
  })
  .parse(JSON.parse(files['../package-lock.json'] ?? ''))

const versionOf = (text: string): readonly number[] => {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number)
  return [major, minor, patch]
}
const isAtMost = (one: string, other: string): boolean => {
  const [low, high] = [versionOf(one), versionOf(other)]
  const at = low.findIndex((part, index) => part !== high[index])
  return at === -1 || (low[at] ?? 0) < (high[at] ?? 0)
}

/** Whether a range like `>=12`, `^20.17.0` or `10.* || >=12.*` allows a version. */
const allows = (range: string, version: string): boolean =>
  range.split('||').some((part) => {
    const [, operator, least = '0'] = /^\s*(>=|\^|)\s*([\d.]+)/.exec(part) ?? []
    if (operator === '>=') return isAtMost(least, version)
    return versionOf(least)[0] === versionOf(version)[0] && isAtMost(least, version)
  })

const oldest = engines.node.replace('>=', '')

/** Finds a package as Node does: beside the one that wants it, or above. */
function pathOf(name: string, from: string): string {
  const beside = `${from}${from === '' ? '' : '/'}node_modules/${name}`
  if (beside in packages || from === '') return beside
  return pathOf(name, from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0)))
}

function bundled(): Set<string> {
  const imported = Object.values(sources).flatMap((source) =>
    Array.from(source.matchAll(/ from '((?:@[^/']+\/)?[a-z][^/':]*)'/g), ([, name = '']) => pathOf(name, '')),
  )
  const found = new Set<string>()
  const open = [...imported]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue
    found.add(path)
    for (const name of Object.keys(packages[path]?.dependencies ?? {})) open.push(pathOf(name, path))
  }
  return found
}

it('every package that the command bundles runs in the oldest Node that package.json promises', () => {
  const paths = [...bundled()]
  expect(paths).toEqual(expect.arrayContaining(['node_modules/commander', 'node_modules/@inquirer/core']))
  const refusing = paths.filter((path) => !allows(packages[path]?.engines?.node ?? '>=0', oldest))
  expect(refusing).toEqual([])
})

it.each([
  ['>=20', '20.17', true],
  ['>= 12', '20.17', true],
  ['10.* || >=12.*', '20.17', true],
  ['>=23.5.0 || ^22.13.0 || ^20.17.0', '20.17', true],
  ['^20.19.0 || >=22.12.0', '20.17', false],
  ['^22.22.2 || ^24.15.0 || >=26.0.0', '20.17', false],
  ['>=22.12.0', '20.17', false],
])('the range %s and Node %s: %s', (range, version, expected) => {
  expect(allows(range, version)).toBe(expected)
})
