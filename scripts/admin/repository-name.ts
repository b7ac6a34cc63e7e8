/** `NS/NAME` as it is typed, and as the API wants it. */
import { isRepositoryName } from '../../src/names.ts'
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
