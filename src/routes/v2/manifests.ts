/** Manifests (OCI end-3, end-7, end-9). */
import { Hono } from 'hono'
import { nameOfHolder, type Right } from '../../db/access/rights.ts'
import type { StoredManifest } from '../../db/content/manifests.ts'
import { rightToDelete } from '../../auth/registry-access.ts'
import { RegistryError } from '../../errors.ts'
import { notePull, noteReportedPull } from '../../events/pull-log.ts'
import { rememberedTag, rememberTag } from '../../events/resolved-tags.ts'
import { largestManifestBytes } from '../../limits.ts'
import { parseTag, type Digest, type Reference } from '../../names.ts'
import {
  askForManifest,
  getManifest,
  lookForManifest,
  manifestBody,
  putManifest,
  removeManifest,
} from '../../registry/manifests.ts'
import { useWhole } from '../../storage/whole-bodies.ts'
import { wholeBodyOf, type AppContext, type AppEnv } from '../app-context.ts'
import { requireMajority } from '../majority.ts'
import {
  contentLength,
  isNotModified,
  knownReferenceOf,
  queriesOf,
  referenceOf,
  repositoryParameter,
} from './parameters.ts'
import { requireOn, requirePush } from './access.ts'

export const manifests = new Hono<AppEnv>()

/** Hono calls this for HEAD too, and drops the body. Accept has no effect: the manifest is served as it was pushed. */
manifests.get('/:name{.+}/manifests/:reference', async function getManifestContent(c) {
  const repository = repositoryParameter(c)
  const { right, pushes, readsUnsigned } = await requireOn(c, 'pull', repository)
  const isHead = c.req.method === 'HEAD'
  const reference = knownReferenceOf(c, repository)
  const manifest =
    isHead && pushes && 'digest' in reference
      ? await askForManifest(c.get('context'), right, reference.digest)
      : await (isHead ? lookForManifest : getManifest)(c.get('context'), right, reference)
  if (manifest.needsMajority) await requireMajority(c)
  const missingSignatures = readsUnsigned ? [] : await requireTrusted(c, right, reference, manifest)
  const headers = {
    'Docker-Content-Digest': manifest.digest,
    ETag: `"${manifest.digest}"`,
    // Tags move and permissions end, so the cached answer is not used.
    'Cache-Control': 'private, no-cache',
  }
  if (isNotModified(c, headers.ETag)) return new Response(null, { status: 304, headers })
  if (!manifest.isMade) noteAnswer(c, right, reference, { digest: manifest.digest, missingSignatures })
  const body = isHead || manifest.content === undefined ? null : await manifestBody(c.get('context'), manifest)
  return new Response(body, {
    headers: { ...headers, 'Content-Type': manifest.mediaType, 'Content-Length': String(manifest.sizeBytes) },
  })
})

manifests.put('/:name{.+}/manifests/:reference', async function putManifestContent(c) {
  const repository = repositoryParameter(c)
  const reference = referenceOf(c)
  const push = await requirePush(c, repository)
  const tags = [...new Set(queriesOf(c, 'tag'))].map(parseTag)
  const [trust, context] = [c.get('contentTrust'), c.get('context')]
  const { digest, subject } = await useManifest(c, push.right, async (bytes) => {
    const stored = await putManifest(context, repository, {
      bytes,
      contentType: c.req.header('content-type'),
      reference,
      tags,
      push,
      ...(trust && { admit: (offered) => trust.admit(context, offered) }),
    })
    await trust?.notePush(context, stored)
    return { digest: stored.digest, subject: stored.subject }
  })
  c.header('Location', `/v2/${repository}/manifests/${digest}`)
  c.header('Docker-Content-Digest', digest)
  if (subject !== undefined) c.header('OCI-Subject', subject)
  for (const tag of tags) c.header('OCI-Tag', tag, { append: true })
  return c.body(null, 201)
})

