/**
 * Makes what a deployment needs on Cloudflare, where it is missing: buckets, databases, the configuration, secrets. It can be
 * repeated at any time, also after it broke off: a step that is done is found done.
 */
import { join } from 'node:path'
import type { Show } from '../admin/progress.ts'
import { root } from '../local/build.ts'
import { givenBackupKeys, requireBackupTarget } from './backup-target.ts'
import {
  bucketNames,
  configure,
  databaseNames,
  nameOf,
  readPrevious,
  readTemplate,
  writeConfiguration,
} from './configuration.ts'
import { checkedVariables, type Options } from './options.ts'
import {
  ensureBucket,
  ensureDatabase,
  findBucket,
  findDatabase,
  givenPassword,
  missingSecrets,
  putSecrets,
  secretNames,
  type Secrets,
} from './resources.ts'
import { wrangler } from './wrangler.ts'

/** Where a long task tells how far it is, and what it has done. */
export interface Teller {
  readonly show: Show
  readonly say: (line: string) => void
}

/** What is there when all is made but secrets, migrations and the Worker. */
export interface Prepared {
  readonly name: string
  /** The path of the generated configuration. */
  readonly configuration: string
  /** The administrator's password of the environment; empty when there is none. */
  readonly givenPassword: string
}

/** Makes buckets, databases and the configuration. @throws Error before anything is made when an option is wrong */
export async function prepare(options: Options, teller: Teller): Promise<Prepared> {
  await requireLogin()
  const { path, template, kept, name } = await choicesOf(options)
  const given = givenPassword()
  const [buckets, wanted] = [bucketNames(template, name), databaseNames(template, name)]
  const count = countingSteps('Set up', buckets.length + wanted.length, teller.show)
  for (const bucket of buckets) {
    count()
    teller.say(`Bucket ${bucket}: ${(await ensureBucket(bucket, options.location)) ? 'made' : 'found'}`)
  }
  const databases = new Map<string, string>()
  for (const database of wanted) {
    count()
    const { id, made } = await ensureDatabase(database, options.location)
    teller.say(`Database ${database}: ${made ? 'made' : 'found'}`)
    databases.set(database, id)
  }
  writeConfiguration(path, configure(template, kept, options, databases))
  return { name, configuration: path, givenPassword: given }
}

/** Reads what the deployment is to be. Before anything is made: what a file of before says counts as well. */
async function choicesOf(options: Options) {
  const path = join(root, options.configuration)
  const template = readTemplate()
  const kept = readPrevious(path)
  const name = nameOf(options, kept, template)
  const variables = checkedVariables({ ...template.vars, ...kept?.vars, ...options.variables })
  await requireBackupTarget(variables, () => secretNames(name))
  return { path, template, kept, name }
}

/** Requires that wrangler has logged in. @throws Error that says how to log in */
export async function requireLogin(): Promise<void> {
  const said = await wrangler(['whoami'])
  // A token without the right to read its user fails here and deploys all the same.
  if (!/not authenticated|not logged in/i.test(said.output)) return
  throw new Error('wrangler is not logged in: run "npx wrangler login", or set CLOUDFLARE_API_TOKEN, then try again')
}

/** Sets up everything but the Worker. @returns the password of the administrator, if it was made now */
export async function setup(options: Options, teller: Teller): Promise<string | undefined> {
  const { configuration, givenPassword: given } = await prepare(options, teller)
  const secrets = await missingSecrets(configuration, given)
  tellPassword(secrets, teller)
  await putSecrets(configuration, secrets.missing)
  const made = Object.keys(secrets.missing)
  teller.say(made.length === 0 ? 'Secrets: found' : `Secrets: set ${made.join(', ')}`)
  return secrets.password
}

/** Tells what a set-up would make, and makes nothing. */
export async function planSetup(options: Options, { say }: Teller): Promise<void> {
  await requireLogin()
  const { path, template, kept, name } = await choicesOf(options)
  givenPassword()
  for (const bucket of bucketNames(template, name)) say(`Bucket ${bucket}: ${planned(await findBucket(bucket))}`)
  const ids = new Map<string, string>()
  for (const database of databaseNames(template, name)) {
    const id = await findDatabase(database)
    if (id !== undefined) ids.set(database, id)
    say(`Database ${database}: ${planned(id !== undefined)}`)
  }
  say(`Configuration ${path}: ${kept === undefined ? 'would be written' : 'found'}`)
  const existing = await secretNames(name)
  say(`Secret REGISTRY_SECRET: ${planned(existing.has('REGISTRY_SECRET'))}`)
  for (const secret of Object.keys(givenBackupKeys())) say(`Secret ${secret}: would be set`)
}

const planned = (isThere: boolean): string => (isThere ? 'found' : 'would be made')

/** Tells the password before it is set: one that was never seen would lock out every user. */
export function tellPassword({ password, ignoresPassword }: Secrets, { say }: Teller): void {
  if (password !== undefined) say(`The administrator will be "admin" with the password  ${password}`)
  if (ignoresPassword) {
    say('BREAKWATER_ADMIN_PASSWORD is ignored: it is for the first deployment, and its password is set already')
  }
}

/** Returns what shows that one more step of so many begins. */
function countingSteps(what: string, total: number, show: Show): () => void {
  let done = 0
  return () => show({ what, done: done++, total, unit: 'steps' })
}
