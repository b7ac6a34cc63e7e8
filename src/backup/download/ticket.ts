/**
 * The ticket of a download: an administrator who proved a password gets it, and it reads the objects of one backup for some
 * hours. So the password is asked once, and not for each of thousands of objects.
 */
import type { Keys } from '../../auth/keys.ts'
import { fromHex, toHex } from '../../util/hex.ts'

export const ticketMilliseconds = 12 * 3600 * 1000

const encoder = new TextEncoder()
const form = /^(\d{1,15})\.((?:[0-9a-f]{2}){32})$/

/** Makes a ticket. @param id of the backup */
export async function issueTicket({ current }: Pick<Keys, 'current'>, id: string, now: number): Promise<string> {
  const until = now + ticketMilliseconds
  return `${until}.${toHex(await crypto.subtle.sign('HMAC', current, signed(id, until)))}`
}

/** Tells whether a ticket is one for this backup. */
export async function isTicketFor(
  { current, previous }: Keys,
  id: string,
  ticket: string,
  now: number,
): Promise<boolean> {
  const [, until = '', signature = ''] = form.exec(ticket) ?? []
  if (until === '' || Number(until) <= now) return false
  for (const key of previous === undefined ? [current] : [current, previous]) {
    if (await crypto.subtle.verify('HMAC', key, fromHex(signature), signed(id, Number(until)))) return true
  }
  return false
}

const signed = (id: string, until: number) => encoder.encode(`download\n${id}\n${until}`)
