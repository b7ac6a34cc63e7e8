/** `NS/NAME` as it is typed, and as the API wants it. */
import { isRepositoryName, isTag } from '../../src/names.ts'
import { UsageError } from './errors.ts'

export interface RepositoryPlace {
  readonly namespace: string
  /** Without the namespace. */
  readonly name: string
}

/** @throws UsageError */
export function parseRepository(text: string): RepositoryPlace {
  if (!isRepositoryName(text)) {
    throw new UsageError(
      `"${text}" is not the name of a repository: write NAMESPACE/NAME, in lower case, like acme/backend`,
    )
  }
  const slash = text.indexOf('/')
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) }
}

export interface TaggedPlace extends RepositoryPlace {
  readonly tag: string
}

/** Reads `NS/NAME:TAG`. @throws UsageError */
export function parseTagged(text: string): TaggedPlace {
  const colon = text.lastIndexOf(':')
  const tag = text.slice(colon + 1)
  if (colon < 0 || !isTag(tag)) {
    throw new UsageError(`"${text}" names no tag: write NAMESPACE/NAME:TAG, like acme/backend:latest`)
  }
  return { ...parseRepository(text.slice(0, colon)), tag }
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
