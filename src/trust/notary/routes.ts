/** The routes of the Notary v1 server, for clients that know no other trust server than the registry of an image. */
import { Hono } from 'hono'
import { requireCatalog, requireFacet, requireIdentity, type Granted } from '../../auth/registry-access.ts'
import { parseScopes } from '../../auth/scope.ts'
import { RegistryError } from '../../errors.ts'
import { largestTrustUpdateBytes, trustMultipartBytes } from '../../limits.ts'
import { hostOf, wholeBodyOf, type AppContext, type AppEnv } from '../../routes/app-context.ts'
import { answerError } from '../../routes/error-responses.ts'
import { requireMajority } from '../../routes/majority.ts'
import { useWhole } from '../../storage/whole-bodies.ts'
import { isoTime } from '../../util/iso-time.ts'
import { servedAmong, trustFacet } from '../facet.ts'
import { gunsRequired, isTrustError, trustError } from '../failures.ts'
import { parseGun, type Gun } from '../gun.ts'
import { toBase64 } from '../tuf/base64.ts'
import type { PublicKey } from '../tuf/keys.ts'
import type { Part } from '../tuf/uploads.ts'
import { changesFor, changesOf, type ChangeRow } from './changes-store.ts'
import { servedBytes } from './documents.ts'
import { healthOfKeys, toldOfHealth } from './health.ts'
import { keyOfRole } from './key-requests.ts'
import { parseChangesPage, parseFile, type TrustFile } from './parameters.ts'
import { publish } from './publish.ts'
import { findDocument } from './read.ts'
import { unpublish } from './unpublish.ts'

export const notary = new Hono<AppEnv>()

notary.onError(answerTrustError)

/** Publishes. Clients write the path with a last slash, which Hono drops. */
notary.post('/:name{.+}/_trust/tuf', async function postUpdate(c) {
  const { gun, right } = await authorize(c, 'push')
  const whole = wholeBodyOf(c, largestBodyBytes, right.holder?.id)
  await useWhole(c.get('body'), whole, {
    read: (bytes) => readParts(c, bytes),
    use: (parts) => publish(c.get('context'), { right, gun: gun.text }, parts),
  })
  return c.body(null, 200)
})

notary.delete('/:name{.+}/_trust/tuf', async function deleteTrustData(c) {
  const { gun, right } = await authorize(c, '*')
  await unpublish(c.get('context'), { right, gun: gun.text })
  return c.body(null, 200)
})

notary.get('/:name{.+}/_trust/tuf/:file{.+}', async function getFile(c) {
  const file = fileOf(c)
  return file.kind === 'key' ? getKey(c, file) : getDocument(c, file)
})

notary.post('/:name{.+}/_trust/tuf/:file{.+}', async function rotateKey(c) {
  const file = fileOf(c)
  if (file.kind !== 'key') return refuseUnknown(c)
  const { gun, ...push } = await authorize(c, '*')
  return c.json(keyJson(await keyOfRole(c.get('context'), push, gun.text, file.role, 'fresh')))
})

notary.get('/:name{.+}/_trust/changefeed', async function getChangesOfGun(c) {
  if (isHead(c)) return refuseUnknown(c)
  const { gun, right: held } = await authorize(c, 'pull')
  const page = changesPageOf(c)
  return c.json(changesJson(await changesOf(c.get('context').db, { held, gun: gun.text }, page)))
})

notary.get('/_trust/changefeed', async function getChanges(c) {
  if (isHead(c)) return refuseUnknown(c)
  const viewer = requireCatalog(c.get('caller'))
  const page = changesPageOf(c)
  return c.json(changesJson(await changesFor(c.get('context').db, viewer, page)))
})

/** The health of the server, without a login. */
export const notaryHealth = new Hono<AppEnv>()

notaryHealth.get('/_notary_server/health', async function getNotaryHealth(c) {
  const { isWell, told } = toldOfHealth(await healthOfKeys(c.get('context')))
  c.header('Cache-Control', 'no-store')
  return c.json(told, isWell ? 200 : 503)
})

type Documents = Exclude<TrustFile, { readonly kind: 'key' }>

async function getDocument(c: AppContext, file: Documents): Promise<Response> {
  const { gun, right: held } = await authorize(c, 'pull')
  const context = c.get('context')
  const found =
    file.kind === 'document' ? await findDocument(context, { held, gun: gun.text }, file.role, file.version) : undefined
  if (file.kind === 'missing' || found === undefined) throw unknown()
  if (found.needsMajority) await requireMajority(c)
  const { document } = found
  return new Response(await servedBytes(context, document), {
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': String(document.sizeBytes),
      // A cached timestamp or root makes the next publication fail. Other versions never change.
      'Cache-Control': file.version === 'current' ? 'no-store' : 'private, max-age=2592000',
      'Last-Modified': new Date(document.createdAt).toUTCString(),
    },
  })
}

/** Answers a key; the first request of a collection makes it. */
async function getKey(c: AppContext, { role }: Extract<TrustFile, { readonly kind: 'key' }>): Promise<Response> {
  const { gun, ...push } = await authorize(c, 'push')
  return c.json(keyJson(await keyOfRole(c.get('context'), push, gun.text, role, 'named')))
}

type Action = 'pull' | 'push' | '*'

