/**
 * Prepares the files of Swagger UI that `/apidocs` loads: Cloudflare serves them as static assets. They come from npm and are
 * not committed.
 */
import { copyFile, mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './local/build.ts'

const from = join(root, 'node_modules/swagger-ui-dist')
const to = join(root, 'public/apidocs')

await mkdir(to, { recursive: true })
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) await copy(join(from, name), join(to, name))

/** Copies a file, unless that is done: `wrangler dev` would build again for every write. */
async function copy(source: string, path: string): Promise<void> {
  if ((await contentOf(path))?.equals(await readFile(source)) === true) return
  // Renamed when it is whole: a registry may be serving it.
  const unfinished = join(root, `public/.${process.pid}`)
  await copyFile(source, unfinished)
  await rename(unfinished, path)
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch {
    return undefined
  }
}
