/** What a user who has logged in may approve: one command, within minutes, as the user of the provider who was proven. */
import * as z from 'zod'
import type { Secrets } from '../../variables.ts'
import type { Approved } from './login-store.ts'
import { readStatement, signStatement } from './statements.ts'

const approvalSeconds = 300

const schema = z.object({
  userCodeHash: z.string(),
  issuer: z.string(),
  subject: z.string(),
  session: z.string().optional(),
  name: z.string(),
  accountId: z.string().optional(),
})

/** Lets a user approve a command. @returns the ticket, for the form of the page */
export function ticketFor(
  secrets: Secrets,
  userCodeHash: string,
  { issuer, subject, sid: session, name, accountId }: Approved,
  now: number,
): Promise<string> {
  const content = { userCodeHash, issuer, subject, session, name, accountId }
  return signStatement(secrets, 'approval', content, { seconds: approvalSeconds, now })
}

/** Reads a ticket. @returns undefined for one that is forged or too old */
export async function readTicket(
  secrets: Secrets,
  text: string,
  now: number,
): Promise<{ readonly userCodeHash: string; readonly approved: Approved } | undefined> {
  const read = await readStatement(secrets, 'approval', { text, schema, now })
  if (read === undefined) return undefined
  const { userCodeHash, issuer, subject, session: sid, name, accountId } = read
  return { userCodeHash, approved: { issuer, subject, sid, name, accountId } }
}
