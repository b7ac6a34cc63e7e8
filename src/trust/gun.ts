/** A GUN (globally unique name): what clients of a trust server call a repository, with the host they know it under. */
import { longestGun } from '../limits.ts'
import { isRepositoryName, type RepositoryName } from '../names.ts'

export interface Gun {
  /** The whole name, as `registry.example.com/alice/app`. */
  readonly text: string
  /** With its port, where it has one. */
  readonly host: string
  readonly repository: RepositoryName
}

/** Parses `<host>/<repository>`; undefined for any other text. */
export function parseGun(text: string): Gun | undefined {
  const slash = text.indexOf('/')
  const [host, repository] = [text.slice(0, slash), text.slice(slash + 1)]
  if (text.length > longestGun || slash < 1 || !isRepositoryName(repository)) return undefined
  return { text, host, repository }
}