manifests.delete('/:name{.+}/manifests/:reference', async function deleteManifestContent(c) {
  const repository = repositoryParameter(c)
  const { right } = await requireOn(c, 'delete', repository)
  const reference = knownReferenceOf(c, repository)
  await removeManifest(c.get('context'), await rightToDelete(c.get('context').db, c.get('caller'), right), reference)
  return new Response(null, { status: 202 })
})

/** The teams whose missing signatures are only reported; found after the answer where nothing depends on them. */
type MissingSignatures = readonly string[] | (() => Promise<readonly string[]>)

/** Refuses a manifest that lacks demanded signatures, to callers who may not push, and records that it did. */
async function requireTrusted(
  c: AppContext,
  right: Right,
  reference: Reference,
  { digest, demand }: Pick<StoredManifest, 'digest' | 'demand'>,
): Promise<MissingSignatures> {
  const [trust, context] = [c.get('contentTrust'), c.get('context')]
  if (demand === undefined || trust === undefined) return []
  const pulled = { repositoryId: demand.repositoryId, repository: right.repository, digest }
  if (demand.mode !== 'enforce') return async () => (await trust.judge(context, pulled)).reported
  const { refusal, refusedFor, reported } = await trust.judge(context, pulled)
  if (refusal === undefined) return reported
  notePull(context, { ...pullOf(c, right, reference, digest), missingSignatures: refusedFor, isRefused: true })
  throw refusal
}

interface Answered {
  readonly digest: Digest
  readonly missingSignatures: MissingSignatures
}

/** Counts a GET as a pull. A HEAD of a tag is only its first half: the GET that follows names the digest. */
function noteAnswer(c: AppContext, right: Right, reference: Reference, { digest, missingSignatures }: Answered): void {
  const context = c.get('context')
  if (c.req.method === 'HEAD') {
    if ('tag' in reference) rememberTag(context.db, resolutionOf(c, right, digest), reference.tag, context.now)
    return
  }
  const pull = pullOf(c, right, reference, digest)
  if (typeof missingSignatures === 'function') context.background(noteReportedPull(context, pull, missingSignatures))
  else notePull(context, { ...pull, missingSignatures })
}

/** Says who pulls what: a tag, also one that the caller has just looked up, or a digest. */
function pullOf(c: AppContext, right: Right, reference: Reference, digest: Digest) {
  const { db, now } = c.get('context')
  const { repository, holder } = right
  const tag = 'tag' in reference ? reference.tag : rememberedTag(db, resolutionOf(c, right, digest), now)
  return { actor: nameOfHolder(right), actorId: holder?.id, repository, tag, digest }
}

const resolutionOf = (c: AppContext, { repository, holder }: Right, digest: Digest) => ({
  caller: `${holder?.id ?? ''} ${c.get('context').address ?? ''}`,
  repository,
  digest,
})

/**
 * Reads a manifest, up to the limit, and holds memory for a large one until it has been used.
 *
 * @throws RegistryError `manifest-too-large`, or `size-mismatch` for a body that ended early; as `useWhole`
 */
async function useManifest<Result>(
  c: AppContext,
  { holder }: Right,
  use: (bytes: Uint8Array) => Promise<Result>,
): Promise<Result> {
  const announcedBytes = contentLength(c)
  const limitBytes = largestManifestBytes
  const tooLarge = new RegistryError({ kind: 'manifest-too-large', limitBytes })
  if (announcedBytes !== undefined && announcedBytes > limitBytes) throw tooLarge
  const whole = wholeBodyOf(c, announcedBytes ?? limitBytes, holder?.id)
  async function read(bytes: Uint8Array): Promise<Uint8Array> {
    if (bytes.length > limitBytes) throw tooLarge
    if (announcedBytes !== undefined && bytes.length !== announcedBytes) {
      throw new RegistryError({ kind: 'size-mismatch', expectedBytes: announcedBytes, actualBytes: bytes.length })
    }
    return bytes
  }
  return useWhole(c.get('body'), whole, { read, use })
}
