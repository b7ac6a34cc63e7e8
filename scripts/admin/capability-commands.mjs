/** Finds the commands of capabilities. Plain JavaScript, as `breakwater.mjs` needs it in Node 20 to make the bundle. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../../src', import.meta.url))

/**
 * Lists the `commands.ts` of the capabilities in `src/capabilities.ts` that have one.
 *
 * @returns {string[]} absolute paths
 */
export const commandFiles = () =>
  Array.from(readFileSync(join(source, 'capabilities.ts'), 'utf8').matchAll(/'\.\/(.+)\/index\.ts'/g))
    .map(([, name = '']) => join(source, name, 'commands.ts'))
    .filter((path) => existsSync(path))
