/** Signature policies: which teams must have signed what is pulled. Administrators of what they are of set them. */
import { mayInRegistry, seesAccounts, type Account } from '../../auth/authorization.ts'
import type { Database } from '../../db/database.ts'
import { RegistryError } from '../../errors.ts'
import { isAccountName, isTeamName } from '../../names.ts'
import { policyError } from './failures.ts'
import {
  deletePolicy,
  findPolicy,
  putPolicy,
  resolveTeams,
  type PolicyMode,
  type PolicyOwner,
  type PolicyRecord,
  type TeamReference,
} from './policy-store.ts'

/** Reads `acme/security`; undefined for any other text. */
export function parseTeamReference(text: string): TeamReference | undefined {
  const [organization = '', team = '', ...rest] = text.split('/')
  return isAccountName(organization) && isTeamName(team) && rest.length === 0 ? { organization, team } : undefined
}

/** Returns the policy of an owner. @throws `signature-policy-unknown` */
export async function getPolicy(db: Database, owner: PolicyOwner): Promise<PolicyRecord> {
  return (await findPolicy(db, owner)) ?? unknown(owner)
}

/**
 * Sets the policy of an owner.
 *
 * @throws RegistryError `team-unknown` for a team that the caller may not know of, unless the policy demands it already;
 *   `name-unknown` or `account-unknown` when the owner is gone
 */
export async function setPolicy(
  db: Database,
  owner: PolicyOwner,
  { mode, teams: wanted }: { readonly mode: PolicyMode; readonly teams: readonly TeamReference[] },
  caller: Account,
  now: number,
): Promise<PolicyRecord> {
  const teams = await findTeams(db, wanted, owner, caller)
  if (!(await putPolicy(db, owner, { mode, teams }, { by: caller.name, now }))) throw ownerUnknown(owner)
  return getPolicy(db, owner)
}

/** Finds the teams that a policy demands, or would. @throws RegistryError `team-unknown` */
export async function findTeams(
  db: Database,
  wanted: readonly TeamReference[],
  owner: PolicyOwner | undefined,
  caller: Account,
): Promise<(TeamReference & { readonly id: string })[]> {
  const found = await resolveTeams(db, wanted, owner, {
    id: seesAccounts(caller) ? caller.id : '',
    isAdmin: mayInRegistry(caller, 'administer'),
  })
  return found.map(({ id, organization, team }) => {
    if (id === undefined) throw new RegistryError({ kind: 'team-unknown', organization, name: team })
    return { id, organization, team }
  })
}

/** Deletes the policy of an owner. @throws `signature-policy-unknown` */
export async function removePolicy(db: Database, owner: PolicyOwner, caller: Account, now: number): Promise<void> {
  if (!(await deletePolicy(db, owner, { by: caller.name, now }))) unknown(owner)
}

function unknown({ name }: PolicyOwner): never {
  throw policyError({ kind: 'signature-policy-unknown', name })
}

const ownerUnknown = (owner: PolicyOwner): RegistryError =>
  owner.kind === 'repository'
    ? new RegistryError({ kind: 'name-unknown', repository: owner.name })
    : new RegistryError({ kind: 'account-unknown', name: owner.name })
