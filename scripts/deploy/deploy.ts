/**
 * Deploys: makes what is missing (`setup.ts`), migrates the database, uploads the Worker, and says what to type next once
 * the registry answers. It can be run again at any time: a step that is done is found done.
 */
import { migrate } from './migrations.ts'
import { usualConfiguration, type Options } from './options.ts'
import { missingSecrets } from './resources.ts'
import { prepare, tellPassword, type Teller } from './setup.ts'
import { upload, waitForAdministrator, waitForHealth } from './upload.ts'

const healthMilliseconds = 5 * 60_000
/** Cloudflare takes up to a quarter of an hour to start a new cron trigger, which makes the administrator. */
const administratorMilliseconds = 20 * 60_000

/** Deploys Breakwater, or upgrades it. @returns the password of the administrator, if it was made now */
export async function deploy(options: Options, teller: Teller): Promise<string | undefined> {
  const { show, say } = teller
  const { name, configuration: path, givenPassword: given } = await prepare(options, teller)
  show('Migrating the database')
  const migrated = await migrate(path)
  say(`Migrations: ${migrated.length === 0 ? 'none pending' : migrated.join(', ')}`)
  const secrets = await missingSecrets(path, given)
  const { password } = secrets
  tellPassword(secrets, teller)
  show('Uploading the Worker')
  const targets = await upload(path, secrets.missing)
  const [target] = targets
  const url = options.url ?? target
  say(`Worker ${name}: uploaded${url === undefined ? '' : `, served at ${url}`}`)
  if (url === undefined) {
    say('wrangler names no address: give the Worker a host name with --domain, then deploy again.')
    return password
  }
  await waitUntilReady({ name, url }, secrets.missing['BREAKWATER_ADMIN_PASSWORD'], teller)
  for (const line of next(new URL(url), options.configuration).split('\n')) say(line)
  return password
}

interface Deployed {
  /** That of the Worker. */
  readonly name: string
  readonly url: string
}

async function waitUntilReady({ name, url }: Deployed, password: string | undefined, { say }: Teller): Promise<void> {
  say(`Waiting until ${url}/health is 200`)
  const unhealthy = await waitForHealth({ url, limitMilliseconds: healthMilliseconds })
  if (unhealthy !== undefined) {
    throw new Error(
      `the registry at ${url} is not healthy: ${unhealthy}\nLook at "npx wrangler tail ${name}", then deploy again.`,
    )
  }
  if (password === undefined) return
  say('Waiting for the cron trigger to make the administrator; the first time, Cloudflare takes up to 15 minutes')
  const refused = await waitForAdministrator({ url, limitMilliseconds: administratorMilliseconds }, password)
  if (refused !== undefined) {
    throw new Error(
      `the administrator cannot log in yet: ${refused}\nThe cron trigger may still be starting: try "docker login" in a while.`,
    )
  }
}

/** Returns the commands to type when the registry is ready. @param file the configuration of this deployment */
function next({ host }: URL, file: string): string {
  const again = file === usualConfiguration ? 'npm run deploy' : `npm run deploy -- --config ${file}`
  return `
Breakwater is ready at https://${host}. What to type next:
  docker login ${host} -u admin
  docker tag IMAGE ${host}/admin/IMAGE
  docker push ${host}/admin/IMAGE

Upgrade with: git pull && npm ci && ${again}`
}
