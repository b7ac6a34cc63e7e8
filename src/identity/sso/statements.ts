/**
 * Short statements that the registry makes to itself and leaves with a browser: which login it began, and who may approve
 * what. They are signed JWTs, so no row is written before a provider has vouched for anyone.
 */
import { errors, jwtVerify, SignJWT } from 'jose'
import type * as z from 'zod'
import { keysFor } from '../../auth/keys.ts'
import type { Secrets } from '../../variables.ts'

/** What a statement is for: one is never taken for another. */
export type StatementKind = 'login' | 'approval'

const algorithm = 'HS256'

/** Signs a statement. @param now in milliseconds since 1970 */
export async function signStatement(
  secrets: Secrets,
  kind: StatementKind,
  content: Readonly<Record<string, unknown>>,
  { seconds, now }: { readonly seconds: number; readonly now: number },
): Promise<string> {
  const { current } = await keysFor(secrets, 'sso')
  const issued = Math.floor(now / 1000)
  return new SignJWT(content)
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setAudience(`sso-${kind}`)
    .setIssuedAt(issued)
    .setExpirationTime(issued + seconds)
    .sign(current)
}

/** Reads a statement. @returns undefined for one that is forged, of another kind, too old, or not of the schema */
export async function readStatement<Content>(
  secrets: Secrets,
  kind: StatementKind,
  { text, schema, now }: { readonly text: string; readonly schema: z.ZodType<Content>; readonly now: number },
): Promise<Content | undefined> {
  const { current, previous } = await keysFor(secrets, 'sso')
  for (const key of previous === undefined ? [current] : [current, previous]) {
    try {
      const { payload } = await jwtVerify(text, key, {
        algorithms: [algorithm],
        audience: `sso-${kind}`,
        currentDate: new Date(now),
        requiredClaims: ['exp'],
      })
      return schema.safeParse(payload).data
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
    }
  }
  return undefined
}
