/**
 * Matches the routes of repositories, `/v2/<name>/…`, by one parse of the path. A name has any number of slashes, so
 * Hono's router would try each of its parts as the end of it on every request.
 *
 * A last parameter like `:file{.+}` takes all that follows, slashes too. Such a route is more specific than the others:
 * what follows the parts before it may look like any of them, as the role `targets/tags/list` does.
 */
import { TrieRouter } from 'hono/router/trie-router'
import type { Params, Result, Router } from 'hono/router'

const prefix = '/v2/'
const routePrefix = `${prefix}:name{.+}/`
/** The patterns of middleware that runs before the routes of repositories. */
const everywhere: ReadonlySet<string> = new Set(['*', '/*', '/v2/*'])
/** Marks a parameter that takes all that follows. */
const rest = '{.+}'
/** Hono's name for a route of every method. */
const anyMethod = 'ALL'

interface Step<Handler> {
  readonly method: string
  /** The parts of the path after the name; undefined for middleware. */
  readonly tail: readonly string[] | undefined
  /** Whether its last parameter takes all that follows. */
  readonly takesRest: boolean
  readonly handler: Handler
}

/** The steps of a path, and of which kind the routes among them are. */
interface Collected<Handler> {
  readonly matched: [Handler, Params][]
  readonly isRoute: boolean
  readonly takesRest: boolean
}

export class RepositoryRouter<Handler> implements Router<Handler> {
  readonly name = 'RepositoryRouter'
  /** The steps in the order in which they were added and run. */
  readonly #steps: Step<Handler>[] = []
  readonly #others = new TrieRouter<Handler>()

  add(method: string, path: string, handler: Handler): void {
    const isRoute = path.startsWith(routePrefix)
    if (isRoute) {
      const tail = path.slice(routePrefix.length).split('/')
      this.#steps.push({ method, tail, takesRest: path.endsWith(rest), handler })
    } else {
      this.#others.add(method, path, handler)
    }
    if (everywhere.has(path)) this.#steps.push({ method, tail: undefined, takesRest: false, handler })
  }

  match(method: string, path: string): Result<Handler> {
    return (path.startsWith(prefix) ? this.#matchDoor(method, path) : undefined) ?? this.#others.match(method, path)
  }

  /** Matches a path below `/v2/` by its last parts. @returns undefined if no route of a repository has this path */
  #matchDoor(method: string, path: string): Result<Handler> | undefined {
    const parts = path.slice(prefix.length).split('/')
    const found = this.#collect(method, parts, this.#steps)
    if (found.takesRest) return [this.#collect(method, parts, this.#steps.filter(isSpecific)).matched]
    return found.isRoute ? [found.matched] : undefined
  }

  #collect(method: string, parts: readonly string[], steps: readonly Step<Handler>[]): Collected<Handler> {
    const matched: [Handler, Params][] = []
    let isRoute = false
    let takesRest = false
    for (const step of steps) {
      if (step.method !== method && step.method !== anyMethod) continue
      const params = step.tail === undefined ? {} : paramsOf(step, step.tail, parts)
      if (params === undefined) continue
      isRoute ||= step.tail !== undefined
      takesRest ||= step.takesRest
      matched.push([step.handler, params])
    }
    return { matched, isRoute, takesRest }
  }
}

/** Matches middleware, and routes that take all that follows. */
const isSpecific = ({ tail, takesRest }: Step<unknown>): boolean => tail === undefined || takesRest

/**
 * Reads the parameters of a path: the name and those of the tail.
 *
 * @returns undefined when the parts do not end as the tail says, or leave no name
 */
function paramsOf({ takesRest }: Step<unknown>, tail: readonly string[], parts: readonly string[]): Params | undefined {
  const nameParts = takesRest ? startOfTail(tail, parts) : parts.length - tail.length
  if (nameParts < 1) return undefined
  const params: Params = {}
  for (const [at, wanted] of tail.entries()) {
    if (takesRest && at === tail.length - 1) {
      params[wanted.slice(1, -rest.length)] = parts.slice(nameParts + at).join('/')
      break
    }
    const part = parts[nameParts + at] ?? ''
    if (wanted.startsWith(':') ? part === '' : part !== wanted) return undefined
    if (wanted.startsWith(':')) params[wanted.slice(1)] = part
  }
  const name = parts.slice(0, nameParts).join('/')
  return name === '' ? undefined : { name, ...params }
}

/** Finds the last place where the parts before the rest stand, with something after them. @returns zero for none */
function startOfTail(tail: readonly string[], parts: readonly string[]): number {
  const fixed = tail.slice(0, -1)
  for (let start = parts.length - tail.length; start > 0; start--) {
    if (fixed.every((part, at) => parts[start + at] === part)) return start
  }
  return 0
}
