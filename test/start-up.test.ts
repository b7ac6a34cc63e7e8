/**
 * What an isolate loads before its first request is little: what it needs for `docker pull` and for the cron trigger.
 * All else is imported with `import()`, so that no pull waits until the schemas of the administrative API are made.
 */
import { expect, it } from 'vitest'

const sources = import.meta.glob<string>('../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

/** What a module imports at once: not `import type`, which is gone at run time, and not `import()`. */
const importsOf = (path: string): string[] =>
  Array.from(
    (sources[path] ?? '').matchAll(/^(?:im|ex)port (?!type )(?:[^;'(]* from )?'([^']+)'/gm),
    ([, name = '']) => name,
  )

const pathOf = (importer: string, name: string): string => `..${new URL(name, `file:///${importer.slice(3)}`).pathname}`

/** The modules of this repository that a module loads with itself, and the names that it imports from packages. */
function loadedWith(entry: string): { readonly files: ReadonlySet<string>; readonly packages: ReadonlySet<string> } {
  const files = new Set([entry])
  const packages = new Set<string>()
  // A set is walked to what is added meanwhile.
  for (const importer of files) {
    for (const name of importsOf(importer)) {
      if (name.startsWith('.')) files.add(pathOf(importer, name))
      else packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name)
    }
  }
  return { files, packages }
}

const atStart = loadedWith('../src/worker.ts')
const core = loadedWith('../src/core-app.ts')
const whole = loadedWith('../src/app.ts')

it('the Worker starts with the routes of the distribution API, and without those of all others', () => {
  const routes = [...atStart.files].filter((path) => /\/routes\/|routes\.ts$/.test(path))
  expect(routes).toContain('../src/routes/v2/manifests.ts')
  expect(routes.filter((path) => /\/(?:api|enzi)\/|\/(?:v1|apidocs|routes)\.ts$/.test(path))).toEqual([])
  for (const later of ['../src/app.ts', '../src/core-app.ts']) expect(atStart.files).not.toContain(later)
})

it('the Worker starts with these packages alone: import others where they are used, with import()', () => {
  const small = ['@phi-ag/argon2', '@scure/base', 'cloudflare:workers', 'croner', 'drizzle-orm', 'hono', 'jose', 'zod']
  expect([...atStart.packages].toSorted()).toEqual(small)
})

it('the whole app has what the Worker starts without', () => {
  expect([...whole.packages]).toContain('@hono/zod-openapi')
  expect(whole.files).toContain('../src/routes/api/repositories.ts')
})

it('the app of the core has no routes of capabilities', () => {
  expect(core.files).toContain('../src/routes/api/repositories.ts')
  expect([...core.files].filter((path) => path.endsWith('routes.ts') && !path.startsWith('../src/routes/'))).toEqual([])
})

it('routes describe only schemas that were made after the library for it was loaded', () => {
  // A schema that an isolate made before has no `openapi`, so `z.object(schema.shape).openapi(…)` describes a copy.
  const early = Object.keys(sources).flatMap((path) => {
    const imported = Array.from(
      (sources[path] ?? '').matchAll(/^import (?!type )\{([^}]*)\} from '(\.[^']+)'/gm),
      ([, names = '', from = '']) => ({ names: names.split(',').map((name) => name.trim()), from: pathOf(path, from) }),
    )
    const described = new Set(
      Array.from((sources[path] ?? '').matchAll(/\b(\w+)\.openapi\(/g), ([, name = '']) => name),
    )
    return imported
      .filter(({ names }) => names.some((name) => described.has(name)))
      .filter(({ from }) => !importsOf(from).includes('@hono/zod-openapi'))
      .map(({ from }) => `${path}: ${from}`)
  })
  expect(early).toEqual([])
})
