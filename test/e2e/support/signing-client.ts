/**
 * Sends what cosign and notation send, in their order: cosign by go-containerregistry, notation by oras-go. They log in by
 * the challenge of `/v2/`, look the image up, look for signatures that are there, and push blobs before manifests.
 */
import assert from 'node:assert/strict'
import { bundleFromJSON, toMessageSignatureBundle } from '@sigstore/bundle'
import { toSignedEntity, Verifier } from '@sigstore/verify'
import type { KeyObject } from 'node:crypto'
import * as z from 'zod'
import { digestOf } from '../../../scripts/client/digest.ts'
import { basic } from '../../../scripts/client/credentials.ts'
import { readToken, send, type Sending } from '../../../scripts/client/registry.ts'
import type { Registry } from './registry.ts'
import { types, type SignatureArtifact, type Subject } from './signatures.ts'
import type { User } from './users.ts'

const accept = [
  'application/vnd.docker.distribution.manifest.v2+json',
  types.image,
  'application/vnd.docker.distribution.manifest.list.v2+json',
  types.index,
].join(',')

const layered = z.object({
  layers: z.tuple([z.object({ digest: z.string(), annotations: z.record(z.string(), z.string()).optional() })]),
})
const listed = z.object({
  manifests: z.array(z.object({ digest: z.string(), artifactType: z.string().optional() })),
})

export class SigningClient {
  readonly #origin: string
  readonly #repository: string
  readonly #user: User
  readonly #tokens = new Map<string, string>()

  constructor({ host }: Registry, repository: string, user: User) {
    this.#origin = `https://${host}`
    this.#repository = repository
    this.#user = user
  }

  /** Resolves a reference to an image, as the subject of a signature. */
  async resolve(reference: string, method: 'GET' | 'HEAD' = 'GET'): Promise<Subject> {
    const found = await this.#get(`manifests/${reference}`, method)
    assert.equal(found.status, 200, `${method} of ${reference}`)
    const { headers } = found
    return {
      mediaType: headers.get('content-type') ?? '',
      digest: headers.get('docker-content-digest') ?? '',
      size: Number(headers.get('content-length')),
    }
  }

