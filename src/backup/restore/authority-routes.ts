/**
 * Who may restore: the holder of the recovery secret, and an administrator with a password. The token of a restoration
 * continues that one, as accounts are away in its middle.
 */
import { z } from '@hono/zod-openapi'
import { mayInRegistry } from '../../auth/authorization.ts'
import { hashOpaqueToken, isOpaqueToken } from '../../auth/opaque-token.ts'
import { denied } from '../../errors.ts'
import { errorsOf } from '../../failures/failure.ts'
import { longestRecoverySecret } from '../../limits.ts'
import type { AccountName } from '../../names.ts'
import type { AppContext } from '../../routes/app-context.ts'
import { requireAccount, requirePasswordAgain } from '../../routes/shared/router.ts'
import { restoreFailures } from './failures.ts'
import { requireRecoverySecret } from './recovery-secret.ts'
import { tokenHashOfReport } from './report.ts'
import { findRestoration } from './restoration.ts'

const recoveryHeader = 'x-breakwater-recovery'

/** The header of routes that need no account. */
export const recoveryHeaders = z.object({
  [recoveryHeader]: z.string().max(longestRecoverySecret).optional().openapi({
    description:
      'BREAKWATER_RECOVERY_SECRET of the registry, or the token of the restore; without it an administrator must log in',
  }),
})

const refusal = errorsOf(restoreFailures)

/**
 * Requires the recovery secret, or an administrator.
 *
 * @param words complete the refusal of others, as "restore a backup"
 * @returns the administrator; empty for the holder of the secret
 */
export async function requireRecovery(
  c: AppContext,
  words: string,
  proof: 'a password' | 'any login' = 'a password',
): Promise<AccountName | ''> {
  const secret = c.req.header(recoveryHeader)
  if (secret !== undefined) {
    await requireRecoverySecret(c.get('context'), secret)
    return ''
  }
  const account = requireAccount(c)
  const deed = { kind: 'declared-by-route', words } as const
  if (!mayInRegistry(account, 'administer')) throw denied(account.name, deed)
  if (proof === 'a password') requirePasswordAgain(c, deed)
  return account.name
}

/** Requires the token of a restoration, or else what began it. */
export async function requireRestorer(c: AppContext, id: string, words: string): Promise<void> {
  const given = c.req.header(recoveryHeader)
  if (given === undefined || !isOpaqueToken('restore', given)) {
    await requireRecovery(c, words)
    return
  }
  const { db, backups } = c.get('context')
  const running = await findRestoration(db)
  const hash = running?.id === id ? running.tokenHash : await tokenHashOfReport(backups, id)
  if (hash === (await hashOpaqueToken(given))) return
  throw refusal({ kind: 'recovery-refused', reason: { kind: 'token-wrong' } })
}
