/** The setting `backupRecipients`: the public keys of age for which backups are encrypted. */
import { bech32 } from '@scure/base'
import * as z from 'zod'
import { mostBackupRecipients } from '../../limits.ts'
import { accessFields, type SettingFields } from '../../settings/fields.ts'

/** `age1` and the 32 bytes of an X25519 key. */
const recipientLength = 62
const keyBytes = 32

const notOne = { error: 'it must be a public key of age, like "age1…" with 62 characters: "age-keygen" prints one' }

const recipient = z.string().max(recipientLength, notOne).refine(isRecipient, notOne)

export const sealingSettings = {
  backupRecipients: z
    .array(recipient)
    .max(mostBackupRecipients)
    .describe(
      'public keys of age (X25519) for which backups are encrypted; each of their identities opens them. Empty: backups are not encrypted',
    )
    .default([])
    .register(accessFields, { decides: 'what becomes of backups' }),
} as const satisfies SettingFields

function isRecipient(text: string): boolean {
  if (!text.startsWith('age1')) return false
  const decoded = bech32.decodeUnsafe(text)
  return decoded !== undefined && bech32.fromWordsUnsafe(decoded.words)?.length === keyBytes
}
