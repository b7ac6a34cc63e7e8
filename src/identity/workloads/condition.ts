/**
 * Conditions of rules: expressions in CEL over the claims of a token. An expression is bounded when it is written: its
 * length, depth and size, the functions that it calls, and that no loop is in another. So testing it takes no longer than
 * its size times the number of claims. It runs in the Worker and in the command.
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { deepestCondition, longestCondition, mostNodesOfCondition } from '../../limits.ts'
import { lazily } from '../../util/lazy.ts'

export type Claims = Readonly<Record<string, unknown>>

/** Why an expression is no condition. */
export type WhyNoCondition =
  | { readonly kind: 'too-long'; readonly limit: number }
  /** In the words of the library, with the place. */
  | { readonly kind: 'of-cel'; readonly message: string; readonly at: number }
  | { readonly kind: 'no-boolean'; readonly type: string }
  | { readonly kind: 'function-unknown'; readonly name: string }
  | { readonly kind: 'loop-in-loop'; readonly name: string }
  | { readonly kind: 'name-unknown'; readonly name: string }

export type Verdict =
  | { readonly matches: true }
  /** `why` says which claim was missing, or of another type; undefined for a condition that is false. */
  | { readonly matches: false; readonly why?: string }

export interface Condition {
  /** The claims that it reads: `repository_id`, or `kubernetes.io/serviceaccount/uid` for one within others. */
  readonly reads: ReadonlySet<string>
  test(claims: Claims): Verdict
}

const loadCel = lazily(() => import('@marcbachmann/cel-js'))

/** What loops over the elements of a list. `map` is none of them: it makes new values. */
const loops: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter'])
/** `matches` is none of them: the time that a regular expression takes has no bound. */
const functions: ReadonlySet<string> = new Set([
  'has',
  'size',
  'startsWith',
  'endsWith',
  'contains',
  'lowerAscii',
  'upperAscii',
  'string',
  'int',
  'double',
  ...loops,
])

/** The name of all claims in an expression. */
const root = 'claims'

/** Compiles an expression, or tells why it is no condition. */
export async function compileCondition(text: string): Promise<Condition | WhyNoCondition> {
  if (text.length > longestCondition) return { kind: 'too-long', limit: longestCondition }
  const { Environment } = await loadCel()
  const limits = { maxDepth: deepestCondition, maxAstNodes: mostNodesOfCondition }
  const environment = new Environment({ limits }).registerVariable(root, 'map<string, dyn>')
  let parsed: ReturnType<typeof environment.parse>
  try {
    parsed = environment.parse(text)
  } catch (error) {
    return refusalOfCel(error)
  }
  const reads = new Set<string>()
  const misfit = lookAt(parsed.ast, { reads, variables: new Set([root]), isInLoop: false })
  if (misfit !== undefined) return misfit
  const { valid, type = '', error } = parsed.check()
  if (!valid) return refusalOfCel(error)
  if (type !== 'bool') return { kind: 'no-boolean', type }
  return { reads, test: (claims) => verdictOf(() => parsed({ [root]: claims })) }
}

export const isCondition = (compiled: Condition | WhyNoCondition): compiled is Condition => 'test' in compiled

function verdictOf(evaluate: () => unknown): Verdict {
  try {
    return evaluate() === true ? { matches: true } : { matches: false }
  } catch (error) {
    return { matches: false, why: wordsOf(error).message }
  }
}

function refusalOfCel(error: unknown): WhyNoCondition {
  return { kind: 'of-cel', ...wordsOf(error) }
}

/** Returns the first line of an error of the library: the rest draws the expression. */
function wordsOf(error: unknown): { readonly message: string; readonly at: number } {
  const { message } = error instanceof Error ? error : new Error(String(error))
  const range: unknown = error instanceof Error && 'range' in error ? error.range : undefined
  const start: unknown = typeof range === 'object' && range !== null && 'start' in range ? range.start : undefined
  return { message: message.split('\n')[0] ?? '', at: typeof start === 'number' ? start : 0 }
}

interface Sight {
  /** Collects the claims that are read. */
  readonly reads: Set<string>
  readonly variables: ReadonlySet<string>
  readonly isInLoop: boolean
}

/** Looks at all of an expression, and returns what it may not have. */
function lookAt(node: ASTNode, sight: Sight): WhyNoCondition | undefined {
  const path = pathOf(node)
  if (path !== undefined && path.length > 0) {
    sight.reads.add(path.join('/'))
    return undefined
  }
  if (node.op === 'id') {
    return sight.variables.has(node.args) ? undefined : { kind: 'name-unknown', name: node.args }
  }
  if (node.op === 'call' || node.op === 'rcall') return lookAtCall(node, sight)
  return firstOf(partsOf(node.args), (part) => lookAt(part, sight))
}

function lookAtCall(node: Extract<ASTNode, { op: 'call' | 'rcall' }>, sight: Sight): WhyNoCondition | undefined {
  const [name] = node.args
  if (!functions.has(name)) return { kind: 'function-unknown', name }
  if (!loops.has(name)) return firstOf(partsOf(node.args), (part) => lookAt(part, sight))
  if (sight.isInLoop) return { kind: 'loop-in-loop', name }
  const [receiver, variable, ...bodies] = partsOf(node.args)
  if (receiver === undefined || variable?.op !== 'id') return { kind: 'function-unknown', name }
  const inside = { ...sight, variables: new Set([...sight.variables, variable.args]), isInLoop: true }
  return lookAt(receiver, sight) ?? firstOf(bodies, (body) => lookAt(body, inside))
}

/** Returns the names that lead to a claim: `claims.a["b"]` is a, b. Empty for the claims themselves. */
function pathOf(node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id') return node.args === root ? [] : undefined
  if (node.op !== '.' && node.op !== '[]') return undefined
  const [of, key] = node.args
  const before = pathOf(of)
  const name = typeof key === 'string' ? key : key.op === 'value' ? key.args : undefined
  return before === undefined || typeof name !== 'string' ? undefined : [...before, name]
}

const isNode = (value: unknown): value is ASTNode => typeof value === 'object' && value !== null && 'op' in value

/** Returns the nodes among the operands of a node, which may be lists of lists. */
const partsOf = (args: unknown): readonly ASTNode[] => {
  if (isNode(args)) return [args]
  return Array.isArray(args) ? args.flatMap((one: unknown) => partsOf(one)) : []
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
