/**
 * A facet of a repository: what belongs to it, and is asked for in scopes under a name of its own, as trust data is
 * under its GUN. A token for the repository does not open its facets, nor the other way round.
 */
import type { Context } from '../context.ts'
import type { RepositoryName } from '../names.ts'
import type { RepositoryStanding } from '../db/access/standings.ts'
import {
  groundOf,
  isAllowed,
  levelOn,
  mayInNamespace,
  type Account,
  type DeclaredOperation,
  type GrantedScope,
  type RepositoryOperation,
} from './authorization.ts'
import type { ResourceScope } from './scope.ts'

export interface Facet {
  /** Stands in tokens, and tells facets apart. */
  readonly name: string
  /** What each action of its scopes needs on the repository. */
  readonly operations: Readonly<Record<string, RepositoryOperation | DeclaredOperation>>
  /**
   * Finds the repositories whose facet the scopes name.
   *
   * @param host the host that the client asked
   * @returns the repository of each scope of this facet, by the name in the scope
   */
  find(context: Context, scopes: readonly ResourceScope[], host: string): Promise<ReadonlyMap<string, RepositoryName>>
}

/** A scope that names a facet of a repository. */
export interface FacetScope {
  readonly scope: ResourceScope
  readonly facet: Facet
  readonly repository: RepositoryName
}

/** Finds the scopes that name a facet of a repository. */
export async function facetScopesOf(
  context: Context,
  facets: readonly Facet[],
  scopes: readonly ResourceScope[],
  host: string,
): Promise<FacetScope[]> {
  const named = scopes.filter(({ type }) => type === 'repository')
  const found = await Promise.all(
    facets.map(async (facet) => {
      const repositories = named.length === 0 ? undefined : await facet.find(context, named, host)
      return named.flatMap((scope) => {
        const repository = repositories?.get(scope.name)
        return repository === undefined ? [] : [{ scope, facet, repository }]
      })
    }),
  )
  return found.flat()
}

/**
 * Returns what an account gets of a scope that names a facet of a repository. `*` asks for all there is, and is itself
 * granted only where the facet has such an action.
 */
export function grantFacet(
  account: Account | undefined,
  { scope, facet }: FacetScope,
  standing: RepositoryStanding,
): GrantedScope {
  const level = levelOn(account, standing)
  const mayCreate = standing.createsOnPush && mayInNamespace(account, standing, 'create-repository')
  const isPossible = standing.repository !== undefined || mayCreate
  const actions = Object.entries(facet.operations)
    .filter(([action]) => scope.actions.includes(action) || scope.actions.includes('*'))
    .filter(([action, operation]) => isAllowed(level, operation) && (isPossible || action === 'pull'))
    .map(([action]) => action)
  const creates = mayCreate && actions.includes('push')
  return { ...scope, actions, ground: groundOf(standing, creates), creates, facet: facet.name }
}
