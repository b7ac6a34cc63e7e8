/**
 * What an author of a rule should know: names of projects and users can be given up and taken by others, and an issuer
 * that serves all the world signs for all the world.
 */
interface Renamable {
  /** A claim that can change its owner. */
  readonly claim: string
  /** Claims that never do: a condition that reads one of them is safe. */
  readonly ids: readonly string[]
}

const githubIds = ['repository_id', 'repository_owner_id']
const gitlabIds = ['project_id', 'namespace_id']
const buildkiteIds = ['pipeline_id', 'organization_id', 'cluster_id']
const serviceAccountId = 'kubernetes.io/serviceaccount/uid'
const allIds = [...githubIds, ...gitlabIds, ...buildkiteIds, serviceAccountId]

const renamable: readonly Renamable[] = [
  { claim: 'sub', ids: allIds },
  // GitHub Actions
  { claim: 'repository', ids: ['repository_id'] },
  { claim: 'repository_owner', ids: githubIds },
  { claim: 'workflow_ref', ids: githubIds },
  { claim: 'job_workflow_ref', ids: githubIds },
  { claim: 'actor', ids: ['actor_id', ...githubIds] },
  // GitLab CI
  { claim: 'project_path', ids: ['project_id'] },
  { claim: 'namespace_path', ids: gitlabIds },
  { claim: 'user_login', ids: ['user_id', ...gitlabIds] },
  { claim: 'user_email', ids: ['user_id', ...gitlabIds] },
  // Buildkite
  { claim: 'organization_slug', ids: buildkiteIds },
  { claim: 'pipeline_slug', ids: ['pipeline_id'] },
  { claim: 'cluster_name', ids: buildkiteIds },
  // Kubernetes
  { claim: 'kubernetes.io/namespace', ids: [serviceAccountId] },
  { claim: 'kubernetes.io/serviceaccount/name', ids: [serviceAccountId] },
]

/** Issuers that sign for everyone who signs up, with the claims that say for whom. */
const publicIssuers: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'https://token.actions.githubusercontent.com',
    [...githubIds, 'repository', 'repository_owner', 'sub', 'workflow_ref', 'job_workflow_ref', 'enterprise_id'],
  ],
  ['https://gitlab.com', [...gitlabIds, 'project_path', 'namespace_path', 'sub']],
  ['https://agent.buildkite.com', [...buildkiteIds, 'organization_slug', 'pipeline_slug', 'sub']],
  ['https://accounts.google.com', ['sub', 'email']],
  [
    'https://app.terraform.io',
    ['terraform_organization_id', 'terraform_workspace_id', 'terraform_organization_name', 'sub'],
  ],
])

/** Writes a claim as an expression does. */
export const expressionOf = (claim: string): string => {
  const [first = '', ...rest] = claim.split('/')
  const head = /^\w+$/.test(first) ? `claims.${first}` : `claims["${first}"]`
  return [head, ...rest].join('.')
}

/** Finds the claims that a condition reads by names that can be taken over, each with ids to read in its place. */
export function renamableClaims(reads: ReadonlySet<string>): readonly Renamable[] {
  return renamable.filter(({ claim, ids }) => reads.has(claim) && !ids.some((id) => reads.has(id)))
}

/** Returns the warnings of a condition. */
export const warningsOf = (reads: ReadonlySet<string>): readonly string[] =>
  renamableClaims(reads).map(
    ({ claim, ids }) =>
      `${expressionOf(claim)} is a name, which another owner may take later: compare ${ids.map(expressionOf).join(' or ')} too`,
  )

/**
 * Returns the claims of which a condition must read one, as its issuer signs for everyone; undefined for a condition that
 * does, and for the issuer of one organization.
 */
export function missingOwner(issuer: string, reads: ReadonlySet<string>): readonly string[] | undefined {
  const owners = publicIssuers.get(issuer.replace(/\/$/, ''))
  return owners?.some((claim) => reads.has(claim)) === false ? owners.slice(0, 2) : undefined
}
