/** Fails when npm's scripts run in another Node than the one that package.json pins: `npm run node:check`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { root } from './local/build.ts'

const description = z.object({ devDependencies: z.object({ node: z.string() }) })
const { node: pinned } = description.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).devDependencies
const running = process.versions.node
if (running !== pinned) {
  throw new Error(`this is Node ${running}, and package.json pins ${pinned}: run "npm ci", then "npm run node:check"`)
}
console.log(`npm's scripts run in Node ${running}, as package.json pins it.`)
