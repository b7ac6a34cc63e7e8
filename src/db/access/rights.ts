/**
 * Rights, and the conditions by which statements check them. A right is decided some time before it is used: five
 * minutes with a registry token, as long as an upload takes with a password. Names are reused, so a right has its
 * ground, and each statement that uses it asks whether the name still means that.
 */
import { sql, type SQL } from 'drizzle-orm'
import { RegistryError } from '../../errors.ts'
import { namespaceOf, type AccountName, type RepositoryName, type WorkloadName } from '../../names.ts'
import {
  isRightEnded,
  runBatch,
  type BatchResults,
  type Database,
  type Repeating,
  type Statements,
} from '../database.ts'
import { refuse } from '../refusals.ts'

/** The repository or namespace that a right was given on, by its id, which is never reused. */
export type Ground =
  | { readonly repositoryId: number }
  /** The account of the namespace: a right to all its repositories, also to one that a push creates. */
  | { readonly namespaceId: string }

/** A repository by its name at the time, and the ground of the right to it. */
export interface HeldRepository {
  readonly repository: RepositoryName
  readonly ground: Ground
}

/** A workload that a rule let in. */
export interface WorkloadHolder {
  /** The id of the rule. */
  readonly id: string
  readonly name: WorkloadName
  /** Matches while the rule lets workloads in. */
  readonly isLetIn: SQL
}

export type Holder = { readonly id: string; readonly name: AccountName } | WorkloadHolder

/** A right of an account or of a workload to change a repository. */
export interface Right extends HeldRepository {
  /** Undefined for a caller without a login, who may change nothing, and for the registry itself. */
  readonly holder: Holder | undefined
  /** The scope of a new token when the right has ended; undefined where tokens are not taken. */
  readonly scope: string | undefined
  /** Set for what the registry does itself, in a job: no account has to stand for it. */
  readonly isRegistry?: true
}

/** A right to delete content of a repository. */
export interface DeletionRight extends Right {
  /** Whether it covers immutable tags (`delete-immutable-tags` of `auth/authorization.ts`). */
  readonly takesImmutable: boolean
}

/** Returns the name of the holder, for events; empty for a caller without a login and for the registry itself. */
export const nameOfHolder = ({ holder }: Pick<Right, 'holder'>): AccountName | WorkloadName | '' => holder?.name ?? ''

/** Returns the values for `isHeld`. */
export const groundValues = ({ ground }: HeldRepository) => ({
  repositoryId: 'repositoryId' in ground ? ground.repositoryId : null,
  namespaceId: 'namespaceId' in ground ? ground.namespaceId : null,
})

/**
 * Matches the row of `repositories` that a right was given on.
 * Index: accounts_name_unique.
 *
 * @param table its name in the statement
 */
export const isHeld = (repositoryId: SQL, namespaceId: SQL, table = sql`repositories`): SQL => sql`(
  ${table}.id = ${repositoryId}
  OR EXISTS (SELECT 1 FROM accounts WHERE accounts.id = ${namespaceId} AND accounts.name = ${table}.namespace))`

/** Matches the repository of a right by its name, as `isHeld`. Index: repositories_name_unique. */
export function isHeldRepository(held: HeldRepository): SQL {
  const { repositoryId, namespaceId } = groundValues(held)
  return sql`repositories.name = ${held.repository} AND ${isHeld(sql`${repositoryId}`, sql`${namespaceId}`)}`
}

/**
 * Runs statements in one transaction, as `runBatch`, if the right still stands: its holder exists, is active and has
 * that name (or is still let in by its rule), and no other repository or namespace has taken the name of its ground. A ground that is gone is for the
 * statements to notice.
 *
 * @returns the results of the statements
 * @throws RegistryError `token-invalid` when the right has ended; nothing was changed then
 */
export async function runBatchBy<Named extends Statements>(
  db: Database,
  right: Right,
  statements: Named,
  repeating?: Repeating,
): Promise<BatchResults<{ standing: SQL } & Named>> {
  try {
    return await runBatch(db, { standing: requireStanding(right), ...statements }, repeating)
  } catch (error) {
    if (!isRightEnded(error)) throw error
    const reason = { kind: 'access-ended', repository: right.repository } as const
    throw new RegistryError({ kind: 'token-invalid', reason, scope: right.scope }, { cause: error })
  }
}

const requireStanding = (right: Right): SQL =>
  refuse('the right has ended', sql`NOT ${isHolderThere(right)} OR ${isTaken(right)}`)

/**
 * Matches while the holder exists, is active and has the name, or is let in. The registry always does.
 * Index: accounts_name_unique.
 */
function isHolderThere({ holder, isRegistry }: Right): SQL {
  if (isRegistry === true) return sql`true`
  if (holder !== undefined && 'isLetIn' in holder) return holder.isLetIn
  return sql`
  EXISTS (SELECT 1 FROM accounts WHERE id = ${holder?.id ?? ''} AND name = ${holder?.name ?? ''} AND is_active = 1)`
}

/** Matches if another repository or account has the name. Index: accounts_name_unique, repositories_name_unique. */
const isTaken = ({ repository, ground }: Right): SQL =>
  'repositoryId' in ground
    ? sql`EXISTS (SELECT 1 FROM repositories WHERE name = ${repository} AND id <> ${ground.repositoryId})`
    : sql`EXISTS (SELECT 1 FROM accounts WHERE name = ${namespaceOf(repository)} AND id <> ${ground.namespaceId})`
