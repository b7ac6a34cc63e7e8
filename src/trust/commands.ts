/** `trust …`: demands signatures, brings trust data of other servers here, and takes over their keys. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { answer, Refusal, type Api, type Schemas } from '../../scripts/admin/api.ts'
import { argument, command, flag, text, type CommandGroup, type Context } from '../../scripts/admin/command.ts'
import { setting, urlOf } from '../../scripts/admin/connection.ts'
import { UsageError } from '../../scripts/admin/errors.ts'
import { done, listed, type Output } from '../../scripts/admin/output.ts'
import { askSecret, isAttended } from '../../scripts/admin/terminal.ts'
import type { User } from '../../scripts/client/credentials.ts'
import { copyImage } from '../../scripts/client/image-copy.ts'
import {
  findCached,
  listGuns,
  readCached,
  readCollection,
  sha256Of,
  type Document,
} from '../../scripts/client/notary.ts'
import { findRootKeys, readRootDocument, type RootDocument, type RootKey } from '../../scripts/client/notary-key.ts'
import { OtherServer } from '../../scripts/client/other-server.ts'
import { request } from '../../scripts/client/registry.ts'
import { bridgeCommands } from './bridge/commands.ts'
import { parseGun } from './gun.ts'
import { policyCommands } from './policy/commands.ts'
import { adoptedRoot, signedMessageOf, type WrittenKey } from './rescue/adoption.ts'
import { canonicalJson } from './tuf/canonical-json.ts'

type Report = Schemas['TrustImportReport']

/** A collection, or why there is none. */
interface Result {
  readonly gun: string
  readonly report?: Report
  readonly problem?: string
}

const importing = command({
  name: 'import',
  summary: 'Import trust data from another Notary server, or from a folder like ~/.docker/trust',
  example: 'trust import https://dtr.example.com --gun dtr.example.com/acme/app --from-user admin --with-images',
  arguments: { from: argument('URL|FOLDER') },
  options: {
    gun: text('GUN,…', 'import these; else all that the server or the folder has'),
    fromUser: text('NAME', 'log in there as NAME, with the password in BREAKWATER_SOURCE_PASSWORD'),
    withImages: flag('copy the signed images that are missing here, and make their repositories'),
    imagesFrom: text('URL', 'copy them from this registry; else from the host of each GUN'),
  },
  async run({ from }, { gun, fromUser, withImages, imagesFrom }, context) {
    const user = await sourceUser(fromUser)
    const source = await sourceOf(from, user)
    const guns = gun === undefined ? await source.guns() : gun.split(',').map((one) => one.trim())
    const images = withImages ? { user, origin: imagesFrom, named: imagesFrom ?? from } : undefined
    const results: Result[] = []
    for (const one of guns) results.push(await importOne(context, source, one, images))
    return outputOf(results)
  },
})

const adopt = command({
  name: 'adopt',
  summary: 'Sign a root by which the registry holds the keys of timestamp and snapshot, with your key of the root',
  example: 'trust adopt dtr.example.com/acme/app',
  arguments: { gun: argument('GUN') },
  options: { keys: text('FOLDER', 'the folder of your keys (default: ~/.docker/trust/private)') },
  async run({ gun }, { keys = join(homedir(), '.docker/trust/private') }, context) {
    const registry = { origin: urlOf(context.destination).origin, user: await loginOf(context) }
    const place = `/v2/${gun}/_trust/tuf/`
    const answered = await request(registry.origin, 'GET', `${place}root.json`, { user: registry.user })
    const root = new Uint8Array(await answered.arrayBuffer())
    const owners = await ownerKeys(gun, root, keys)
    const timestamp = await serverKey(registry, `${place}timestamp.key`)
    const snapshot = await serverKey(registry, `${place}snapshot.key`)
    const signed = adoptedRoot(root, { timestamp, snapshot }, Date.now())
    const signatures = owners.map((key) => ({
      keyid: key.keyId,
      method: key.method,
      sig: key.sign(signed).toString('base64'),
    }))
    const form = new FormData()
    form.append('files', new Blob([`{"signed":${signed},"signatures":${JSON.stringify(signatures)}}`]), 'root')
    await request(registry.origin, 'POST', place, { user: registry.user, body: form })
    return done(
      `The registry holds the keys of timestamp and snapshot of ${gun}: it renews them, and you can sign again.`,
    )
  },
})

