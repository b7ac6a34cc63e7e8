/** What the manifest of a backup says of its content. */
import * as z from 'zod'

const counts = z.object({ objects: z.int(), bytes: z.int() })
export type Counts = z.infer<typeof counts>

/** A list of keys that a backup names, sorted. */
export const inventorySchema = z.object({
  object: z.string(),
  first: z.string(),
  last: z.string(),
  count: z.int(),
})
export type Inventory = z.infer<typeof inventorySchema>

export const contentSchema = z.object({
  /** All blobs, manifests and documents that the backup has, and those that were copied for it. */
  all: counts,
  copied: counts,
  /** What the registry itself has lost. Of more there is only the number. */
  missing: z.object({ objects: z.int(), names: z.array(z.string()) }),
  repositories: z.int(),
  inventories: z.array(inventorySchema),
})
export type Content = z.infer<typeof contentSchema>
