/** The JSON of a repository. */
import { z } from '@hono/zod-openapi'
import type { RepositoryRecord } from '../../db/repositories/visible-repositories.ts'
import { visibilities } from '../../access-levels.ts'
import { namespaceOf, withoutNamespace } from '../../names.ts'

export const repository = z
  .object({
    id: z.string(),
    namespace: z.string(),
    namespaceType: z.enum(['user', 'organization']),
    name: z.string().openapi({ description: 'without the namespace' }),
    shortDescription: z.string(),
    longDescription: z.string(),
    visibility: z.enum(visibilities),
    scanOnPush: z.boolean(),
    immutableTags: z.boolean(),
    enableManifestLists: z.boolean(),
    pulls: z.int(),
    pushes: z.int(),
    tagLimit: z.int(),
  })
  .openapi('Repository')

export const repositoryJson = ({ id, name, ...record }: RepositoryRecord): z.infer<typeof repository> => ({
  id: String(id),
  namespace: namespaceOf(name),
  namespaceType: record.namespaceType,
  name: withoutNamespace(name),
  shortDescription: record.shortDescription,
  longDescription: record.longDescription,
  visibility: record.visibility,
  // Nothing is scanned here, and indexes are always taken.
  scanOnPush: false,
  immutableTags: record.immutableTags,
  enableManifestLists: true,
  pulls: record.pulls,
  pushes: record.pushes,
  tagLimit: record.tagLimit,
})
