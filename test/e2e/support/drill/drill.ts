/** Prepares the drill: a registry that has everything, a backup of it, and then the loss. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../../support/random.ts'
import { newFolder } from '../folders.ts'
import { buildImage } from '../images.ts'
import { once } from '../shared.ts'
import { admin, alice, bob } from '../users.ts'
import { listTags, pushContent, readBytes, type Content } from './content.ts'
import { plantDamage, type Damaged } from './damage.ts'
import { keepHouse, letMinutePass } from './housekeeping.ts'
import { loseDatabase, loseImages } from './losses.ts'
import { addPeople, type People } from './people.ts'
import { busyRepository, keepPushing, pushTiny } from './pushing.ts'
import { readRows, type Rows } from './rows.ts'
import { signContent, type Signatures } from './signatures.ts'
import { Site } from './site.ts'
import type { Witness } from './witness.ts'

/** What decides when processes are killed: `DRILL_SEED` repeats a run. */
export const seed = Number(process.env['DRILL_SEED'] ?? 14)

export interface Drill {
  /** Stopped, with all that it had. */
  readonly site: Site
  /** The id of the backup. */
  readonly backup: string
  readonly people: People
  readonly content: Content
  readonly signatures: Signatures
  readonly witnesses: readonly Witness[]
  /** The rows before the backup began, and after it had ended. */
  readonly rows: { readonly before: Rows; readonly after: Rows }
  /** The tags before the backup began. */
  readonly tags: readonly string[]
  /** The folder that the backup was downloaded to. */
  readonly folder: string
  /** The manifest of `alice/oci:1`, which has a layer above one part. */
  readonly manifestOfOci: Buffer
  /** Damaged copies of the backup in `states.databaseLost`. */
  readonly damaged: readonly Damaged[]
  readonly states: {
    /** Without its database and its replicas. */
    readonly databaseLost: string
    /** Without its images too. */
    readonly allLost: string
  }
}

export const preparedDrill = once(prepare)

async function prepare(): Promise<Drill> {
  const site = await Site.found()
  // A drill makes more backups than are kept, and goes back to its first one.
  await site.tell(admin, 'settings', 'set', 'backupKeepLast', '100')
  const people = await addPeople(site)
  const [content, signatures] = await Promise.all([pushContent(site), signContent(site)])
  const house = await keepHouse(site)
  await letMinutePass(site)
  const tags = await listTags(site)
  const manifestOfOci = await readBytes(site, '/v2/alice/oci/manifests/1')
  const before = await readRows(site.registry.state)
  const backup = await backUp(site, content)
  const after = await readRows(site.registry.state)
  const folder = await newFolder('download')
  await site.tell(admin, 'backup', 'download', backup, folder)
  await change(site, people, content)
  const later = (await site.tell(admin, 'backup', 'create', '--wait')).trim()
  await killInExport(site)
  const states = await lose(site.registry.state)
  return {
    site,
    backup,
    people,
    content,
    signatures,
    witnesses: [...people.witnesses, ...content.witnesses, ...signatures.witnesses, ...house],
    rows: { before, after },
    tags,
    folder,
    manifestOfOci,
    damaged: await plantDamage(states.databaseLost, backup, later),
    states,
  }
}

/** Makes a backup while docker and others push. @returns its id */
async function backUp(site: Site, { docker }: Content): Promise<string> {
  const image = `${site.host}/alice/app:meanwhile`
  await buildImage(docker, image, { layers: [1000] })
  await pushTiny(site, busyRepository, 'first')
  const stop = new AbortController()
  const making = site.tell(admin, 'backup', 'create', '--content', '--wait').finally(() => stop.abort())
  const [said] = await Promise.all([making, keepPushing(site, stop.signal), docker.run('push', image)])
  return said.trim()
}

/** Changes what a restore takes back. */
async function change(site: Site, { tokens }: People, { docker }: Content): Promise<void> {
  const late = `${site.host}/alice/app:late`
  await buildImage(docker, late, { layers: [1000] })
  await docker.run('push', late)
  await site.call(alice, 'DELETE', '/api/v0/repositories/alice/app/tags/deleted')
  await site.call(admin, 'POST', '/enzi/v0/accounts', { name: 'carol', password: 'the password of carol' })
  await site.call(alice, 'PATCH', `/api/v0/api_tokens/${tokens.revoked.hashedToken}`, { isActive: false })
  const passwords = { oldPassword: bob.password, newPassword: 'another password of bob' }
  await site.call(bob, 'POST', '/enzi/v0/accounts/bob/changePassword', passwords)
}

/** The registry dies in the middle of its next backup. */
async function killInExport(site: Site): Promise<void> {
  await site.tell(admin, 'backup', 'create')
  await sleep(new Random(seed).below(1500))
  await site.kill()
}

async function lose(state: string): Promise<Drill['states']> {
  const states = { databaseLost: await copyOf(state), allLost: await copyOf(state) }
  for (const lost of Object.values(states)) await loseDatabase(lost)
  await loseImages(states.allLost)
  return states
}

/** Copies the folder of a stopped registry, without what it makes again when it starts. */
async function copyOf(state: string): Promise<string> {
  const copy = await newFolder('state')
  for (const name of ['data', 'secret', 'tls']) await cp(join(state, name), join(copy, name), { recursive: true })
  return copy
}
