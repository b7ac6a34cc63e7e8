/** What a backup does with the tables of garbage collection (see `db/tables.ts`). */
import type { TableDeclaration } from '../db/tables.ts'

export const gcTables: readonly TableDeclaration[] = [
  {
    name: 'manifest_reviews',
    leftOut: 'a review may be made too often, and must not be missing',
    atRestore: 'triggers queue each inserted manifest',
  },
  {
    name: 'link_reviews',
    leftOut: 'a review may be made too often, and must not be missing',
    atRestore: 'triggers queue each inserted link of a repository to a blob',
  },
  {
    name: 'blob_reviews',
    leftOut: 'a review may be made too often, and must not be missing',
    atRestore: 'queues the blobs that no repository and no manifest has',
  },
  {
    name: 'gc_fence',
    leftOut: 'its token is older than that of the replicas',
    atRestore: 'writes a token above the one of the backup',
  },
]