/**
 * Requires the permission for the trust data of the path.
 *
 * @throws RegistryError as `requireFacet`, and as `requireMajority` except for reads, and the errors
 *   `trust-gun-invalid` or `trust-metadata-unknown` for a GUN that is not served here
 */
async function authorize(c: AppContext, action: Action): Promise<Granted & { readonly gun: Gun }> {
  const gun = await servedGun(c)
  const scope = { type: 'repository', name: gun.text, actions: [action] }
  const wanted = { scope, facet: trustFacet, repository: gun.repository }
  const granted = await requireFacet(c.get('context').db, c.get('caller'), wanted)
  if (action !== 'pull') await requireMajority(c)
  return { gun, ...granted }
}

/** Returns the GUN of the path, which says whether its host is served here to callers with a login. */
async function servedGun(c: AppContext): Promise<Gun> {
  const gun = parseGun(c.req.param('name') ?? '')
  const [served] = gun === undefined ? [] : await servedAmong(c.get('context'), [gun], hostOf(c))
  if (served !== undefined) return served
  requireIdentity(c.get('caller'))
  if (c.req.method !== 'POST') throw unknown()
  throw trustError({ kind: 'trust-gun-invalid', detail: gunsRequired(hostOf(c)) })
}

/** Tells whether a request is HEAD, which Hono answers as GET, and which the protocol does not have. */
const isHead = (c: AppContext): boolean => c.req.method === 'HEAD'

/** Returns what the path names. */
function fileOf(c: AppContext): TrustFile {
  const file = parseFile(c.req.param('file') ?? '')
  return file === undefined || isHead(c) ? refuseUnknown(c) : file
}

/** Refuses what no route has, to those who may see the catalog; others are asked to log in. */
function refuseUnknown(c: AppContext): never {
  requireCatalog(c.get('caller'))
  throw trustError({ kind: 'trust-metadata-unknown', detail: undefined })
}

const unknown = () => trustError({ kind: 'trust-metadata-unknown', detail: {} })

const largestBodyBytes = largestTrustUpdateBytes + trustMultipartBytes

/** Reads the parts of an update, up to a bound. @throws the error `trust-upload-malformed` */
function readParts(c: AppContext, bytes: Uint8Array<ArrayBuffer>): Promise<readonly Part[]> {
  // Each step has its own memory, and lets go of that of the step before.
  return parseForm(c, bytes).then(partsOf)
}

async function parseForm(c: AppContext, bytes: Uint8Array<ArrayBuffer>): Promise<FormData> {
  if (bytes.length > largestBodyBytes) throw malformed()
  const headers = { 'content-type': c.req.header('content-type') ?? '' }
  try {
    return await new Response(bytes, { headers }).formData()
  } catch (error) {
    throw malformed(error)
  }
}

const partsOf = (form: FormData): Promise<readonly Part[]> =>
  Promise.all(
    [...form.values()].map(async (file) =>
      typeof file === 'string'
        ? { filename: undefined, bytes: Uint8Array.from(new TextEncoder().encode(file)) }
        : { filename: file.name, bytes: new Uint8Array(await file.arrayBuffer()) },
    ),
  )

const malformed = (cause?: unknown) => trustError({ kind: 'trust-upload-malformed' }, { cause })

const changesPageOf = (c: AppContext) => parseChangesPage(c.req.query('records') ?? '', c.req.query('change_id') ?? '')

/** Writes a key as the Go server does. @throws the error `trust-metadata-unknown` when the repository is gone */
function keyJson(key: PublicKey | undefined) {
  if (key === undefined) throw unknown()
  return { keytype: key.type, keyval: { public: toBase64(key.bytes), private: null } }
}

const changesJson = (changes: readonly ChangeRow[]) => ({
  count: changes.length,
  records: changes.map(({ id, createdAt, gun, version, sha256, category }) => ({
    ID: String(id),
    CreatedAt: isoTime(createdAt),
    GUN: gun,
    Version: version,
    SHA256: sha256,
    Category: category,
  })),
})

/** Turns errors into answers that clients of Notary parse; of the core's, a challenge gets the body that they know. */
async function answerTrustError(error: Error, c: AppContext): Promise<Response> {
  if (isTrustError(error)) {
    const { apiCode: code, status } = error.type
    const detail = 'detail' in error.failure ? error.failure.detail : undefined
    return problem({ code, message: error.message, detail }, status)
  }
  const answer = await answerError(error, c)
  if (answer.status !== 401) return answer
  const scope = error instanceof RegistryError ? scopeOf(error) : undefined
  const detail = parseScopes(scope === undefined ? [] : [scope]).flatMap(({ type, name, actions }) =>
    actions.map((action) => ({ Type: type, Class: '', Name: name, Action: action })),
  )
  const challenge = { 'WWW-Authenticate': answer.headers.get('www-authenticate') ?? '' }
  return problem({ code: 'UNAUTHORIZED', message: 'authentication required', detail }, 401, challenge)
}

const scopeOf = ({ failure }: RegistryError): string | undefined => ('scope' in failure ? failure.scope : undefined)

const problem = (error: object, status: number, headers: Record<string, string> = {}): Response =>
  new Response(`${JSON.stringify({ errors: [error] })}\n`, {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  })
