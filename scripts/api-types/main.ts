/**
 * Writes the types of the HTTP API from the OpenAPI document of the app: `npm run api-types`. With `--check` it changes
 * nothing, and fails when the file is not what the document says.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import openapiTypescript, { astToString } from 'openapi-typescript'
import * as prettier from 'prettier'

const root = join(import.meta.dirname, '../..')
const target = join(root, 'scripts/admin/api-types.ts')

/** Stands in for what exists only in the Workers runtime; the document needs none of it. */
const withoutRuntime: Plugin = {
  name: 'without-runtime',
  setup(builder) {
    builder.onResolve({ filter: /^cloudflare:|\.wasm$|\.bin$/ }, ({ path }) => ({ path, namespace: 'without-runtime' }))
    builder.onLoad({ filter: /.*/, namespace: 'without-runtime' }, () => ({
      // CommonJS, as esbuild then asks for no name that is imported.
      contents: 'module.exports = { DurableObject: class {} }',
    }))
  },
}

const written = await typesOf(await openApiDocument())
if (!process.argv.includes('--check')) {
  await writeFile(target, written)
} else if (written !== (await readFile(target, 'utf8'))) {
  console.error('scripts/admin/api-types.ts does not match the routes: run "npm run api-types" and commit the result')
  process.exitCode = 1
}

/** Returns the formatted source of the module. */
async function typesOf(document: string): Promise<string> {
  const options = { alphabetize: true, defaultNonNullable: false }
  const types = astToString(await openapiTypescript(withoutRefusals(document), options))
  const source = `/** Types of the HTTP API. Generated: "npm run api-types" writes this file. */\n\n${types}`
  return prettier.format(source, { ...(await prettier.resolveConfig(target)), filepath: target })
}

/** Leaves out the answers that are errors: all have one form, which `scripts/admin/api.ts` reads. */
function withoutRefusals(document: string): string {
  return JSON.stringify(JSON.parse(document), (key: string, value: unknown) =>
    key === 'responses' && typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).filter(([status]) => status.startsWith('2')))
      : value,
  )
}

/** Makes the document of the app, which needs neither a database nor a bucket for that. */
async function openApiDocument(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-api-types-'))
  try {
    const outfile = join(folder, 'document.mjs')
    await build({
      stdin: {
        contents: `
          import { app } from './src/app.ts'
          import { apiGroups } from './src/installed.ts'
          import { documentOf } from './src/routes/shared/openapi.ts'
          export const document = JSON.stringify(documentOf(app, apiGroups))`,
        resolveDir: root,
      },
      bundle: true,
      outfile,
      format: 'esm',
      platform: 'node',
      // Operations are named after their handlers.
      keepNames: true,
      plugins: [withoutRuntime],
      logLevel: 'error',
    })
    const { document }: { document: string } = await import(pathToFileURL(outfile).href)
    return document
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
