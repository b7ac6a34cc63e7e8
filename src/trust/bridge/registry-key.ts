/**
 * The registry's own key, by which it restates in other forms what was signed (`README.md`). There is one for the whole
 * registry: the first that asks makes it, and its public half is published. Its private half is sealed as those of
 * collections are.
 */
import type { Context } from '../../context.ts'
import { keptAnswers } from '../../db/cache.ts'
import type { Attribution } from '../../db/events/events.ts'
import type { SealedPrivate } from '../notary/schema.ts'
import { makePair, openPrivate, resealPrivate, sealPrivate, type Sign } from '../sealed-keys.ts'
import { fromBase64, toBase64 } from '../tuf/base64.ts'
import { keyIdOf, sha256Hex } from '../tuf/keys.ts'
import { findRegistryKey, insertRegistryKey, type NewRegistryKey, type RegistryKeyRow } from './registry-key-store.ts'
import { lazily } from '../../util/lazy.ts'

const loadCertificate = lazily(() => import('./certificate.ts'))

/** What everyone may know of the key. */
export interface PublishedKey {
  /** SHA-256 of the DER SubjectPublicKeyInfo, in hexadecimal digits. */
  readonly fingerprint: string
  readonly publicKeyPem: string
  /** Self-signed, for what knows no bare keys. */
  readonly certificatePem: string
  readonly createdAt: number
}

/** The key, to sign with. */
export interface RegistryKey extends PublishedKey {
  /** The ID by which TUF knows the bare key. */
  readonly keyId: string
  /** The DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly certificateDer: Uint8Array<ArrayBuffer>
  /** Signs by ECDSA with SHA-256. Signatures are r and s, 32 bytes each. */
  readonly sign: Sign
}

type KeyContext = Pick<Context, 'db' | 'secrets' | 'now'>

/** Returns the key, and makes it if there is none. @returns undefined when its secret is lost: alerts say so */
export async function registryKey(context: KeyContext): Promise<RegistryKey | undefined> {
  return openRow(context, (await findRegistryKey(context.db)) ?? (await makeKey(context, 0, '')))
}

/** Replaces the key by a new one, also when the secret of the old one is lost. */
export async function rotateRegistryKey(context: KeyContext, by: Attribution['by']): Promise<PublishedKey> {
  const before = await findRegistryKey(context.db)
  const made = published(await makeKey(context, before?.generation ?? 0, by))
  keptAnswers(context.db.binding).drop()
  return made
}

const question = 'key of the registry'

/** Returns what is published of the key, which an isolate keeps for seconds. Makes the key if there is none. */
export async function publishedKey(context: KeyContext): Promise<PublishedKey> {
  const kept = keptAnswers(context.db.binding)
  const known = kept.find(question, context.now)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the question says of which kind the answer is
  if (known !== undefined) return known as PublishedKey
  const { drops } = kept
  const found = published((await findRegistryKey(context.db)) ?? (await makeKey(context, 0, '')))
  kept.keep(question, found, found.publicKeyPem.length + found.certificatePem.length, { now: context.now, drops })
  return found
}

/** Makes a key that follows another one. @returns the key that signs then, as another request may have been faster */
async function makeKey(
  { db, secrets, now }: KeyContext,
  before: number,
  by: Attribution['by'],
): Promise<RegistryKeyRow> {
  const { makeCertificate } = await loadCertificate()
  const { keys, spki, pkcs8 } = await makePair()
  const fingerprint = await sha256Hex(spki)
  const made: NewRegistryKey = {
    fingerprint,
    publicKey: toBase64(spki),
    certificate: toBase64(await makeCertificate(keys, fingerprint, now)),
    ...(await sealPrivate(secrets, placeOf(fingerprint), pkcs8)),
  }
  return insertRegistryKey(db, made, before, { by, now })
}

/** Encrypts the key again, under the current secret. @returns undefined when neither secret opens it */
export const resealedKey = (
  { secrets }: Pick<Context, 'secrets'>,
  row: RegistryKeyRow,
): Promise<SealedPrivate | undefined> => resealPrivate(secrets, placeOf(row.fingerprint), row)

const placeOf = (fingerprint: string): string => `registry|${fingerprint}`

async function openRow({ secrets }: KeyContext, row: RegistryKeyRow): Promise<RegistryKey | undefined> {
  const sign = await openPrivate(secrets, placeOf(row.fingerprint), row)
  if (sign === undefined) return undefined
  const publicKey = stored(row.publicKey)
  const keyId = await keyIdOf({ type: 'ecdsa', bytes: publicKey })
  return { ...published(row), keyId, publicKey, certificateDer: stored(row.certificate), sign }
}

const published = ({ fingerprint, publicKey, certificate, createdAt }: RegistryKeyRow): PublishedKey => ({
  fingerprint,
  publicKeyPem: pemOf('PUBLIC KEY', publicKey),
  certificatePem: pemOf('CERTIFICATE', certificate),
  createdAt,
})

function stored(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(base64)
  if (bytes === undefined) throw new Error('the row of the key of the registry is not base64')
  return bytes
}

/** Writes PEM (RFC 7468), with lines of 64 characters. */
const pemOf = (label: string, base64: string): string =>
  `-----BEGIN ${label}-----\n${base64.replaceAll(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`
