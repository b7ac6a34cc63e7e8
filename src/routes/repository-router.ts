/**
 * Matches the doors of repositories, `/v2/<name>/…`, by one parse of the path. A name has any number of slashes, so Hono's
 * router would try each of its parts as the end of it, and every such request would pay for that.
 */
import { TrieRouter } from 'hono/router/trie-router'
import type { Params, Result, Router } from 'hono/router'

const prefix = '/v2/'
const doorPrefix = `${prefix}:name{.+}/`
/** The patterns of what runs before the doors of repositories. */
const everywhere: ReadonlySet<string> = new Set(['*', '/*', '/v2/*'])
/** Hono's name for a route of every method. */
const anyMethod = 'ALL'

interface Step<Handler> {
  readonly method: string
  /** The parts of the path after the name; undefined for what runs before the doors. */
  readonly tail: readonly string[] | undefined
  readonly handler: Handler
}

export class RepositoryRouter<Handler> implements Router<Handler> {
  readonly name = 'RepositoryRouter'
  /** In the order in which they were added, which is the one in which they run. */
  readonly #steps: Step<Handler>[] = []
  readonly #others = new TrieRouter<Handler>()

  add(method: string, path: string, handler: Handler): void {
    const isDoor = path.startsWith(doorPrefix)
    if (isDoor) this.#steps.push({ method, tail: path.slice(doorPrefix.length).split('/'), handler })
    else this.#others.add(method, path, handler)
    if (everywhere.has(path)) this.#steps.push({ method, tail: undefined, handler })
  }

  match(method: string, path: string): Result<Handler> {
    return (path.startsWith(prefix) ? this.#matchDoor(method, path) : undefined) ?? this.#others.match(method, path)
  }

  /** @returns undefined when no door of a repository has this path */
  #matchDoor(method: string, path: string): Result<Handler> | undefined {
    const parts = path.slice(prefix.length).split('/')
    const matched: [Handler, Params][] = []
    let isDoor = false
    for (const step of this.#steps) {
      if (step.method !== method && step.method !== anyMethod) continue
      const params = step.tail === undefined ? {} : paramsOf(step.tail, parts)
      if (params === undefined) continue
      isDoor ||= step.tail !== undefined
      matched.push([step.handler, params])
    }
    return isDoor ? [matched] : undefined
  }
}

/** @returns undefined when the parts do not end as the tail says, or leave no name */
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
