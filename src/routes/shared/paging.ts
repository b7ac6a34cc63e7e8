/**
 * Pages of the administrative API: DTR's `pageStart`, `pageSize` and `count` with the answer in headers, and eNZi's
 * `start` and `limit` with the answer in the body. A page starts with the record whose key is given, so that what is
 * added or removed meanwhile neither repeats nor skips a record.
 */
import { z } from '@hono/zod-openapi'
import { largestPageBytes, longestPageStart, mostItemsOfPage } from '../../limits.ts'
import { firstWithin, jsonBytes } from '../../registry/page-budget.ts'
import type { AppContext } from '../app-context.ts'
import { switchQuery } from './schemas.ts'

const defaultSize = 10

/**
 * Makes the query parameter for the size of a page. A size above the largest is cut to it; a client continues by the
 * key that the page gives. The document tells the largest.
 */
export const sizeQuery = (name: string, usual: number, largest = mostItemsOfPage) =>
  z.coerce
    .number({ error: 'it must be a whole number, 1 or more' })
    .int()
    .min(1)
    .transform((wanted) => Math.min(wanted, largest))
    .default(usual)
    .openapi({ param: { name, in: 'query' }, maximum: largest, description: `larger values mean ${largest}` })

export const pageQuery = {
  pageStart: z
    .string()
    .max(longestPageStart)
    .default('')
    .openapi({ param: { name: 'pageStart', in: 'query' }, description: 'X-Next-Page-Start of the previous page' }),
  pageSize: sizeQuery('pageSize', defaultSize),
  count: switchQuery('count', 'false', 'asks for X-Resource-Count'),
}

export const startQuery = {
  start: z
    .string()
    .max(longestPageStart)
    .default('')
    .openapi({ param: { name: 'start', in: 'query' } }),
  limit: sizeQuery('limit', defaultSize),
}

/** The headers of a page. */
export const pageHeaders = {
  'X-Next-Page-Start': {
    description: 'pageStart of the next page; empty on the last one',
    schema: { type: 'string' as const },
  },
  'X-Resource-Count': {
    description: 'total count, if requested',
    schema: { type: 'integer' as const },
  },
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Key of the first record after this page; undefined on the last one. */
  readonly next: string | undefined
}

/**
 * Cuts a page from records of which one more than wanted was read.
 *
 * @param keyOf what `pageStart` of the next page will be
 */
export function cutPage<Item>(read: readonly Item[], wanted: number, keyOf: (item: Item) => string): Page<Item> {
  const following = read[wanted]
  return { items: read.slice(0, wanted), next: following === undefined ? undefined : keyOf(following) }
}

/** Encodes the items of a page, as many as fit an answer. The next page starts with the first that does not fit. */
export function encodePage<Item, Json>(
  page: Page<Item>,
  encode: (item: Item) => Json,
  keyOf: (item: Item) => string,
): { readonly items: Json[]; readonly next: string | undefined } {
  const items = [...firstWithin(page.items.map(encode), largestPageBytes, jsonBytes)]
  const following = page.items[items.length]
  return { items, next: following === undefined ? page.next : keyOf(following) }
}

/** Says in the headers of the answer where the next page starts and, when it was counted, how many records there are. */
export function announcePage(c: AppContext, page: Page<unknown>, total?: number): void {
  c.header('X-Next-Page-Start', page.next ?? '')
  if (total !== undefined) c.header('X-Resource-Count', String(total))
}
