/** Repositories and tags as they are typed, and as the API wants them. */
import { isRepositoryName, isTag } from '../../src/names.ts'
import { UsageError } from './errors.ts'

/** The path of a repository, in the words of the API. */
export interface RepositoryPlace {
  readonly namespace: string
  /** The name without the namespace. */
  readonly reponame: string
}

/** Reads `NAMESPACE/NAME`. @throws UsageError */
export function parseRepository(text: string): RepositoryPlace {
  if (!isRepositoryName(text)) {
    throw new UsageError(
      `"${text}" is not the name of a repository: write NAMESPACE/NAME, in lower case, like acme/backend`,
    )
  }
  const slash = text.indexOf('/')
  return { namespace: text.slice(0, slash), reponame: text.slice(slash + 1) }
}

export interface TaggedPlace extends RepositoryPlace {
  readonly reference: string
}

/** Reads `NAMESPACE/NAME:TAG`. @throws UsageError */
export function parseTagged(text: string): TaggedPlace {
  const colon = text.lastIndexOf(':')
  const reference = text.slice(colon + 1)
  if (colon < 0 || !isTag(reference)) {
    throw new UsageError(`"${text}" names no tag: write NAMESPACE/NAME:TAG, like acme/backend:latest`)
  }
  return { ...parseRepository(text.slice(0, colon)), reference }
}

/** Reads a repository of an organization, with the namespace or without. @throws UsageError for one of another namespace */
export function nameWithin(organization: string, text: string): string {
  const own = `${organization}/`
  if (text.startsWith(own)) return text.slice(own.length)
  if (!isRepositoryName(own + text)) {
    throw new UsageError(`"${text}" is not the name of a repository: write NAME or ${own}NAME, in lower case`)
  }
  return text
}
