/** What the order of a backup says. */
import * as z from 'zod'

export const backupParameters = z.strictObject({
  /** Whether it has the content of images too; the setting `backupContent` decides for one that does not say. */
  content: z.boolean().optional(),
})
