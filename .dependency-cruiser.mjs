/**
 * Who may import whom in `src`: the floors of `docs/architecture.md`, from the ground up, and capabilities beside them.
 * A folder that is not part of the core is a capability.
 */
const floors = [
  [
    'names.ts',
    'access-levels.ts',
    'access-limit.ts',
    'limits.ts',
    'errors.ts',
    'failures/',
    'env.ts',
    'variables.ts',
    'wasm.d.ts',
    'util/',
    // What replicas know and decide is pure code.
    'replicas/types.ts',
    'replicas/consensus/',
  ],
  ['db/', 'storage/', 'context.ts'],
  ['auth/'],
  ['registry/', 'accounts/', 'events/', 'settings/', 'jobs/', 'replicas/'],
  ['routes/', 'capability.ts'],
]
const core = floors.flat()

const pattern = (names) => `^src/(?:${names.map((name) => name.replaceAll('.', String.raw`\.`)).join('|')})`
const upTo = (level) => pattern(floors.slice(0, level + 1).flat())
const coreFolders = core.filter((name) => /^[a-z]+\/$/.test(name))
const capability = `^src/(?!${coreFolders.join('|')})([^/]+)/`
/** Folders of `test` mirror `src`; these have no folder there, or tell of the whole tree. */
const testsOfNoFolder = ['support/', 'e2e/', 'docs/']
const capabilityTests = `^test/(?!${[...coreFolders, ...testsOfNoFolder].join('|')})([^/]+)/`
/** Files of a capability, or of a folder in it. */
const inAndBelow = (name) => [`${capability}${name}\\.ts$`, `${capability}[a-z-]+/${name}\\.ts$`]
/** Files of a capability that speak HTTP, and those that speak SQL. */
const capabilityRoutes = inAndBelow('(?:index|routes|[a-z-]+-routes|middleware)')
const capabilityCommands = inAndBelow('[a-z-]*commands')
const capabilityStores = inAndBelow('[a-z-]*(?:store|schema)')

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

export default {
  forbidden: [
    ...floors
      .slice(0, -1)
      .map((floor, level) =>
        forbid(
          `floor-${level}`,
          'A floor imports only from itself and from floors below it.',
          { path: pattern(floor), ...(level > 0 && { pathNot: upTo(level - 1) }) },
          { path: '^src/', pathNot: [upTo(level), capability] },
        ),
      ),
    forbid(
      'floor-4',
      'Routes are put together by the app, and do not import it.',
      { path: pattern(['routes/']) },
      { path: '^src/[^/]+$', pathNot: pattern(core) },
    ),
    forbid(
      'core-without-capabilities',
      'The core does not know the capabilities: `capabilities.ts` lists them.',
      { path: pattern(core) },
      { path: capability },
    ),
    forbid(
      'core-tests-without-capabilities',
      'Tests of the core do not know the capabilities: what needs one is tested in its folder of `test/`.',
      { path: '^test/', pathNot: capabilityTests },
      { path: [capability, capabilityTests] },
    ),
    forbid(
      'capability-tests',
      'The tests of a capability do not import another one.',
      { path: capabilityTests },
      { path: [capability, capabilityTests], pathNot: '^(?:src|test)/$1/' },
    ),
    forbid(
      'scripts-without-capabilities',
      'Scripts do not know the capabilities, but for the soak: it is a tool of gc, and checks with fsck.',
      { path: '^scripts/', pathNot: '^scripts/soak/' },
      { path: [capability, capabilityTests] },
    ),
    forbid(
      'capability-by-its-index',
      'A capability is reached through its index.ts.',
      { path: capability },
      { path: capability, pathNot: ['^src/$1/', `${capability}index\\.ts$`] },
    ),
    forbid(
      'capability-routes',
      'In a capability, index.ts, middleware.ts, routes.ts and files named …-routes.ts alone speak HTTP.',
      { path: capability, pathNot: capabilityRoutes },
      { path: pattern(['routes/']) },
    ),
    forbid(
      'capability-stores',
      'What a capability reads and writes in D1 is below all else of it.',
      { path: capabilityStores },
      { path: '^src/', pathNot: [upTo(1), ...capabilityStores] },
    ),
    forbid(
      'hono-in-routes',
      'Hono is for routes, the app and capabilities.',
      {
        path: '^src/',
        pathNot: [
          pattern(['routes/']),
          ...capabilityRoutes,
          '^src/(?:answer|app|core-app|assembly|frame|capability)\\.ts$',
        ],
      },
      { path: '^node_modules/(?:@hono/|hono/)' },
    ),
    forbid(
      'drizzle-in-db',
      'SQL stands in src/db and in the stores and schemas of capabilities.',
      { path: '^src/', pathNot: [pattern(['db/']), ...capabilityStores] },
      { path: '^node_modules/drizzle-orm/' },
    ),
    forbid(
      'src-alone',
      'The Worker imports nothing of the scripts or the tests. The commands of a capability are not part of it.',
      { path: '^src/', pathNot: capabilityCommands },
      { path: '^(?:scripts|test)/', dependencyTypes: ['local'] },
    ),
    forbid(
      'no-circle',
      'Files that import each other are one file, or share a third. The types of names are in failures, which parsers of names throw.',
      { path: '^(?:src|scripts)/', pathNot: '^src/names\\.ts$' },
      { circular: true, viaOnly: { pathNot: '^src/names\\.ts$' } },
    ),
    forbid('no-missing', 'An import has a file.', {}, { couldNotResolve: true, pathNot: '^cloudflare:' }),
  ],
  options: {
    // dependency-cruiser reads TypeScript up to version 6 by the compiler itself; swc reads what this repository has.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['workerd', 'import', 'types', 'default'] },
  },
}
