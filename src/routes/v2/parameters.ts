/** Parses the parameters in URLs and headers of `/v2/`, once. */
import * as z from 'zod'
import { RegistryError } from '../../errors.ts'
import {
  isDigestAlgorithm,
  isTag,
  parseDigest,
  parseReference,
  parseRepositoryName,
  type Digest,
  type DigestAlgorithm,
  type Reference,
  type RepositoryName,
} from '../../names.ts'
import type { PageRequest } from '../../registry/lists.ts'
import { urlOf, type AppContext } from '../app-context.ts'

const parameter = (c: AppContext, name: string): string => c.req.param(name) ?? ''

export const repositoryParameter = (c: AppContext): RepositoryName => parseRepositoryName(parameter(c, 'name'))
export const digestParameter = (c: AppContext): Digest => parseDigest(parameter(c, 'digest'))
export const referenceOf = (c: AppContext): Reference => parseReference(parameter(c, 'reference'))

/** Parses the reference of a read. Clients probe with invalid tag names, which are answered with 404 and not 400. */
export function knownReferenceOf(c: AppContext, repository: RepositoryName): Reference {
  const text = parameter(c, 'reference')
  if (!text.includes(':') && !isTag(text)) {
    throw new RegistryError({ kind: 'manifest-unknown', repository, reference: text })
  }
  return parseReference(text)
}

/**
 * Returns the values of a query parameter. A plus stays a plus (RFC 3986), as in "application/vnd.in-toto+json": Hono
 * would parse the query as a form.
 */
export function queriesOf(c: AppContext, name: string): string[] {
  return new URLSearchParams(urlOf(c.req.raw).search.replaceAll('+', '%2B')).getAll(name)
}

export const queryOf = (c: AppContext, name: string): string | undefined => queriesOf(c, name)[0]

/**
 * Parses the query parameter `digest-algorithm` (OCI end-4c); sha256 without one.
 *
 * @throws RegistryError `digest-invalid`
 */
export function announcedAlgorithm(c: AppContext): DigestAlgorithm {
  const text = queryOf(c, 'digest-algorithm') ?? 'sha256'
  if (!isDigestAlgorithm(text)) throw new RegistryError({ kind: 'digest-invalid', digest: text })
  return text
}

const count = z
  .string()
  .regex(/^\d{1,100}$/)
  .transform(Number)

/** Parses the query parameters `n` and `last`; `n` is cut to the largest. @throws RegistryError `parameter-invalid` */
export function pageRequest(c: AppContext, largest: number): PageRequest {
  const text = queryOf(c, 'n')
  const limit = text === undefined ? largest : count.safeParse(text).data
  if (limit === undefined) {
    const reason = { kind: 'no-count' } as const
    throw new RegistryError({ kind: 'parameter-invalid', place: 'query', parameter: 'n', reason })
  }
  return { limit: Math.min(limit, largest), last: queryOf(c, 'last') ?? '' }
}

/** Returns the link to the next page (RFC 8288), which clients follow as it is. */
export function linkToNext(path: string, query: Record<string, string | undefined>): string {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  // URLSearchParams writes a plus for a space (see `queriesOf`).
  return `<${path}?${search.toString().replaceAll('+', '%20')}>; rel="next"`
}

const byteCount = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)

/** Parses Content-Length; undefined for a body of unknown length. */
export function contentLength(c: AppContext): number | undefined {
  return byteCount.safeParse(c.req.header('content-length')).data
}

/**
 * Parses the Content-Range of a chunk (OCI end-5): `<first>-<last>`, inclusive, without unit and total.
 *
 * @param sizeBytes the length of the body, if known
 * @returns the start and the length of the chunk; undefined without the header
 * @throws RegistryError `upload-invalid` or `size-mismatch`
 */
export function chunkRange(
  c: AppContext,
  sizeBytes: number | undefined,
): { offsetBytes: number; sizeBytes: number } | undefined {
  const text = c.req.header('content-range')
  if (text === undefined) return undefined
  const [, first, last] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/.exec(text) ?? []
  if (first === undefined || last === undefined || Number(last) < Number(first)) {
    throw new RegistryError({ kind: 'upload-invalid', reason: { kind: 'content-range-malformed' } })
  }
  const expectedBytes = Number(last) - Number(first) + 1
  if (sizeBytes !== undefined && sizeBytes !== expectedBytes) {
    throw new RegistryError({ kind: 'size-mismatch', expectedBytes, actualBytes: sizeBytes })
  }
  return { offsetBytes: Number(first), sizeBytes: expectedBytes }
}

/** Evaluates If-None-Match (RFC 9110 section 13.1.2). Content never changes, so weak and strong tags are equal. */
export function isNotModified(c: AppContext, etag: string): boolean {
  const header = c.req.header('if-none-match')
  if (header === undefined) return false
  return header.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim()))
}
