/**
 * The data key as the registry keeps it until the backup is proven: `key.sealed`, AES-GCM under a key that is derived from the
 * secret of the registry, and bound to the backup.
 */
import * as z from 'zod'
import { encryptionKeysFor } from '../../auth/keys.ts'
import { fromHex, toHex } from '../../util/hex.ts'
import type { Secrets } from '../../variables.ts'
import { dataKeyText } from './data-key.ts'

const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/)
const keptSchema = z.object({
  /** Names the secret of the registry, and tells nothing about it. */
  sealedWith: z.string(),
  nonce: hex,
  sealed: hex,
  /** An operator lent it, for a proof or a restore that ends soon. */
  isLent: z.boolean().default(false),
})

const nonceBytes = 12
const encoder = new TextEncoder()
const placeOf = (id: string) => ({ additionalData: encoder.encode(`data key of the backup ${id}`) })

/** Encrypts the data key of a backup under the current secret. @param isLent an operator lends it */
export async function keepDataKey(secrets: Secrets, id: string, dataKey: string, isLent = false): Promise<string> {
  const { current } = await encryptionKeysFor(secrets, 'backup')
  const iv = crypto.getRandomValues(new Uint8Array(nonceBytes))
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, ...placeOf(id) },
    current.key,
    encoder.encode(dataKey),
  )
  const kept: z.infer<typeof keptSchema> = { sealedWith: current.name, nonce: toHex(iv), sealed: toHex(sealed), isLent }
  return JSON.stringify(kept)
}

/** Opens what `keepDataKey` made. @returns undefined when neither the current nor the previous secret opens it */
export async function openKeptDataKey(secrets: Secrets, id: string, text: string): Promise<string | undefined> {
  const kept = keptSchema.safeParse(parsed(text)).data
  const { current, previous } = await encryptionKeysFor(secrets, 'backup')
  const found = [current, previous].find((one) => one?.name === kept?.sealedWith)
  if (kept === undefined || found === undefined) return undefined
  try {
    const place = { name: 'AES-GCM', iv: fromHex(kept.nonce), ...placeOf(id) }
    const opened = await crypto.subtle.decrypt(place, found.key, fromHex(kept.sealed))
    const dataKey = new TextDecoder().decode(opened)
    return dataKeyText.test(dataKey) ? dataKey : undefined
  } catch {
    return undefined
  }
}

/** Tells what is known of a kept key without opening it; undefined for an object that another program wrote. */
export const describedKey = (text: string): Pick<z.infer<typeof keptSchema>, 'sealedWith' | 'isLent'> | undefined =>
  keptSchema.safeParse(parsed(text)).data

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
