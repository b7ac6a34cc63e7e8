/** The journal of revocations, as it lies in the bucket. */
import { env } from 'cloudflare:workers'
import { journalSchema, revocationsPrefix } from '../../../src/backup/revocations/journal.ts'
import type { Revocation } from '../../../src/backup/revocations/store.ts'

export const journalKeys = async (): Promise<string[]> =>
  (await env.BACKUPS.list({ prefix: revocationsPrefix })).objects.map(({ key }) => key)

export async function journalEntries(): Promise<Revocation[]> {
  const entries: Revocation[] = []
  for (const key of await journalKeys()) {
    entries.push(...journalSchema.parse(await (await env.BACKUPS.get(key))?.json()))
  }
  return entries
}
