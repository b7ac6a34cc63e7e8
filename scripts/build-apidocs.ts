/**
 * Prepares the files of Swagger UI that the Worker serves at `/apidocs`. They come from npm and are not committed, and
 * they are stored as zstd: that is a fifth smaller than gzip, and browsers are answered with the bytes as they are.
 *
 * Only newer versions of Node have zstd: npm runs this with the one of the dependency `node`.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { root } from './local/build.ts'

const from = join(root, 'node_modules/swagger-ui-dist')
const to = join(root, 'src/routes/apidocs/assets')

/** Clients have to support windows of 8 MiB (RFC 9659 section 3); the larger file has less than two. */
const strongest = { [constants.ZSTD_c_compressionLevel]: 22, [constants.ZSTD_c_windowLog]: 21 }

await mkdir(to, { recursive: true })
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
  // wrangler imports files with this ending as bytes.
  await store(await readFile(join(from, name)), join(to, `${name}.zst.bin`))
}

/** Stores a file, unless that is done: it takes seconds, and `wrangler dev` would build again for every write. */
async function store(file: Buffer, path: string): Promise<void> {
  const stored = await contentOf(path)
  if (stored !== undefined && zstdDecompressSync(stored).equals(file)) return
  // Renamed when it is whole: another build may be reading.
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, zstdCompressSync(file, { params: strongest }))
  await rename(unfinished, path)
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch {
    return undefined
  }
}