  /** `cosign sign` of version 2: the signatures that are there first, then a new manifest under their tag. */
  async signByTag(reference: string, sign: (subject: Subject) => SignatureArtifact): Promise<Subject> {
    const subject = await this.resolve(reference)
    const tag = signatureTag(subject)
    assert.equal((await this.#get(`manifests/${tag}`)).status, 404)
    const artifact = sign(subject)
    for (const blob of artifact.blobs) await this.#pushInPieces(blob)
    assert.equal((await this.#get(`manifests/${tag}`, 'HEAD')).status, 404)
    await this.#put(tag, artifact.manifest)
    return subject
  }

  /** `cosign sign` of version 3, and the like: a referrer. The registry says by `OCI-Subject` that it lists it. */
  async signByReferrer(reference: string, sign: (subject: Subject) => SignatureArtifact): Promise<Subject> {
    const { digest } = await this.resolve(reference)
    const subject = await this.resolve(digest, 'HEAD')
    const artifact = sign(subject)
    for (const blob of artifact.blobs) await this.#pushInPieces(blob)
    const answer = await this.#put(digestOf(artifact.manifest), artifact.manifest)
    assert.equal(answer.headers.get('oci-subject'), digest)
    return subject
  }

  /** `notation sign`: oras-go resolves by HEAD, looks for referrers, and sends a blob in one request. */
  async signWithNotation(reference: string, sign: (subject: Subject) => SignatureArtifact): Promise<Subject> {
    const subject = await this.resolve(reference, 'HEAD')
    assert.deepEqual(await this.referrers(subject.digest, types.notation), [])
    const artifact = sign(subject)
    for (const blob of artifact.blobs) await this.#pushAtOnce(blob)
    const answer = await this.#put(digestOf(artifact.manifest), artifact.manifest)
    assert.equal(answer.headers.get('oci-subject'), subject.digest)
    return subject
  }

  /** `cosign verify` of version 2. @throws Error where the signature is not by the key, or there is none */
  async verifyByTag(reference: string, key: KeyObject): Promise<void> {
    const subject = await this.resolve(reference)
    const { layers } = layered.parse(await (await this.#get(`manifests/${signatureTag(subject)}`)).json())
    const [{ digest, annotations = {} }] = layers
    const payload = await this.#blob(digest)
    assert.equal(
      signedPayload.parse(JSON.parse(payload.toString())).critical.image['docker-manifest-digest'],
      subject.digest,
    )
    const signature = Buffer.from(annotations['dev.cosignproject.cosign/signature'] ?? '', 'base64')
    const messageDigest = Buffer.from(digestOf(payload).slice('sha256:'.length), 'hex')
    verify(toMessageSignatureBundle({ digest: messageDigest, signature, keyHint: 'cosign.pub' }), key, payload)
  }

  /** `cosign verify` of version 3. @param list how it finds the bundles @throws Error as `verifyByTag` */
  async verifyByReferrer(
    reference: string,
    key: KeyObject,
    list: (digest: string) => Promise<readonly string[]> = (digest) => this.referrers(digest, types.bundle),
  ): Promise<void> {
    const subject = await this.resolve(reference)
    const [referrer, ...others] = await list(subject.digest)
    assert.deepEqual(others, [])
    const { layers } = layered.parse(await (await this.#get(`manifests/${referrer}`)).json())
    const bundle = bundleFromJSON(JSON.parse((await this.#blob(layers[0].digest)).toString()))
    verify(bundle, key)
    assert.equal(bundle.content.$case, 'dsseEnvelope')
    const { subject: signed } = statement.parse(JSON.parse(bundle.content.dsseEnvelope.payload.toString()))
    assert.deepEqual(signed, [{ digest: { sha256: subject.digest.slice('sha256:'.length) } }])
  }

  /** Lists what refers to an image, with the filter that oras-go sends. */
  async referrers(digest: string, artifactType: string): Promise<string[]> {
    const answer = await this.#get(`referrers/${digest}?artifactType=${encodeURIComponent(artifactType)}`)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), types.index)
    return withType(await answer.json(), artifactType)
  }

  /** Lists it by the tag of clients that find no referrers API. */
  async referrersByTag(digest: string, artifactType: string): Promise<string[]> {
    const answer = await this.#get(`manifests/${digest.replace(':', '-')}`)
    assert.equal(answer.status, 200)
    return withType(await answer.json(), artifactType)
  }

  /** Tells whether the user may read a manifest. */
  async mayRead(reference: string): Promise<boolean> {
    const { status } = await this.#get(`manifests/${reference}`)
    assert.ok(status === 200 || status === 403, String(status))
    return status === 200
  }

  /** Pushes a manifest as it is. */
  async putManifest(reference: string, manifest: Buffer, mediaType: string = types.image): Promise<void> {
    await this.#put(reference, manifest, mediaType)
  }

  async readManifest(reference: string): Promise<unknown> {
    return (await this.#get(`manifests/${reference}`)).json()
  }

  #get(path: string, method: 'GET' | 'HEAD' = 'GET'): Promise<Response> {
    return this.#ask('pull', method, path, { headers: { accept } })
  }

  async #blob(digest: string): Promise<Buffer> {
    const bytes = Buffer.from(await (await this.#get(`blobs/${digest}`)).arrayBuffer())
    assert.equal(digestOf(bytes), digest)
    return bytes
  }

  /** POST, PATCH and PUT, unless the blob is there. */
  async #pushInPieces(blob: Buffer): Promise<void> {
    const digest = digestOf(blob)
    if ((await this.#get(`blobs/${digest}`, 'HEAD')).ok) return
    const begun = await this.#ask('push', 'POST', 'blobs/uploads/')
    assert.equal(begun.status, 202)
    const patched = await this.#ask('push', 'PATCH', locationOf(begun), { body: Uint8Array.from(blob) })
    assert.equal(patched.status, 202)
    const committed = await this.#ask('push', 'PUT', withDigest(locationOf(patched), digest))
    assert.equal(committed.status, 201)
  }

  async #pushAtOnce(blob: Buffer): Promise<void> {
    const digest = digestOf(blob)
    if ((await this.#get(`blobs/${digest}`, 'HEAD')).ok) return
    const begun = await this.#ask('push', 'POST', 'blobs/uploads/')
    const committed = await this.#ask('push', 'PUT', withDigest(locationOf(begun), digest), {
      body: Uint8Array.from(blob),
    })
    assert.equal(committed.status, 201)
  }

  async #put(reference: string, manifest: Buffer, mediaType: string = types.image): Promise<Response> {
    const headers = { 'content-type': mediaType }
    const answer = await this.#ask('push', 'PUT', `manifests/${reference}`, {
      headers,
      body: Uint8Array.from(manifest),
    })
    assert.equal(answer.status, 201, `PUT of ${reference}`)
    return answer
  }

  /** @param target a path below the repository, or a Location of the registry */
  async #ask(action: 'pull' | 'push', method: string, target: string, sending: Sending = {}): Promise<Response> {
    const path = /^(?:https?:)?\//.test(target) ? target : `/v2/${this.#repository}/${target}`
    const actions = action === 'push' ? 'push,pull' : 'pull'
    const attempt = async (): Promise<Response> => {
      const authorization = `Bearer ${await this.#token(actions)}`
      return send(this.#origin, method, path, { ...sending, headers: { ...sending.headers, authorization } })
    }
    const answer = await attempt()
    if (answer.status !== 401) return answer
    // The token is five minutes old: a client gets another one.
    this.#tokens.delete(actions)
    return attempt()
  }

  async #token(actions: string): Promise<string> {
    const known = this.#tokens.get(actions)
    if (known !== undefined) return known
    const challenge = (await send(this.#origin, 'GET', '/v2/')).headers.get('www-authenticate') ?? ''
    const [, realm = '', service = ''] = /^Bearer realm="([^"]+)",service="([^"]+)"/.exec(challenge) ?? []
    const scope = `repository:${this.#repository}:${actions}`
    const url = `${realm}?${String(new URLSearchParams({ scope, service }))}`
    const answer = await send(this.#origin, 'GET', url, { headers: { authorization: basic(this.#user) } })
    const { token } = readToken(await answer.text())
    this.#tokens.set(actions, token)
    return token
  }
}

const signedPayload = z.object({ critical: z.object({ image: z.object({ 'docker-manifest-digest': z.string() }) }) })
const statement = z.object({ subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })) })

/** Verifies with the library of sigstore, which trusts the key alone. */
function verify(bundle: Parameters<typeof toSignedEntity>[0], key: KeyObject, payload?: Buffer): void {
  const material = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey: key, validFor: () => true }),
  }
  const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 })
  verifier.verify(toSignedEntity(bundle, payload))
}

const signatureTag = ({ digest }: Subject): string => `${digest.replace(':', '-')}.sig`

const withType = (index: unknown, artifactType: string): string[] =>
  listed
    .parse(index)
    .manifests.filter((one) => one.artifactType === artifactType)
    .map(({ digest }) => digest)

const locationOf = ({ headers }: Response): string => headers.get('location') ?? ''

const withDigest = (location: string, digest: string): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`