/** Finds the keys that have signed a root, and may sign the next. @throws Error where there are too few */
async function ownerKeys(gun: string, root: Uint8Array, folder: string): Promise<readonly RootKey[]> {
  const document = readRootDocument(root)
  const keys = await findRootKeys(folder, document, rootPassphrase)
  if (keys.length === 0) {
    throw new Error(`no key in ${folder} opens with this passphrase and is that of the root of ${gun}`)
  }
  const { threshold } = document.signed.roles.root
  // Otherwise the registry could have anything signed.
  const owners = keys.filter((key) => hasSigned(document, root, key))
  if (owners.length === 0) throw new Error(`the root of ${gun} is not signed by your key: nothing was signed`)
  if (owners.length >= threshold) return owners
  throw new Error(
    `the root of ${gun} needs the keys of ${threshold} owners, and ${folder} has ${owners.length}: bring all of them into one folder, under one passphrase`,
  )
}

function hasSigned({ signatures }: RootDocument, root: Uint8Array, key: RootKey): boolean {
  const own = signatures.find(({ keyid }) => keyid === key.keyId)
  return own !== undefined && key.verify(signedMessageOf(root), Buffer.from(own.sig, 'base64'))
}

interface Registry {
  readonly origin: string
  readonly user: User
}

/** Returns the key that the registry holds, or will hold, for a role. */
async function serverKey({ origin, user }: Registry, path: string): Promise<WrittenKey> {
  const response = await request(origin, 'GET', path, { user })
  const { keytype, keyval } = keyAnswer.parse(await response.json())
  const key = { keytype, keyval: { private: null, public: keyval.public } }
  return { keyId: sha256Of(Buffer.from(canonicalJson(key))), key }
}

const keyAnswer = z.object({ keytype: z.string(), keyval: z.object({ public: z.string() }) })

const loginOf = async ({ login }: Context): Promise<User> => ({ name: login.user, password: await login.secret() })

async function rootPassphrase(): Promise<string> {
  const known = setting('DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE') ?? setting('NOTARY_ROOT_PASSPHRASE')
  if (known !== undefined) return known
  if (!isAttended()) throw new Error('there is no terminal to ask for the passphrase: set NOTARY_ROOT_PASSPHRASE')
  return askSecret('Passphrase of the key of the root:')
}

async function sourceUser(name: string | undefined): Promise<User | undefined> {
  if (name === undefined) return undefined
  const known = setting('BREAKWATER_SOURCE_PASSWORD')
  if (known === undefined && !isAttended()) {
    throw new Error('there is no terminal to ask for a password: set BREAKWATER_SOURCE_PASSWORD')
  }
  return { name, password: known ?? (await askSecret(`Password of ${name} there:`)) }
}

/** Where collections are read. */
interface Source {
  readonly guns: () => Promise<readonly string[]>
  readonly read: (gun: string) => Promise<Document[]>
}

async function sourceOf(from: string, user: User | undefined): Promise<Source> {
  if (/^https?:\/\//.test(from)) {
    const server = new OtherServer(urlOf({ url: from }).origin, user)
    return { guns: () => listGuns(server), read: (gun) => readCollection(server, gun) }
  }
  const folders = await findCached(from).catch((cause: unknown) => {
    throw new UsageError(`"${from}" is neither the address of a server nor a folder with "tuf" in it`, { cause })
  })
  return {
    guns: () => Promise.resolve([...folders.keys()]),
    read(gun) {
      const folder = folders.get(gun)
      if (folder === undefined) throw new Error(`${from} has no collection of ${gun}`)
      return readCached(folder)
    },
  }
}

/** Where images are copied from. */
interface Images {
  readonly user: User | undefined
  /** Undefined for the host of each GUN. */
  readonly origin: string | undefined
  /** The address that the credentials are for: a GUN may name any host. */
  readonly named: string
}

/** Imports a collection. What goes wrong with one of several is told, and the others follow. */
async function importOne(context: Context, source: Source, gun: string, images: Images | undefined): Promise<Result> {
  try {
    const place = parseGun(gun)
    if (place === undefined) throw new Error(`"${gun}" names no repository of a registry`)
    const documents = await source.read(gun)
    await serveHost(context, place.host)
    if (images !== undefined) await makeRepository(context.api, place.repository)
    const report = await send(context.api, gun, documents)
    context.say(`${gun}: ${report.outcome}`)
    return { gun, report: images === undefined ? report : await copyMissing(context, report, documents, images) }
  } catch (error) {
    if (error instanceof UsageError) throw error
    const problem = error instanceof Error ? error.message : String(error)
    context.say(`${gun}: ${problem}`)
    return { gun, problem }
  }
}

