/** The floors of `docs/architecture.md`: nobody imports from above. */
import { expect, it } from 'vitest'

const sources = import.meta.glob<string>('../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

const floors: readonly (readonly string[])[] = [
  [
    'names.ts',
    'access-levels.ts',
    'limits.ts',
    'errors.ts',
    'env.ts',
    'variables.ts',
    'wasm.d.ts',
    'util',
    // What replicas know and decide is pure code.
    'replicas/types.ts',
    'replicas/consensus',
  ],
  ['db', 'storage', 'context.ts'],
  ['auth'],
  ['registry', 'accounts', 'events', 'settings', 'jobs', 'replicas', 'gc', 'pruning', 'fsck', 'metrics'],
  ['routes', 'gc/routes.ts', 'pruning/routes.ts', 'fsck/routes.ts', 'metrics/middleware.ts'],
  ['app.ts', 'worker.ts'],
]
const isIn = (path: string, name: string): boolean => path === name || path.startsWith(`${name}/`)

/** The floor that names a file most exactly. */
function floorOf(path: string): number {
  const [exact] = floors
    .flat()
    .filter((name) => isIn(path, name))
    .sort((one, other) => other.length - one.length)
  return exact === undefined ? -1 : floors.findIndex((names) => names.includes(exact))
}

function importsOf(path: string, source: string): string[] {
  const found = source.matchAll(/from '(\.[^']+)'/g)
  return Array.from(found, ([, target = '']) => new URL(target, `file:///${path}`).pathname.slice(1))
}

for (const [name, source] of Object.entries(sources)) {
  const path = name.replace('../src/', '')
  it(`${path} imports nothing from above, and Hono stays with the routes`, () => {
    const own = floorOf(path)
    expect(own).toBeGreaterThanOrEqual(0)
    for (const target of importsOf(path, source)) expect([target, floorOf(target) <= own]).toEqual([target, true])
    if (own < 4) expect(source).not.toMatch(/from 'hono/)
  })
}
