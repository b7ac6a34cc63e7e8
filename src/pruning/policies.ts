/** Pruning policies of a repository: made, changed and deleted by its administrators. */
import * as z from 'zod'
import type { Database } from '../db/database.ts'
import {
  deletePolicy,
  findPolicy,
  insertPolicy,
  listPolicies,
  updatePolicy,
  type PolicyRecord,
} from './policy-store.ts'
import type { Attribution } from '../db/events/events.ts'
import type { RepositoryKey } from '../db/repositories/repositories.ts'
import { RegistryError } from '../errors.ts'
import type { ExpectedError } from '../failures/failure.ts'
import { misfitOf } from '../failures/schema-misfit.ts'
import { mostPruningPolicies } from '../limits.ts'
import { pruningError } from './failures.ts'
import { keptRules, rules, type Rule } from './rules.ts'

export interface Policy extends Omit<PolicyRecord, 'rules'> {
  readonly rules: readonly Rule[]
}

/** The bodies that create and change a policy. Other fields of an answer may be sent back with them. */
export const newPolicy = z.object({ enabled: z.boolean().default(true), rules })
export const policyChange = z.object({ enabled: z.boolean().optional(), rules: rules.optional() })
/** The body of a preview, which shows what a policy would do. */
export const tentativePolicy = z.object({ rules })

/** Returns the error for invalid input: `pruning-policy-invalid`, with the place of the problem. */
export const policyRefusal = (error: z.core.$ZodError): ExpectedError =>
  pruningError({ kind: 'pruning-policy-invalid', misfit: misfitOf(error) })

export async function policiesOf(db: Database, repository: RepositoryKey): Promise<Policy[]> {
  return (await listPolicies(db, repository.id)).map(policyOf)
}

/** Returns a policy. @throws `pruning-policy-unknown` */
export async function getPolicy(db: Database, repository: RepositoryKey, id: string): Promise<Policy> {
  return policyOf((await findPolicy(db, repository.id, id)) ?? unknown(repository, id))
}

/**
 * Creates a policy.
 *
 * @param judgesAll whether it is for all tags, or only for those that will be pushed from now on
 * @throws RegistryError `too-many-pruning-policies`, or `name-unknown` when the repository is gone
 */
export async function createPolicy(
  db: Database,
  repository: RepositoryKey,
  wanted: z.infer<typeof newPolicy>,
  judgesAll: boolean,
  attribution: Attribution,
): Promise<Policy> {
  const policy = {
    enabled: wanted.enabled,
    rules: JSON.stringify(wanted.rules),
    tagsSince: sinceWhen(judgesAll, attribution.now),
  }
  const made = await insertPolicy(db, repository, policy, mostPruningPolicies, attribution)
  if (made === 'no-repository') throw new RegistryError({ kind: 'name-unknown', repository: repository.name })
  if (made === 'too-many') throw pruningError({ kind: 'too-many-pruning-policies', limit: mostPruningPolicies })
  return policyOf(made)
}

/**
 * Changes what is given.
 *
 * @param judgesAll as with `createPolicy`; undefined leaves that as it was
 * @throws `pruning-policy-unknown`
 */
export async function changePolicy(
  db: Database,
  repository: RepositoryKey,
  id: string,
  { enabled, rules: changed }: z.infer<typeof policyChange>,
  judgesAll: boolean | undefined,
  attribution: Attribution,
): Promise<Policy> {
  const changes = {
    enabled,
    rules: changed === undefined ? undefined : JSON.stringify(changed),
    tagsSince: judgesAll === undefined ? undefined : sinceWhen(judgesAll, attribution.now),
  }
  return policyOf((await updatePolicy(db, repository, id, changes, attribution)) ?? unknown(repository, id))
}

/** Deletes a policy. @throws `pruning-policy-unknown` */
export async function removePolicy(
  db: Database,
  repository: RepositoryKey,
  id: string,
  attribution: Attribution,
): Promise<void> {
  if (!(await deletePolicy(db, repository, id, attribution))) unknown(repository, id)
}

const sinceWhen = (judgesAll: boolean, now: number): number => (judgesAll ? 0 : now)

const policyOf = (record: PolicyRecord): Policy => ({ ...record, rules: keptRules.parse(JSON.parse(record.rules)) })

function unknown({ name: repository }: RepositoryKey, id: string): never {
  throw pruningError({ kind: 'pruning-policy-unknown', repository, id })
}
