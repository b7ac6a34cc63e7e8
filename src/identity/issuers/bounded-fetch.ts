/**
 * Asks servers of others within bounds: the answer has a size and a time, redirects are not followed, and what fails says
 * why in words of ours. The other server decides nothing more than the text that comes back.
 */
import { parseJson } from '../../util/json.ts'
import { issuerJson, largestIssuerAnswerBytes, longestIssuerWaitSeconds } from '../../limits.ts'
import { withinTime } from '../../util/timeout.ts'
import { issuerError, type WhyUnusable } from './failures.ts'

/** The part of `fetch` that is used, so that tests can answer. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Sends with the `fetch` of the runtime. */
export const runtimeFetch: Fetch = (url, init) => fetch(url, init)

export interface BoundedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Reads a URL as JSON. @throws RegistryError `issuer-unusable` */
export async function fetchJson(fetchOne: Fetch, url: string): Promise<unknown> {
  const { status, text } = await fetchBounded(fetchOne, url, { headers: { Accept: 'application/json' } })
  if (status !== 200) throw unusable(url, { kind: 'of-status', status })
  const parsed = parseJson(text, issuerJson)
  if ('refused' in parsed) throw unusable(url, { kind: 'no-json', reason: parsed.refused })
  return parsed.value
}

/** Sends a request and reads all of its answer, whatever its status. @throws RegistryError `issuer-unusable` */
export async function fetchBounded(fetchOne: Fetch, url: string, init: RequestInit): Promise<BoundedAnswer> {
  const stop = new AbortController()
  const late = () => unusable(url, { kind: 'slow', seconds: longestIssuerWaitSeconds })
  try {
    return await withinTime(
      readAll(fetchOne, url, { ...init, signal: stop.signal }),
      longestIssuerWaitSeconds * 1000,
      late,
    )
  } finally {
    // Ends what is still under way: a connection that sends nothing, or more than is wanted.
    stop.abort()
  }
}

async function readAll(fetchOne: Fetch, url: string, init: RequestInit): Promise<BoundedAnswer> {
  const answer = await connect(fetchOne, url, init)
  const { status, headers } = answer
  // A redirect could lead into a network that the caller cannot reach.
  if (status >= 300 && status < 400) throw unusable(url, { kind: 'redirected' })
  const bytes = await readBytes(url, answer)
  try {
    return { status, headers, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch (error) {
    throw unusable(url, { kind: 'no-text' }, error)
  }
}

async function connect(fetchOne: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetchOne(url, { ...init, redirect: 'manual' })
  } catch (error) {
    throw unusable(url, { kind: 'unreachable' }, error)
  }
}

async function readBytes(url: string, { body }: Response): Promise<Uint8Array> {
  if (body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.byteLength
      if (size > largestIssuerAnswerBytes) break
      chunks.push(chunk)
    }
  } catch (error) {
    throw unusable(url, { kind: 'unreachable' }, error)
  }
  if (size > largestIssuerAnswerBytes) throw unusable(url, { kind: 'too-long', limitBytes: largestIssuerAnswerBytes })
  return joined(chunks, size)
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.byteLength
  }
  return all
}

const unusable = (url: string, reason: WhyUnusable, cause?: unknown) =>
  issuerError({ kind: 'issuer-unusable', url, reason }, { cause })
