/** What a backup does with the tables of garbage collection (see `db/tables.ts`). */
import type { TableDeclaration } from '../db/tables.ts'
import { lazily } from '../util/lazy.ts'

const loadMending = lazily(() => import('./mending-store.ts'))

export const gcTables: readonly TableDeclaration[] = [
  {
    name: 'manifest_reviews',
    leftOut: 'a review may be made too often, and must not be missing',
    atRestore: 'queues each manifest',
    mending: async () => (await loadMending()).manifestReviews,
  },
  {
    name: 'link_reviews',
    leftOut: 'a review may be made too often, and must not be missing',
    atRestore: 'queues each link of a repository to a blob',
    mending: async () => (await loadMending()).linkReviews,
  },
  {
    name: 'blob_reviews',
    leftOut: 'a review may be made too often, and must not be missing',
    atRestore: 'queues the blobs that no repository and no manifest has',
    mending: async () => (await loadMending()).blobReviews,
  },
  {
    name: 'gc_fence',
    leftOut: 'its token is older than that of the replicas',
    atRestore: 'writes a token above the one of the backup',
  },
]
