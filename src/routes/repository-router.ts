/**
 * Matches the routes of repositories, `/v2/<name>/…`, by one parse of the path. A name has any number of slashes, so
 * Hono's router would try each of its parts as the end of it on every request.
 */
import { TrieRouter } from 'hono/router/trie-router'
import type { Params, Result, Router } from 'hono/router'

const prefix = '/v2/'
const routePrefix = `${prefix}:name{.+}/`
/** The patterns of middleware that runs before the routes of repositories. */
const everywhere: ReadonlySet<string> = new Set(['*', '/*', '/v2/*'])
/** Hono's name for a route of every method. */
const anyMethod = 'ALL'

interface Step<Handler> {
  readonly method: string
  /** The parts of the path after the name; undefined for middleware. */
  readonly tail: readonly string[] | undefined
  readonly handler: Handler
}

export class RepositoryRouter<Handler> implements Router<Handler> {
  readonly name = 'RepositoryRouter'
  /** The steps in the order in which they were added and run. */
  readonly #steps: Step<Handler>[] = []
  readonly #others = new TrieRouter<Handler>()

  add(method: string, path: string, handler: Handler): void {
    const isRoute = path.startsWith(routePrefix)
    if (isRoute) this.#steps.push({ method, tail: path.slice(routePrefix.length).split('/'), handler })
    else this.#others.add(method, path, handler)
    if (everywhere.has(path)) this.#steps.push({ method, tail: undefined, handler })
  }

  match(method: string, path: string): Result<Handler> {
    return (path.startsWith(prefix) ? this.#matchDoor(method, path) : undefined) ?? this.#others.match(method, path)
  }

  /** Matches a path below `/v2/` by its last parts. @returns undefined if no route of a repository has this path */
  #matchDoor(method: string, path: string): Result<Handler> | undefined {
    const parts = path.slice(prefix.length).split('/')
    const matched: [Handler, Params][] = []
    let isRoute = false
    for (const step of this.#steps) {
      if (step.method !== method && step.method !== anyMethod) continue
      const params = step.tail === undefined ? {} : paramsOf(step.tail, parts)
      if (params === undefined) continue
      isRoute ||= step.tail !== undefined
      matched.push([step.handler, params])
    }
    return isRoute ? [matched] : undefined
  }
}

/**
 * Reads the parameters of a path: the name and those of the tail.
 *
 * @returns undefined when the parts do not end as the tail says, or leave no name
 */
function paramsOf(tail: readonly string[], parts: readonly string[]): Params | undefined {
  const nameParts = parts.length - tail.length
  if (nameParts < 1) return undefined
  const params: Params = {}
  for (const [at, wanted] of tail.entries()) {
    const part = parts[nameParts + at] ?? ''
    if (wanted.startsWith(':') ? part === '' : part !== wanted) return undefined
    if (wanted.startsWith(':')) params[wanted.slice(1)] = part
  }
  const name = parts.slice(0, nameParts).join('/')
  return name === '' ? undefined : { name, ...params }
}
