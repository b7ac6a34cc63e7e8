/**
 * `npm run deploy`: makes what is missing, migrates the database, uploads the Worker, and says what to type next once
 * the registry answers. It can be run again at any time: a step that is done is found done.
 */
import {
  bucketNames,
  configure,
  databaseNames,
  nameOf,
  readPrevious,
  readTemplate,
  writeConfiguration,
} from './configuration.ts'
import { join } from 'node:path'
import { root } from '../local/build.ts'
import { migrate } from './migrations.ts'
import { checkedVariables, readOptions, usage, type Options } from './options.ts'
import { ensureBucket, ensureDatabase, givenPassword, missingSecrets } from './resources.ts'
import { upload, waitForAdministrator, waitForHealth } from './upload.ts'
import { wrangler } from './wrangler.ts'

const healthMilliseconds = 5 * 60_000
/** Cloudflare takes up to a quarter of an hour to start a new cron trigger, which makes the administrator. */
const administratorMilliseconds = 20 * 60_000

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

async function main(args: readonly string[]): Promise<void> {
  const options = parse(args)
  if (options.help) return console.log(usage)
  await requireLogin()
  await deploy(options)
}

function parse(args: readonly string[]): Options {
  try {
    return readOptions(args)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, { cause: error })
  }
}

/** Requires that wrangler has logged in. @throws Error that says how to log in */
async function requireLogin(): Promise<void> {
  const said = await wrangler(['whoami'])
  // A token without the right to read its user fails here and deploys all the same.
  if (!/not authenticated|not logged in/i.test(said.output)) return
  throw new Error('wrangler is not logged in: run "npx wrangler login", or set CLOUDFLARE_API_TOKEN, then deploy again')
}

async function deploy(options: Options): Promise<void> {
  const path = join(root, options.configuration)
  const template = readTemplate()
  const kept = readPrevious(path)
  // Before anything is made: what a file of before says counts as well.
  checkedVariables({ ...template.vars, ...kept?.vars, ...options.variables })
  const given = givenPassword()
  const name = nameOf(options, kept, template)
  for (const bucket of bucketNames(template, name)) {
    console.log(`Bucket ${bucket}: ${(await ensureBucket(bucket, options.location)) ? 'made' : 'found'}`)
  }
  const databases = new Map<string, string>()
  for (const database of databaseNames(template, name)) {
    const { id, made } = await ensureDatabase(database, options.location)
    console.log(`Database ${database}: ${made ? 'made' : 'found'}`)
    databases.set(database, id)
  }
  writeConfiguration(path, configure(template, kept, options, databases))
  const migrated = await migrate(path)
  console.log(`Migrations: ${migrated.length === 0 ? 'none pending' : migrated.join(', ')}`)
  const secrets = await missingSecrets(path, given)
  const { password } = secrets
  // Shown before it is set: a password that was never seen would lock out every user.
  if (password !== undefined) console.log(`The administrator will be "admin" with the password  ${password}`)
  if (secrets.ignoresPassword) {
    console.log('BREAKWATER_ADMIN_PASSWORD is ignored: it is for the first deployment, and its password is set already')
  }
  const targets = await upload(path, secrets.missing)
  const [target] = targets
  const url = options.url ?? target
  console.log(`Worker ${name}: uploaded${url === undefined ? '' : `, served at ${url}`}`)
  if (url === undefined) {
    return console.log('wrangler names no address: give the Worker a host name with --domain, then deploy again.')
  }
  await waitUntilReady(url, secrets.missing['BREAKWATER_ADMIN_PASSWORD'])
  console.log(next(new URL(url)))
}

async function waitUntilReady(url: string, password: string | undefined): Promise<void> {
  console.log(`Waiting until ${url}/health is 200`)
  const unhealthy = await waitForHealth({ url, limitMilliseconds: healthMilliseconds })
  if (unhealthy !== undefined) {
    throw new Error(
      `the registry at ${url} is not healthy: ${unhealthy}\nLook at "npx wrangler tail NAME", then deploy again.`,
    )
  }
  if (password === undefined) return
  console.log(
    'Waiting for the cron trigger to make the administrator; the first time, Cloudflare takes up to 15 minutes',
  )
  const refused = await waitForAdministrator({ url, limitMilliseconds: administratorMilliseconds }, password)
  if (refused !== undefined) {
    throw new Error(
      `the administrator cannot log in yet: ${refused}\nThe cron trigger may still be starting: try "docker login" in a while.`,
    )
  }
}

/** Returns the commands to type when the registry is ready. */
function next({ host }: URL): string {
  return `
Breakwater is ready at https://${host}. What to type next:
  docker login ${host} -u admin
  docker tag IMAGE ${host}/admin/IMAGE
  docker push ${host}/admin/IMAGE

Upgrade with: git pull && npm ci && npm run deploy`
}
