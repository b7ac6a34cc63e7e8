/**
 * Keeps what the registry restates in the repository that it restated it for. A bundle and an envelope name a digest and no
 * repository, and there is one key for all: a caller who may push here could bring what the registry says of the same image
 * elsewhere, where the caller has a key in Notary, or what it has withdrawn here.
 */
import type { Context } from '../../context.ts'
import type { OfferedManifest } from '../../registry/content-trust.ts'
import { findingsOfBytes } from '../signatures/checking.ts'
import { fromBase64 } from '../tuf/base64.ts'
import { bridgeError } from './failures.ts'
import { findOwnSignature } from './registry-key-store.ts'

/**
 * Refuses a signature by a key that is or was the registry's, unless the registry has restated just that here.
 *
 * @throws the error `signature-copied`
 */
export async function refuseCopied(
  context: Context,
  { repository, digest, bytes }: Omit<OfferedManifest, 'artifactType'>,
): Promise<void> {
  const { repositoryId, isRestated, keys } = await findOwnSignature(context.db, repository, digest)
  if (repositoryId === undefined || isRestated || keys.length === 0) return
  const own = keys.flatMap(({ fingerprint, publicKey }) => {
    const spki = fromBase64(publicKey)
    return spki === undefined ? [] : [{ fingerprint, spki }]
  })
  const { facts } = await findingsOfBytes(context, repositoryId, bytes, own)
  if (facts.length > 0) throw bridgeError({ kind: 'signature-copied', repository })
}
