/** Makes what signatures are checked against of what users and administrators registered. */
import * as z from 'zod'
import { apiJson } from '../../limits.ts'
import { parseJson } from '../../util/json.ts'
import { spkiOfPem } from '../policy/read-key.ts'
import { readCertificates } from '../tuf/certificates.ts'
import { loadSigstore, readTrustedRoot } from './bundles.ts'
import type { Registered, RegisteredKey, RegisteredRoot } from './facts-store.ts'
import { SignatureRefused, type SignatureTrust, type TrustedKey, type TrustStore } from './types.ts'

/**
 * Reads the keys and roots. Identities are not among them: every keyless identity that a root vouches for is a fact, and a
 * policy chooses among the facts, so that a change of identities needs no check.
 */
export async function readTrusted({ keys, roots }: Registered): Promise<SignatureTrust> {
  const [read, stores] = await Promise.all([
    Promise.all(keys.map(readKey)),
    Promise.all(roots.filter(({ kind }) => kind === 'x509').map(readStore)),
  ])
  const trustedRoot = await mergedRoot(roots.filter(({ kind }) => kind === 'sigstore'))
  return { keys: read.flat(), stores, ...(trustedRoot !== undefined && { trustedRoot }) }
}

/** Reads a key; none of a text that an older version took. */
async function readKey({ fingerprint, publicKey }: RegisteredKey): Promise<readonly TrustedKey[]> {
  const spki = await spkiOfPem(publicKey)
  return spki === undefined ? [] : [{ fingerprint, spki }]
}

/** Reads a root. It is trusted to say who signs, and not when: the time of a signing authority is no proof here. */
async function readStore({ name, document }: RegisteredRoot): Promise<TrustStore> {
  const certificates = (await readCertificates(new TextEncoder().encode(document))) ?? []
  return { name, type: 'ca', certificates: certificates.map(({ der }) => der) }
}

const authorities = z.array(z.unknown()).default([])
const parts = z.object({
  tlogs: authorities,
  certificateAuthorities: authorities,
  ctlogs: authorities,
  timestampAuthorities: authorities,
})

/**
 * Merges the trusted roots of several sigstores into one, whose authorities and logs all count. One that the library
 * cannot read takes none of the others with it.
 */
async function mergedRoot(roots: readonly RegisteredRoot[]): Promise<object | undefined> {
  const read = roots.flatMap(({ document }) => {
    const parsed = parseJson(document, apiJson)
    return 'refused' in parsed ? [] : (parts.safeParse(parsed.value).data ?? [])
  })
  if (read.length === 0) return undefined
  const sigstore = await loadSigstore()
  const usable = read.filter((one) => !(readTrustedRoot(sigstore, rootOf([one])) instanceof SignatureRefused))
  return rootOf(usable.length > 0 ? usable : read)
}

const rootOf = (read: ReadonlyArray<z.infer<typeof parts>>): object => ({
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: read.flatMap(({ tlogs }) => tlogs),
  certificateAuthorities: read.flatMap(({ certificateAuthorities }) => certificateAuthorities),
  ctlogs: read.flatMap(({ ctlogs }) => ctlogs),
  timestampAuthorities: read.flatMap(({ timestampAuthorities }) => timestampAuthorities),
})
