import { mostScopes } from '../limits.ts'
/**
 * The scopes of the distribution token specification: `repository:alice/app:pull,push`. Clients repeat the parameter,
 * join scopes with spaces and name the same repository twice, so what they ask for is the union of it all.
 */
export interface ResourceScope {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/**
 * Parses the scopes that a client asks for.
 *
 * @param parameters the values of all `scope` parameters
 * @returns one entry for each resource, in the order of its first mention; leaves out scopes that break the grammar and
 *   those beyond `mostScopes`
 */
export function parseScopes(parameters: readonly string[]): ResourceScope[] {
  const united = new Map<string, { type: string; name: string; actions: Set<string> }>()
  const texts = parameters.flatMap((parameter) => parameter.split(' ')).filter((text) => text !== '')
  for (const text of texts.slice(0, mostScopes)) {
    const scope = parseScope(text)
    if (scope === undefined) continue
    const id = `${scope.type}:${scope.name}`
    const known = united.get(id) ?? { type: scope.type, name: scope.name, actions: new Set<string>() }
    for (const action of scope.actions) known.actions.add(action)
    united.set(id, known)
  }
  return Array.from(united.values(), ({ type, name, actions }) => ({ type, name, actions: [...actions] }))
}

/**
 * Parses one scope; returns undefined if it breaks the grammar. The name may contain a colon (a port), so the type ends
 * at the first colon and the actions begin after the last.
 */
function parseScope(text: string): ResourceScope | undefined {
  const [first, last] = [text.indexOf(':'), text.lastIndexOf(':')]
  if (first < 1 || last <= first + 1) return undefined
  // `repository(plugin)` asks for the same as `repository`.
  const type = text.slice(0, first).replace(/\([^)]*\)$/, '')
  const actions = text
    .slice(last + 1)
    .split(',')
    .filter((action) => action !== '')
  return { type, name: text.slice(first + 1, last), actions }
}
