/** Compares what Notary signs with what is restated of it: makes what is missing, and withdraws what is signed no more. */
import { asOfNow, type Context } from '../../context.ts'
import { confirmBlob } from '../../db/content/confirmations.ts'
import { deleteManifest } from '../../db/content/manifests.ts'
import type { DeletionRight } from '../../db/access/rights.ts'
import { isForeignKeyViolation, isPinned } from '../../db/database.ts'
import type { JobContext } from '../../jobs/job-type.ts'
import { mediaTypes } from '../../registry/manifest-document.ts'
import { putManifest } from '../../registry/manifests.ts'
import { sessionSeconds } from '../../limits.ts'
import { finishUpload } from '../../registry/uploads.ts'
import { BodyReader } from '../../storage/body.ts'
import { fromBase64, toBase64 } from '../tuf/base64.ts'
import { notationMessage, writeNotation } from './notation-signature.ts'
import type { Referrer, Signed, Subject } from './referrer.ts'
import type { RegistryKey } from './registry-key.ts'
import {
  compareImages,
  forgetRestatements,
  markStored,
  writeRestatements,
  type Differing,
  type Due,
  type Kind,
  type StoredRestatement,
} from './restatement-store.ts'
import { bundleMessage, writeBundle } from './sigstore-bundle.ts'

/** Images that a slice looks at: some milliseconds of D1. */
const imagesOfSlice = 500
/** Those that it changes: each takes about a dozen round trips to D1 and two puts to R2. */
const changesOfSlice = 8

/** By which key images are restated now. */
export interface Signing {
  /** The fingerprint; empty when nothing is to be restated. */
  readonly signedWith: string
  /** Undefined while it is lost. */
  readonly key: RegistryKey | undefined
}

export interface Progress {
  readonly made: number
  readonly withdrawn: number
  readonly lines: readonly string[]
  /** The digest after which the next slice goes on; undefined when the repository is done. */
  readonly next: string | undefined
}

/** Brings some images of a repository up to date. */
export async function restateSome(
  context: JobContext,
  due: Due,
  after: string,
  { signedWith, key }: Signing,
): Promise<Progress> {
  const now = asOfNow(context)
  const comparing = { repositoryId: due.repositoryId, after, signedWith, canMake: key !== undefined }
  const { differing, next } = await compareImages(context.db, comparing, imagesOfSlice, changesOfSlice)
  const repository = new BridgedRepository(now, due)
  let made = 0
  for (const image of differing) {
    await repository.withdraw(image, signedWith)
    if (image.isWanted && key !== undefined && (await repository.restate(image, key))) made++
  }
  return { made, withdrawn: repository.withdrawn, lines: repository.lines, next }
}

const kinds: readonly Kind[] = ['cosign', 'notation']

const messageOf = (kind: Kind, subject: Subject, signedAt: number): Uint8Array<ArrayBuffer> =>
  kind === 'cosign' ? bundleMessage(subject) : notationMessage(subject, signedAt)

const write = (kind: Kind, subject: Subject, signed: Signed, key: RegistryKey): Promise<Referrer> =>
  kind === 'cosign' ? writeBundle(subject, signed, key.fingerprint) : writeNotation(subject, signed, key.certificateDer)

class BridgedRepository {
  readonly #context: Context
  readonly #due: Due
  readonly #right: DeletionRight
  /** Those that are here for certain: all restatements have the same config. */
  readonly #blobs = new Set<string>()
  readonly lines: string[] = []
  withdrawn = 0

