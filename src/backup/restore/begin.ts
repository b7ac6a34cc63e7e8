/** Begins a restoration of the registry, or finds the one that is under way. Nothing is changed here. */
import { makeOpaqueToken } from '../../auth/opaque-token.ts'
import type { Context } from '../../context.ts'
import { hasUsers } from '../../db/accounts/accounts.ts'
import { isTableMissing } from '../../db/database.ts'
import { errorsOf } from '../../failures/failure.ts'
import type { AccountName } from '../../names.ts'
import { restoreFailures } from './failures.ts'
import { beginning, type Wanted } from './progress.ts'
import { type Restoration, findRestoration } from './restoration.ts'
import { insertRestoration, renewRestoration } from './restoration-store.ts'

const refusal = errorsOf(restoreFailures)

export interface Order {
  readonly backup: string
  /** Replaces a registry that has accounts. */
  readonly overwrite: boolean
  /** Gives up the restoration of another backup. */
  readonly instead: boolean
  readonly wanted: Wanted
  /** Empty for the holder of the recovery secret. */
  readonly by: AccountName | ''
}

export interface Begun {
  readonly restoration: Restoration
  /** Continues it, also while the accounts are away. It is shown once. */
  readonly token: string
}

/**
 * Begins a restoration. One of the same backup that is under way goes on where it is, with another token.
 *
 * @throws ExpectedError `restore-overwrites` or `restore-under-way`
 */
export async function beginRestoration({ db, now }: Context, order: Order): Promise<Begun> {
  const { secret: token, hash: tokenHash } = await makeOpaqueToken('restore')
  const { backup, wanted, by } = order
  const running = await findRestoration(db)
  if (running?.backup === backup) {
    const renewed = { ...running, tokenHash, wanted }
    await renewRestoration(db, renewed)
    return { restoration: renewed, token }
  }
  if (running !== undefined && !order.instead) throw refusal({ kind: 'restore-under-way', backup: running.backup })
  if (running?.tablesAreAway !== true && !order.overwrite && (await hasAccounts({ db }))) {
    throw refusal({ kind: 'restore-overwrites' })
  }
  const id = crypto.randomUUID()
  const fresh = {
    id,
    backup,
    begunBy: by,
    begunAt: now,
    tokenHash,
    wanted,
    progress: beginning(running?.progress.fences ?? null),
  }
  if (!(await insertRestoration(db, fresh, running?.id))) {
    throw refusal({ kind: 'restore-under-way', backup: (await findRestoration(db))?.backup ?? backup })
  }
  return { restoration: { ...fresh, tablesAreAway: running?.tablesAreAway === true }, token }
}

/** Tells whether the registry has accounts; a broken database, whose table is missing, has none. */
async function hasAccounts({ db }: Pick<Context, 'db'>): Promise<boolean> {
  try {
    return await hasUsers(db)
  } catch (error) {
    if (isTableMissing(error)) return false
    throw error
  }
}
