/** `npm ci` runs the scripts of packages only where package.json allows it, so each package that has one is decided on. */
import { expect, it } from 'vitest'
import * as z from 'zod'

const files = import.meta.glob<string>('../{package,package-lock}.json', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const { allowScripts } = z
  .object({ allowScripts: z.record(z.string(), z.boolean()) })
  .parse(JSON.parse(files['../package.json'] ?? ''))
const { packages } = z
  .object({ packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().default(false) })) })
  .parse(JSON.parse(files['../package-lock.json'] ?? ''))

/** What is missing when the script of an allowed package does not run. */
const reasons: Readonly<Record<string, string>> = {
  esbuild: 'its program, where npm left out the package of the platform',
  lefthook: 'the hook of git that formats and lints before a commit',
  node: 'the pinned Node, which npm scripts run in',
  workerd: 'its program, where npm left out the package of the platform',
}

const nameAt = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
const withScript = new Set(
  Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => nameAt(path)),
)

it('package.json allows or refuses the script of each package that has one, and speaks of no other package', () => {
  expect(Object.keys(allowScripts).toSorted()).toEqual([...withScript].toSorted())
})

it('what may run a script is what the installation would lack something without', () => {
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name])
  expect(allowed.toSorted()).toEqual(Object.keys(reasons).toSorted())
})
