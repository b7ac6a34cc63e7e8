/**
 * Prepares the files of Swagger UI that the Worker serves at `/apidocs`. They come from npm and are not committed, and
 * they are stored compressed: the Worker's bundle is small, and most requests are answered with the bytes as they are.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from './local/build.ts'

const from = join(root, 'node_modules/swagger-ui-dist')
const to = join(root, 'src/routes/apidocs/assets')

await mkdir(to, { recursive: true })
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
  // wrangler imports files with this ending as bytes.
  await replaceFile(join(to, `${name}.gz.bin`), gzipSync(await readFile(join(from, name)), { level: 9 }))
}

/** Writes a file unless it has the content already: `wrangler dev` would build again for every write. */
async function replaceFile(path: string, content: Buffer): Promise<void> {
  if ((await contentOf(path))?.equals(content) === true) return
  // Renamed when it is whole: another build may be reading.
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, content)
  await rename(unfinished, path)
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch {
    return undefined
  }
}
