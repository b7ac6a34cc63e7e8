/**
 * The seal of an encrypted backup in its manifest. With it a manifest that was changed is refused: without a part, with other
 * marks, or with the parts of another backup.
 */
import * as z from 'zod'
import { toHex } from '../../util/hex.ts'
import type { DataKey } from './data-key.ts'

const encoder = new TextEncoder()

/** Returns the manifest of an encrypted backup with its seal. */
export async function sealManifest<Unsealed extends object>(manifest: Unsealed, key: DataKey): Promise<Unsealed> {
  return { ...manifest, seal: await sealOf(manifest, key) }
}

/** Tells whether the data key has sealed a manifest. @param text as it is stored */
export async function isSealedBy(text: string, key: DataKey): Promise<boolean> {
  const {
    seal,
    checksum: _,
    ...manifest
  } = z.looseObject({ seal: z.string().optional(), checksum: z.string() }).parse(JSON.parse(text))
  return seal === (await sealOf(manifest, key))
}

/** Computes the seal of all other fields, in their order, but for the hash that anyone can make. */
const sealOf = async (manifest: object, { digests }: DataKey): Promise<string> =>
  toHex(await crypto.subtle.sign('HMAC', digests, encoder.encode(`manifest\n${JSON.stringify(manifest)}`)))
