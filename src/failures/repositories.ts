/** Failures about repositories and the limits of their namespaces. */
import type { RepositoryName } from '../names.ts'
import type { FailureTypes } from './failure.ts'

/** The things of which a namespace may have a limited number. */
export const boundsOfNamespace = [
  'repositories',
  'tags',
  'bytes of manifests',
  'open uploads of one repository',
  'open uploads',
] as const
export type BoundOfNamespace = (typeof boundsOfNamespace)[number]

const namespaceIn = (repository: string): string => repository.split('/')[0] ?? ''

const makingRoom: Record<BoundOfNamespace, string> = {
  repositories: 'delete unused ones',
  tags: 'delete some, or create a pruning policy',
  'bytes of manifests': 'delete unused images and trust data, or let garbage collection delete untagged ones',
  'open uploads': 'finish some or cancel them with DELETE; they expire after a day',
  'open uploads of one repository': 'finish some or cancel them with DELETE; they expire after a day',
}
const settingOfBound: Record<BoundOfNamespace, string> = {
  repositories: 'namespaceMaxRepositories',
  tags: 'namespaceMaxTags',
  'bytes of manifests': 'namespaceMaxManifestBytes',
  'open uploads': 'namespaceMaxUploads',
  'open uploads of one repository': 'namespaceMaxUploads',
}

export const repositoriesFailures = {
  'name-unknown': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_REPOSITORY',
    sentence: ({ repository }: { repository: RepositoryName }) =>
      `repository ${repository} does not exist, or you have no access to it: check the name, log in, or ask its owner for access`,
  },
  'repository-exists': {
    status: 409,
    apiStatus: 400,
    ociCode: 'DENIED',
    apiCode: 'REPOSITORY_EXISTS',
    sentence: ({ repository }: { repository: RepositoryName }) =>
      `there is already a repository ${repository}: choose another name, or push to it`,
  },
  /** A push to a missing repository by a caller who could create it. */
  'repository-not-created': {
    status: 404,
    ociCode: 'NAME_UNKNOWN',
    apiCode: 'NO_SUCH_REPOSITORY',
    sentence: ({ repository }: { repository: RepositoryName }) =>
      `repository ${repository} does not exist, and pushes do not create repositories in this registry: create it with POST /api/v0/repositories/${namespaceIn(repository)} or "breakwater repository create ${repository}", then push again`,
  },
  /** A deletion of the repository by itself: with its namespace, trust data is deleted too. */
  'repository-pinned': {
    status: 405,
    ociCode: 'DENIED',
    apiCode: 'REPOSITORY_CONTAINS_TAGS_IN_NOTARY',
    sentence: ({ repository }: { repository: RepositoryName }) =>
      `repository ${repository} cannot be deleted while it has trust data: delete that first with "notary delete --remote <registry>/${repository}"`,
  },
  'namespace-full': {
    // Docker gives up at this code; it would retry at most others, in vain.
    status: 403,
    apiStatus: 409,
    ociCode: 'DENIED',
    apiCode: 'NAMESPACE_FULL',
    sentence: ({ what }: { what: BoundOfNamespace }) =>
      `the namespace has reached its limit on ${what}: ${makingRoom[what]}, or ask an administrator to raise the setting ${settingOfBound[what]}`,
  },
} as const satisfies FailureTypes
