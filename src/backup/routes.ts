/** Routes of backups. */
import { z } from '@hono/zod-openapi'
import { enqueueJob } from '../jobs/enqueue.ts'
import { jobsContext, workAfterAnswer } from '../routes/api/background-jobs.ts'
import { defineRoute } from '../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePasswordAgain } from '../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../routes/shared/schemas.ts'
import { downloadRoutes } from './download/routes.ts'
import { listRoutes } from './list-routes.ts'
import { backupAction, orderOf } from './orders.ts'
import { proofRoutes } from './proof/routes.ts'
import { restoreRoutes } from './restore/routes.ts'
import { repositoryRoutes } from './repository/routes.ts'
import { retentionRoutes } from './retention/routes.ts'
import { handleBackups } from './right.ts'
import { keyRoutes } from './sealing/routes.ts'

export const api = apiRouter()
api.route('/', listRoutes)
api.route('/', retentionRoutes)
api.route('/', proofRoutes)
api.route('/', restoreRoutes)
api.route('/', downloadRoutes)
api.route('/', keyRoutes)

const backupOrder = z
  .strictObject({
    content: z.boolean().optional().openapi({
      description: 'whether it has the content of images too; by default as the setting `backupContent` says',
    }),
  })
  .openapi('BackupOrder')
api.route('/', repositoryRoutes)

const postRoute = defineRoute({
  access: { administratorsMay: handleBackups },
  method: 'post',
  path: '/backups',
  tags: ['backups'],
  summary: 'Make a backup',
  description:
    'For system administrators, with a password or a session of the last ten minutes: a backup has the hashes of all passwords. A job writes it while the registry stays writable; garbage collection waits. One is made at a time.',
  request: { body: { ...bodyOf(backupOrder), required: false } },
  responses: {
    202: jsonOf(z.object({ id: z.string() }).openapi('BegunBackup'), 'the id of the backup and of its job'),
    ...refusals(401, 403, 409, 503),
  },
})

api.openapi(postRoute, async function postBackup(c) {
  const { name: by } = requireAccount(c)
  requirePasswordAgain(c, { kind: 'declared-by-route', words: handleBackups })
  const { now } = c.get('context')
  const { content } = c.req.valid('json')
  const order = orderOf(backupAction, content === undefined ? {} : { content })
  const { id } = await enqueueJob(jobsContext(c), order, now, { by, now })
  workAfterAnswer(c, id)
  return c.json({ id }, 202)
})
