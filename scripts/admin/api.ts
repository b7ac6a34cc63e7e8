/** The registry's HTTP API, as one user. */
import * as z from 'zod'
import { isOpaqueToken } from '../../src/auth/opaque-token.ts'
import { UsageError } from './errors.ts'

/** The registry refused, and says why. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

export interface Credentials {
  readonly user: string
  /** Or an access token. */
  readonly password: string
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Query = Readonly<Record<string, string>>

const pageSize = '100'
const patienceMilliseconds = 60_000
/** For what takes as long as it takes to read a layer, however large. */
const longPatienceMilliseconds = 30 * 60_000

const problems = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string() })).min(1),
})
const pageOfEnzi = z.object({ nextPageStart: z.string().optional() })

interface Listing {
  readonly query?: Query
  /** How many items are wanted. */
  readonly most?: number
  /** What a listing that is asked for by POST must know. */
  readonly body?: unknown
  /** The parameter that says how large a page is, where it has a name of its own. */
  readonly sizeParameter?: string
}

export class Api {
  readonly #origin: string
  readonly #authorization: string
  readonly user: string
  /** Undefined where an access token was given instead. */
  readonly password: string | undefined

  constructor(origin: string, { user, password }: Credentials) {
    this.#origin = origin
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    this.user = user
    this.password = isOpaqueToken('access', password) ? undefined : password
  }

  /** @throws Refusal, or Error when nobody answers as the API would */
  async get<Schema extends z.ZodType>(target: string, reply: Schema, query: Query = {}): Promise<z.infer<Schema>> {
    return parsed(reply, (await this.#exchange('GET', withQuery(target, query))).body, `GET ${target}`)
  }

  async send<Schema extends z.ZodType>(
    method: Method,
    target: string,
    body: unknown,
    reply: Schema,
    query: Query = {},
  ): Promise<z.infer<Schema>> {
    return parsed(reply, (await this.#exchange(method, withQuery(target, query), body)).body, `${method} ${target}`)
  }

  /** As `send`, for what may take minutes. */
  async sendPatiently<Schema extends z.ZodType>(
    method: Method,
    target: string,
    body: unknown,
    reply: Schema,
  ): Promise<z.infer<Schema>> {
    const answer = await this.#exchange(method, target, body, longPatienceMilliseconds)
    return parsed(reply, answer.body, `${method} ${target}`)
  }

  /** For what is answered without anything that matters. */
  async order(method: Method, target: string, body?: unknown): Promise<void> {
    await this.#exchange(method, target, body)
  }

  /**
   * What all pages of a listing have, or as much as is wanted. Those of eNZi say in the body where the next page starts,
   * the others in a header.
   *
   * @param reply of one page
   */
  async list<Schema extends z.ZodType, Item>(
    target: string,
    reply: Schema,
    itemsOf: (page: z.infer<Schema>) => readonly Item[],
    { query = {}, most = Infinity, body: asked, sizeParameter }: Listing = {},
  ): Promise<Item[]> {
    const isEnzi = target.startsWith('/enzi/')
    const startName = isEnzi ? 'start' : 'pageStart'
    const sizeName = sizeParameter ?? (isEnzi ? 'limit' : 'pageSize')
    const items: Item[] = []
    let start = ''
    do {
      const page = { ...query, [sizeName]: pageSize, ...(start === '' ? {} : { [startName]: start }) }
      const { body, headers } = await this.#exchange(
        asked === undefined ? 'GET' : 'POST',
        withQuery(target, page),
        asked,
      )
      items.push(...itemsOf(parsed(reply, body, `GET ${target}`)))
      const next = isEnzi ? pageOfEnzi.parse(body).nextPageStart : headers.get('x-next-page-start')
      if (next === start && start !== '') throw new Error(`a page of ${target} is followed by itself`)
      start = next ?? ''
    } while (start !== '' && items.length < most)
    return items.slice(0, most)
  }

  async #exchange(
    method: Method,
    target: string,
    body?: unknown,
    patience = patienceMilliseconds,
  ): Promise<{ body: unknown; headers: Headers }> {
    const response = await fetch(`${this.#origin}${target}`, {
      method,
      headers: {
        Accept: 'application/json',
        Authorization: this.#authorization,
        'User-Agent': 'breakwater-admin',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      // Credentials go nowhere but to the address that was given.
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    }).catch((error: unknown) => {
      const hint = isRefused(error) ? ': nothing listens there; is the registry running, and is --url right?' : ''
      throw new Error(`no answer from ${this.#origin}${hint === '' ? `: ${reasonOf(error)}` : hint}`, { cause: error })
    })
    const text = await response.text()
    const json = jsonOf(text)
    if (response.ok) return { body: json, headers: response.headers }
    const problem = problems.safeParse(json).data?.errors[0]
    if (problem !== undefined) throw new Refusal(problem.message, problem.code)
    const elsewhere = response.headers.get('location')
    throw new Error(
      `${this.#origin} answered ${method} ${target} with ${response.status} and not as a Breakwater registry would` +
        (elsewhere === null ? '' : `; it sends its clients to ${elsewhere}`),
    )
  }
}

/**
 * A path of the API with its parameters encoded.
 *
 * @throws UsageError for a parameter that would lead to another path
 */
export function path(texts: TemplateStringsArray, ...parameters: readonly string[]): string {
  return texts.reduce((before, text, index) => `${before}${encoded(parameters[index - 1] ?? '')}${text}`)
}

function encoded(parameter: string): string {
  if (/^\.{0,2}$/.test(parameter)) throw new UsageError(`"${parameter}" is not a name`)
  return encodeURIComponent(parameter)
}

function withQuery(target: string, query: Query): string {
  const text = new URLSearchParams(query).toString()
  return text === '' ? target : `${target}?${text}`
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown, request: string): z.infer<Schema> {
  const { data, error } = schema.safeParse(body)
  if (error === undefined) return data
  const [issue] = error.issues
  throw new Error(
    `the answer to ${request} is not as expected (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}): is the registry of another version?`,
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Tells whether the address, and each one that its name has, refuses connections. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.every(isRefused)
  return ('code' in error && error.code === 'ECONNREFUSED') || isRefused(error.cause)
}

/** `fetch` says no more than that it failed; why stands in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ')
  return cause instanceof Error ? cause.message : error.message
}
