/** `npm run deploy`, which `breakwater deploy` does too (`deploy.ts`). */
import { withProgress } from '../admin/progress.ts'
import { deploy } from './deploy.ts'
import { readOptions, usage, type Options } from './options.ts'

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

async function main(args: readonly string[]): Promise<void> {
  const options = parse(args)
  if (options.help) return console.log(usage)
  await withProgress((show, say) => deploy(options, { show, say }))
}

function parse(args: readonly string[]): Options {
  try {
    return readOptions(args)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, { cause: error })
  }
}