const send = (api: Api, gun: string, documents: readonly Document[]): Promise<Report> =>
  answer(
    api.POST('/api/v0/trust/imports', {
      body: {
        gun,
        documents: documents.map(({ role, bytes }) => ({ role, content: Buffer.from(bytes).toString('base64') })),
      },
    }),
  )

/** Makes the registry answer for the host of a GUN, so that pinned roots of clients stay valid. */
async function serveHost({ api, destination }: Context, host: string): Promise<void> {
  const { trustHosts } = await answer(api.GET('/api/v0/meta/settings'))
  if (host === urlOf(destination).host || trustHosts.includes(host)) return
  await answer(api.POST('/api/v0/meta/settings', { body: { trustHosts: [...trustHosts, host] } }))
}

async function makeRepository(api: Api, repository: string): Promise<void> {
  const slash = repository.indexOf('/')
  const [namespace, name] = [repository.slice(0, slash), repository.slice(slash + 1)]
  const path = { namespace, reponame: name }
  try {
    await api.GET('/api/v0/repositories/{namespace}/{reponame}', { params: { path } })
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'NO_SUCH_REPOSITORY') throw error
    await api.POST('/api/v0/repositories/{namespace}', { params: { path: { namespace } }, body: { name } })
  }
}

/** Copies the images that a report names, until it names none or no further one can be copied. */
async function copyMissing(
  context: Context,
  first: Report,
  documents: readonly Document[],
  { user, origin, named }: Images,
): Promise<Report> {
  const place = parseGun(first.gun)
  if (place === undefined) return first
  const from = urlOf({ url: origin ?? `https://${place.host}` }).origin
  const isNamed = URL.canParse(named) && new URL(named).origin === from
  const copy = {
    from: new OtherServer(from, isNamed ? user : undefined),
    source: place.repository,
    origin: urlOf(context.destination).origin,
    user: await loginOf(context),
    repository: place.repository,
  }
  let report = first
  for (;;) {
    const before = report.missingImages.count
    for (const { name, digest } of report.missingImages.images) {
      try {
        await copyImage(copy, digest, name)
        context.say(`${first.gun}:${name}: copied ${digest}`)
      } catch (error) {
        context.say(`${first.gun}:${name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    if (before === 0) return report
    report = { ...(await send(context.api, first.gun, documents)), outcome: first.outcome }
    if (report.missingImages.count >= before) return report
  }
}

function outputOf(results: readonly Result[]): Output {
  const rows = results.flatMap(({ gun, report }) => (report?.roles ?? []).map((role) => ({ gun, role })))
  const { lines } = listed(
    rows,
    {
      GUN: ({ gun }) => gun,
      ROLE: ({ role }) => role.role,
      VERSION: ({ role }) => role.version,
      EXPIRES: ({ role: { expires, expired } }) => (expired ? `expired ${expires}` : expires),
      TARGETS: ({ role }) => role.targets,
      NOTE: ({ role }) => role.flaw,
    },
    'Nothing was imported.',
  )
  const notes = results.flatMap(notesOf)
  return {
    data: results,
    lines: [...lines, ...(notes.length === 0 ? [] : ['', ...notes])],
    isBad: results.some(({ problem }) => problem !== undefined),
  }
}

function notesOf({ gun, report, problem }: Result): string[] {
  if (report === undefined) return problem === undefined ? [] : [`${gun} was not imported: ${problem}`]
  const { oldestRoot, missingImages } = report
  const { count, images } = missingImages
  const names = images.slice(0, 5).map(({ name }) => name)
  return [
    ...(oldestRoot > 2 ? [`${gun}: clients that know a root before version ${oldestRoot} have to forget it.`] : []),
    ...(count === 0
      ? []
      : [`${gun}: ${count} signed images are not here: ${names.join(', ')}${count > names.length ? ', …' : ''}`]),
  ]
}

const trust: CommandGroup = {
  name: 'trust',
  summary: 'Demand signatures, and bring trust data of other servers here',
  commands: [...policyCommands, ...bridgeCommands, importing, adopt],
}

export const commands: readonly CommandGroup[] = [trust]
