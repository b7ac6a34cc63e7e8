#!/usr/bin/env node
/**
 * Runs the command of this clone. Its sources are bundled into `dist/breakwater.mjs` whenever one of them is newer: that
 * file runs in Node 20, which knows no TypeScript, and on a machine that has nothing else.
 */
import { randomUUID } from 'node:crypto'
import { chmodSync, readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { commandFiles } from './capability-commands.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bundle = join(root, 'dist/breakwater.mjs')

/** What needs a clone stays there (`scripts/admin/clone/load.ts`). */
const stayingInClone = { recover: 'recovery/recover.ts', installation: 'clone/installation.ts' }
const withoutClone = {
  name: 'without-clone',
  setup(builder) {
    builder.onResolve({ filter: /\/(?:recover|installation)\.ts$/ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import') return undefined
      const [, name = ''] = /([a-z]+)\.ts$/.exec(path) ?? []
      return { path: `../scripts/admin/${stayingInClone[name]}`, external: true }
    })
  },
}

/** Imports what `scripts/admin/capability-groups.ts` looks for when it is not bundled. */
const withCapabilities = {
  name: 'with-capabilities',
  setup(builder) {
    builder.onLoad({ filter: /\/admin\/capability-groups\.ts$/ }, () => {
      const files = commandFiles()
      const imports = files.map((path, at) => `import * as module${at} from ${JSON.stringify(path)}`)
      const modules = `const modules = [${files.map((_path, at) => `module${at}`).join(', ')}]`
      const groups = 'export const capabilityGroups = modules.flatMap(({ commands }) => commands)'
      const status = 'export const capabilityStatus = modules.flatMap(({ status }) => status ?? [])'
      const signOns = 'export const capabilitySignOns = modules.flatMap(({ signOn }) => signOn ?? [])'
      return {
        contents: [...imports, modules, groups, status, signOns].join('\n'),
        resolveDir: root,
      }
    })
  },
}

if (isStale()) await build()
await import(pathToFileURL(bundle).href)

function isStale() {
  const built = changedAt(bundle)
  const sources = ['scripts/admin', 'scripts/client', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))),
  )
  return [...sources, 'package.json', 'package-lock.json'].some((path) => changedAt(join(root, path)) > built)
}

/** Returns 0 for a file that is not there, or not any more. */
function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

async function build() {
  const esbuild = await import('esbuild')
  // Renamed when it is whole: another call may be running.
  const unfinished = `${bundle}.${randomUUID()}`
  await esbuild.build({
    entryPoints: [join(root, 'scripts/admin/main.ts')],
    outfile: unfinished,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Libraries in CommonJS ask for the modules of Node.
    banner: {
      js: `#!/usr/bin/env node\nimport { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)`,
    },
    plugins: [withoutClone, withCapabilities],
    logLevel: 'error',
  })
  chmodSync(unfinished, 0o755)
  renameSync(unfinished, bundle)
}
