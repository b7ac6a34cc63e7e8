/** The route that brings repositories back. */
import { z } from '@hono/zod-openapi'
import { enqueueJob } from '../../jobs/enqueue.ts'
import { longestIdentifier } from '../../limits.ts'
import { jobsContext, workAfterAnswer } from '../../routes/api/background-jobs.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePasswordAgain } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../../routes/shared/schemas.ts'
import { orderOf } from '../orders.ts'
import { dataKeyText } from '../sealing/data-key.ts'
import { repositoryAction, restoreRepositories } from './order.ts'
import { lendKey } from './source.ts'

export const repositoryRoutes = apiRouter()

const postRoute = defineRoute({
  access: { administratorsMay: restoreRepositories },
  method: 'post',
  path: '/backups/{backupID}/repositories',
  tags: ['backups'],
  summary: 'Restore one repository, or those of a namespace, into the running registry',
  description:
    'For system administrators, with a password or a session of the last ten minutes. A job does it, and its log names each image and tag that cannot be restored. A repository that is there gets the manifests and tags that it lacks, and keeps its settings.',
  request: {
    params: z.object({
      backupID: z
        .string()
        .min(1)
        .max(longestIdentifier)
        .openapi({ param: { name: 'backupID', in: 'path' }, example: 'e0a4c9ce-0b1f-4d5e-9d0e-1c4d9a3f6c55' }),
    }),
    body: bodyOf(
      z
        .strictObject({
          repository: z.string().optional().openapi({ description: 'this one, or `namespace`' }),
          namespace: z.string().optional(),
          as: z.string().optional().openapi({ description: 'the name that the repository gets; its own by default' }),
          movesTags: z
            .boolean()
            .default(false)
            .openapi({ description: 'moves tags back that point elsewhere now, but no immutable ones' }),
          dataKey: z.string().regex(dataKeyText).optional().openapi({
            description:
              'of an encrypted backup that is proven, as `key.age` has it; it is forgotten when the job ends',
          }),
        })
        .openapi('WantedRepositories'),
    ),
  },
  responses: {
    202: jsonOf(z.object({ id: z.string() }).openapi('BegunRepositories'), 'the id of the job'),
    ...refusals(400, 401, 403, 404, 409, 503),
  },
})

repositoryRoutes.openapi(postRoute, async function postRepositories(c) {
  const { backupID: backup } = c.req.valid('param')
  const { dataKey, ...wanted } = c.req.valid('json')
  const { name: by } = requireAccount(c)
  requirePasswordAgain(c, { kind: 'declared-by-route', words: restoreRepositories })
  const context = c.get('context')
  await lendKey(context, backup, dataKey)
  const order = orderOf(repositoryAction, { backup, ...wanted })
  const { id } = await enqueueJob(jobsContext(c), order, context.now, { by, now: context.now })
  workAfterAnswer(c, id)
  return c.json({ id }, 202)
})
