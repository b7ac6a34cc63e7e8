/**
 * Verifies the signatures of notation, by the Notary Project's signature specification. Its two envelopes, JWS and COSE, are
 * read into one form, which is checked here.
 */
import * as z from 'zod'
import { largestSignatureBytes } from '../../limits.ts'
import { knownKeys } from '../../util/json.ts'
import type { NotationArtifact } from './artifact.ts'
import { checkChain, readChain, trustingStore, type Leaf } from './certificates.ts'
import { loadX509 } from '../x509.ts'
import { readCose } from './cose.ts'
import type { NotationEnvelope } from './envelope.ts'
import { readJws } from './jws.ts'
import { fingerprintOf } from './keys.ts'
import { contentOf, readJson, shaped, type Bytes } from './reading.ts'
import {
  refusing,
  SignatureRefused,
  type Contents,
  type SignatureFact,
  type SignatureTrust,
  type Signer,
  type TrustStore,
} from './types.ts'

const payloadType = 'application/vnd.cncf.notary.payload.v1+json'
const scheme = 'io.cncf.notary.signingScheme'
const signingTime = 'io.cncf.notary.signingTime'
const authenticSigningTime = 'io.cncf.notary.authenticSigningTime'
const expiry = 'io.cncf.notary.expiry'

/** Who says when: the signer, whose clock proves nothing, or an authority that signs for others. */
const schemes: ReadonlyMap<unknown, { readonly store: TrustStore['type']; readonly timeAttribute: string }> = new Map([
  ['notary.x509', { store: 'ca', timeAttribute: signingTime }],
  ['notary.x509.signingAuthority', { store: 'signingAuthority', timeAttribute: authenticSigningTime }],
])

/**
 * Verifies a signature of notation.
 *
 * @throws SignatureRefused
 */
export async function notationFact(
  artifact: NotationArtifact,
  contents: Contents,
  trust: SignatureTrust,
  now: number,
): Promise<SignatureFact> {
  const stored = contentOf(contents, artifact.envelope, largestSignatureBytes, 'the envelope')
  const envelope = artifact.form === 'jws' ? readJws(stored) : await readCose(stored)
  const signed = readAttributes(envelope, now)
  refuseOtherArtifacts(envelope.payload, artifact.subject)

  const x509 = await loadX509()
  const chain = await readChain(x509, envelope.certificates)
  // Without an authority's time the certificates have to be valid still when the signature is checked.
  const times = signed.store === 'ca' ? [signed.signedAt, now] : [signed.signedAt]
  const leaf = await checkingChain(() => checkChain(x509, chain, times))
  await checkSignature(envelope, leaf)

  const stores = (trust.stores ?? []).filter(({ type }) => type === signed.store)
  const store = await checkingChain(() => trustingStore(x509, chain, stores, times))
  return {
    digest: artifact.subject,
    kind: 'notation',
    signer: await signerOf(leaf, store, trust),
    signedAt: Math.min(signed.signedAt, now),
    timeSource: 'signer',
    expiresAt: signed.expiresAt,
  }
}

/** Runs a check of certificates. The library reads their parts when it is asked about them, and throws at broken ones. */
const checkingChain = <Result>(check: () => Promise<Result>): Promise<Result> =>
  refusing('chain-invalid', 'a certificate of the chain cannot be checked: sign with another', check)

interface SignedAttributes {
  readonly store: TrustStore['type']
  readonly signedAt: number
  readonly expiresAt: number | undefined
}

function readAttributes(envelope: NotationEnvelope, now: number): SignedAttributes {
  const { attributes, contentType, critical, timeOf } = envelope
  if (contentType !== payloadType) throw unsupported('another payload than that of notation')
  const known = schemes.get(attributes.get(scheme))
  if (known === undefined) throw unsupported('an unknown signing scheme')
  refuseCritical(critical, attributes, known.timeAttribute)
  const signedAt = timeOf(attributes.get(known.timeAttribute))
  const expiresAt = attributes.has(expiry) ? timeOf(attributes.get(expiry)) : undefined
  if (Number.isNaN(signedAt) || Number.isNaN(expiresAt)) {
    throw new SignatureRefused('malformed', 'the signature has no readable time: sign again')
  }
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new SignatureRefused(
      'signature-expired',
      `the signature ended at ${new Date(expiresAt).toISOString()}: sign again`,
    )
  }
  return { store: known.store, signedAt, expiresAt }
}

/** Refuses critical attributes that are not understood, and attributes that are to be critical and are not marked so. */
function refuseCritical(
  critical: readonly unknown[],
  attributes: ReadonlyMap<string, unknown>,
  timeAttribute: string,
): void {
  const required = [scheme, expiry, authenticSigningTime].filter((name) => attributes.has(name))
  const otherTime = timeAttribute === signingTime ? authenticSigningTime : signingTime
  const isUnderstood = critical.every((name) => required.includes(String(name)))
  if (!isUnderstood || attributes.has(otherTime)) throw unsupported('attributes that are not understood')
  if (!required.every((name) => critical.includes(name))) {
    throw unsupported('attributes that are not marked as critical')
  }
}

const unsupported = (what: string): SignatureRefused =>
  new SignatureRefused('unsupported', `the envelope has ${what}: sign with notation, without plugins`)

const payloadKeys = knownKeys('targetArtifact', 'digest')
const payload = z.object({ targetArtifact: z.object({ digest: z.string() }) })

function refuseOtherArtifacts(bytes: Bytes, subject: string): void {
  const { targetArtifact } = shaped(payload, readJson(bytes, 'the payload', payloadKeys), 'the payload')
  if (targetArtifact.digest === subject) return
  throw new SignatureRefused('other-digest', `the signature is of another image than ${subject}: sign this one`)
}

/** Verifies the signature. The Notary Project: `alg` must be the algorithm of the key, so that none can be substituted. */
async function checkSignature(envelope: NotationEnvelope, leaf: Leaf): Promise<void> {
  if (envelope.algorithm !== leaf.algorithm) {
    const sentence = `the envelope is not signed with ${leaf.algorithm}, the algorithm of its key: sign with notation`
    throw new SignatureRefused('unsupported', sentence)
  }
  const isSigned = await refusing('signature-invalid', 'the signature cannot be checked: sign again', async () => {
    const key = await crypto.subtle.importKey('spki', leaf.spki, importParameters[leaf.algorithm], false, ['verify'])
    return envelope.isSignedWith(key, leaf.algorithm)
  })
  if (isSigned) return
  throw new SignatureRefused('signature-invalid', `the signature is not of the key of ${leaf.subject}: sign again`)
}

const importParameters = {
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384' },
  PS512: { name: 'RSA-PSS', hash: 'SHA-512' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  ES512: { name: 'ECDSA', namedCurve: 'P-521' },
} as const

/** Names the signer. A registered key needs no trust store, as nothing depends on what its certificate says. */
async function signerOf(leaf: Leaf, store: TrustStore | undefined, { keys }: SignatureTrust): Promise<Signer> {
  const fingerprint = await fingerprintOf(leaf.spki)
  if (store) return { form: 'certificate', fingerprint, store: store.name, subject: leaf.subject }
  if (keys.some((key) => key.fingerprint === fingerprint)) return { form: 'key', fingerprint }
  throw new SignatureRefused(
    'chain-untrusted',
    `no trust store has the chain of ${leaf.subject}: add its root to one, or register the key`,
  )
}