  constructor(context: Context, due: Due) {
    this.#context = context
    this.#due = due
    this.#right = {
      repository: due.repository,
      ground: { repositoryId: due.repositoryId },
      holder: undefined,
      isRegistry: true,
      scope: undefined,
      takesImmutable: true,
    }
  }

  /** Deletes the restatements of an image that are wrong: all when it is signed no more, and those by other keys. */
  async withdraw({ subject, isWanted, stored }: Differing, signedWith: string): Promise<void> {
    const wrong = stored.filter((one) => !isWanted || one.signedWith !== signedWith)
    if (wrong.length === 0) return
    for (const { digest } of wrong) await this.#delete(digest)
    await forgetRestatements(
      this.#context.db,
      this.#due.repositoryId,
      wrong.map(({ digest }) => digest),
    )
    if (!isWanted) {
      this.withdrawn++
      this.lines.push(`${this.#due.repository}: withdrew the restatements of ${subject}, which Notary signs no more`)
    }
  }

  async #delete(digest: StoredRestatement['digest']): Promise<void> {
    const { db, now } = this.#context
    try {
      await deleteManifest(db, this.#right, digest, now)
    } catch (error) {
      if (!isPinned(error) && !isForeignKeyViolation(error)) throw error
      this.lines.push(
        `${this.#due.repository}: ${digest} is not withdrawn, as a user has signed or listed it: delete it`,
      )
    }
  }

  /** Makes the restatements of an image that are missing. @returns whether there were any */
  async restate({ subject: digest, mediaType, sizeBytes, stored }: Differing, key: RegistryKey): Promise<boolean> {
    if (mediaType === null || sizeBytes === null) return false
    const subject = { digest, mediaType, sizeBytes }
    const written = stored.filter(({ signedWith }) => signedWith === key.fingerprint)
    const missing = kinds.filter((kind) => written.every((one) => one.kind !== kind))
    const all = missing.length === 0 ? written : await this.#sign(subject, missing, key)
    const unstored = all.filter((one) => one.signedWith === key.fingerprint && !one.isStored)
    for (const one of unstored) await this.#push(await write(one.kind, subject, signedOf(one), key))
    await markStored(
      this.#context.db,
      this.#due.repositoryId,
      unstored.map((one) => one.digest),
    )
    return unstored.length > 0
  }

  /** Signs an image, and writes the signatures down: from then on each has the same bytes, however often it is pushed. */
  async #sign(subject: Subject, missing: readonly Kind[], key: RegistryKey): Promise<readonly StoredRestatement[]> {
    const { db, now: signedAt } = this.#context
    const fresh = await Promise.all(
      missing.map(async (kind) => {
        const signature = await key.sign(messageOf(kind, subject, signedAt))
        const { digest } = await write(kind, subject, { signedAt, signature }, key)
        const signedWith = key.fingerprint
        return { kind, signedWith, signedAt, signature: toBase64(signature), digest, isStored: false }
      }),
    )
    return writeRestatements(db, this.#due.repositoryId, subject.digest, fresh)
  }

  /** Pushes a signature, as a client would. */
  async #push({ digest, manifest: bytes, blobs }: Referrer): Promise<void> {
    for (const blob of blobs) await this.#pushBlob(blob.digest, blob.bytes)
    const push = { right: this.#right, creates: false }
    const pushed = { bytes, contentType: mediaTypes.image, reference: { digest }, tags: [], push }
    await putManifest(this.#context, this.#due.repository, pushed)
  }

  async #pushBlob(digest: Referrer['digest'], bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { db, now } = this.#context
    if (this.#blobs.has(digest)) return
    if ((await confirmBlob(db, this.#right, digest, now)) === undefined) {
      const { repository } = this.#due
      const id = crypto.randomUUID()
      const ticket = { id, repository, expiresAt: now + sessionSeconds * 1000, algorithm: 'sha256' } as const
      const body = new BodyReader(new Blob([bytes]).stream())
      const sent = { body, sizeBytes: bytes.length, expectedBytes: bytes.length, offsetBytes: undefined }
      await finishUpload(this.#context, ticket, digest, sent, { right: this.#right, creates: false })
    }
    this.#blobs.add(digest)
  }
}

function signedOf({ signedAt, signature }: StoredRestatement): Signed {
  const bytes = fromBase64(signature)
  if (bytes === undefined) throw new Error('a restatement has no signature in base64')
  return { signedAt, signature: bytes }
}
