/** What is ordered: one repository or all of a namespace, from a backup into the running registry. */
import * as z from 'zod'
import { isAccountName, isRepositoryName } from '../../names.ts'

export const repositoryAction = 'restore_repository'

/** Completes the refusal of a caller who has proven no password. */
export const restoreRepositories = 'restore repositories from a backup'

const repositoryName = z.string().refine(isRepositoryName, { error: 'it must be a name like alice/app' })

export const repositoryOrder = z
  .strictObject({
    backup: z.string().regex(/^[\w-]{1,64}$/, { error: 'it must be the id of a backup' }),
    repository: repositoryName.optional(),
    namespace: z.string().refine(isAccountName, { error: 'it must be the name of an account' }).optional(),
    /** The name that the repository gets; its own by default. */
    as: repositoryName.optional(),
    /** Tags that point elsewhere now are moved to what they pointed at. */
    movesTags: z.boolean().default(false),
  })
  .refine(({ repository, namespace }) => (repository === undefined) !== (namespace === undefined), {
    error: 'name one repository, or one namespace',
  })
  .refine(({ repository, as }) => as === undefined || repository !== undefined, {
    error: 'only one repository can get another name',
  })
export type RepositoryOrder = z.infer<typeof repositoryOrder>
