/** Deletes old backups by the rules of the settings. */
import { z } from '@hono/zod-openapi'
import { enqueueJob } from '../../jobs/enqueue.ts'
import { jobsContext, workAfterAnswer } from '../../routes/api/background-jobs.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePasswordAgain } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals, time } from '../../routes/shared/schemas.ts'
import { currentSettingsOf } from '../../settings/settings.ts'
import { isoTime } from '../../util/iso-time.ts'
import { stateOf } from '../backups.ts'
import { orderOf } from '../orders.ts'
import { backupSettings } from '../settings.ts'
import { deleteBackups, pruneAction } from './job.ts'
import { judgeAll, rulesOf } from './prune.ts'

export const retentionRoutes = apiRouter()

const judged = z.object({
  id: z.string(),
  createdAt: time,
  state: z.enum(['proven', 'unproven', 'failed']),
  keptFor: z.array(z.enum(['last', 'day', 'week', 'last-proven', 'newer'])).openapi({
    description:
      'the rules that keep it; without one it is deleted. `newer`: it is not proven, and newer than all that are',
  }),
})

const pruneOrder = z.object({ dryRun: z.boolean().default(false) }).openapi('PruneOrder')

const pruneRoute = defineRoute({
  access: { administratorsMay: deleteBackups },
  method: 'post',
  path: '/backups/prune',
  tags: ['backups'],
  summary: 'Delete the backups that no rule of retention keeps',
  description:
    'For system administrators, with a password or a session of the last ten minutes. A job deletes them by the settings `backupKeepLast`, `backupKeepDays` and `backupKeepWeeks`, as each backup does at its end. With `dryRun` it only tells what it would delete.',
  request: { body: bodyOf(pruneOrder) },
  responses: {
    200: jsonOf(
      z
        .object({
          job: z.string().nullable().openapi({ description: 'the id of the job; null for a dry run' }),
          backups: z.array(judged),
        })
        .openapi('JudgedBackups'),
      'each whole backup, the newest first',
    ),
    ...refusals(400, 401, 403, 409, 503),
  },
})

retentionRoutes.openapi(pruneRoute, async function postBackupsPrune(c) {
  const { name: by } = requireAccount(c)
  requirePasswordAgain(c, { kind: 'declared-by-route', words: deleteBackups })
  const { dryRun } = c.req.valid('json')
  const { db, backups, now } = c.get('context')
  const all = await judgeAll(backups, rulesOf(await currentSettingsOf(db, now, backupSettings)))
  const job = dryRun ? undefined : await enqueueJob(jobsContext(c), orderOf(pruneAction), now, { by, now })
  workAfterAnswer(c, job?.id)
  const shown = all.map(({ backup, keptFor }) => ({
    id: backup.id,
    createdAt: isoTime(backup.summary.createdAt),
    state: stateOf(backup),
    keptFor: [...keptFor],
  }))
  return c.json({ job: job?.id ?? null, backups: shown }, 200)
})
