/** The floors of `docs/architecture.md`: no file imports from above, and none of the core imports a capability. */
import { expect, it } from 'vitest'

const sources = import.meta.glob<string>('../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

const floors: readonly (readonly string[])[] = [
  [
    'names.ts',
    'access-levels.ts',
    'limits.ts',
    'errors.ts',
    'failures',
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
  ['registry', 'accounts', 'events', 'settings', 'jobs', 'replicas'],
  ['routes', 'capability.ts'],
  ['capabilities.ts', 'installed.ts', 'app.ts', 'worker.ts'],
]

/** The folders of the capabilities: each stands beside the floors, and has files of several. */
const capabilities = Object.entries(sources).flatMap(([path, source]) =>
  source.includes('defineCapability(') && path.endsWith('/index.ts') ? [folderOf(path.replace('../src/', ''))] : [],
)
/** The other files of a capability are its domain. */
const floorWithin: Readonly<Record<string, string>> = {
  'index.ts': 'capabilities.ts',
  'routes.ts': 'routes',
  'middleware.ts': 'routes',
}

function folderOf(path: string): string {
  return path.split('/')[0] ?? ''
}

const isIn = (path: string, name: string): boolean => path === name || path.startsWith(`${name}/`)

/** The floor that names a file most exactly. */
function floorOf(given: string): number {
  const [folder = '', file = ''] = given.split('/')
  const path = capabilities.includes(folder) ? (floorWithin[file] ?? 'registry') : given
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

it('the list of capabilities has every folder that declares one', () => {
  const listed = importsOf('capabilities.ts', sources['../src/capabilities.ts'] ?? '').map(folderOf)
  expect(capabilities.length).toBeGreaterThan(0)
  expect(listed.sort()).toEqual(capabilities.sort())
})

for (const [name, source] of Object.entries(sources)) {
  const path = name.replace('../src/', '')
  if (path === 'capabilities.ts') continue
  it(`${path} imports no capability but its own`, () => {
    const folders = importsOf(path, source).map(folderOf)
    expect(folders.filter((folder) => capabilities.includes(folder) && folder !== folderOf(path))).toEqual([])
  })
}
