/** Routes of backups. */
import { z } from '@hono/zod-openapi'
import { findJob } from '../db/jobs/jobs.ts'
import { enqueueJob } from '../jobs/enqueue.ts'
import { jobsContext, workAfterAnswer } from '../routes/api/background-jobs.ts'
import { defineRoute } from '../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePassword } from '../routes/shared/router.ts'
import { jsonOf, refusals, time } from '../routes/shared/schemas.ts'
import { isoTime } from '../util/iso-time.ts'
import { findBackups, type FoundBackup } from './backups.ts'
import { backupAction, makeBackups } from './job.ts'

export const api = apiRouter()

const states = ['running', 'unfinished', 'unproven'] as const

const backup = z
  .object({
    id: z.string().openapi({ description: 'the id of its job too' }),
    state: z.enum(states).openapi({
      description:
        '`running`: its job writes it; `unfinished`: its job ended before it was whole, so it is no backup and the next one deletes it; `unproven`: it is whole, and no restore has proven it',
    }),
    createdAt: time.nullable().openapi({ description: 'null while it is not whole, as all that follows' }),
    completedAt: time.nullable(),
    schema: z.string().nullable().openapi({ description: 'the last migration of the database' }),
    encrypted: z.boolean().nullable(),
    rows: z.int().nullable(),
    parts: z.int().nullable(),
    newParts: z.int().nullable().openapi({ description: 'parts that no earlier backup has' }),
    bytes: z.int().nullable().openapi({ description: 'of all rows' }),
    storedBytes: z.int().nullable().openapi({ description: 'of all parts in the bucket' }),
    newBytes: z.int().nullable().openapi({ description: 'of the new parts in the bucket' }),
    provenAt: time.nullable(),
    rtoSeconds: z.number().nullable(),
    rpoSeconds: z.number().nullable(),
  })
  .openapi('Backup')

const unproven = { provenAt: null, rtoSeconds: null, rpoSeconds: null }
const unknown = {
  createdAt: null,
  completedAt: null,
  schema: null,
  encrypted: null,
  rows: null,
  parts: null,
  newParts: null,
  bytes: null,
  storedBytes: null,
  newBytes: null,
}

const isRunning = (status: string | undefined): boolean =>
  status === 'waiting' || status === 'running' || status === 'cancel_request'

function backupJson({ id, summary }: FoundBackup, status: string | undefined): z.infer<typeof backup> {
  if (summary === undefined) return { id, state: isRunning(status) ? 'running' : 'unfinished', ...unknown, ...unproven }
  const { createdAt, completedAt, encrypted, ...counts } = summary
  const times = { createdAt: isoTime(createdAt), completedAt: isoTime(completedAt) }
  return { id, state: 'unproven', ...counts, ...times, encrypted: encrypted === 'true', ...unproven }
}

const listRoute = defineRoute({
  access: { administratorsMay: 'see the backups' },
  method: 'get',
  path: '/backups',
  tags: ['backups'],
  summary: 'List the backups, the newest first',
  description: 'For system administrators. All of them: retention bounds their number. Reads the bucket of backups.',
  responses: { 200: jsonOf(z.object({ backups: z.array(backup) }), 'the backups'), ...refusals(401, 403, 503) },
})

api.openapi(listRoute, async function getBackups(c) {
  const { db, backups } = c.get('context')
  const found = []
  for (const one of await findBackups(backups)) {
    const job = one.summary === undefined ? await findJob(db, one.id) : undefined
    found.push(backupJson(one, job?.status))
  }
  return c.json({ backups: found }, 200)
})

const postRoute = defineRoute({
  access: { administratorsMay: makeBackups },
  method: 'post',
  path: '/backups',
  tags: ['backups'],
  summary: 'Make a backup',
  description:
    'For system administrators, with a password or a session: a backup has the hashes of all passwords. A job writes it while the registry stays writable; garbage collection waits. One is made at a time.',
  responses: {
    202: jsonOf(z.object({ id: z.string() }).openapi('BegunBackup'), 'the id of the backup and of its job'),
    ...refusals(401, 403, 409, 503),
  },
})

api.openapi(postRoute, async function postBackup(c) {
  const { name: by } = requireAccount(c)
  requirePassword(c, { kind: 'declared-by-route', words: makeBackups })
  const { now } = c.get('context')
  const order = { action: backupAction, parameters: {}, retries: 0, capacityMap: {}, deadline: '', stopTimeout: '' }
  const { id } = await enqueueJob(jobsContext(c), order, now, { by, now })
  workAfterAnswer(c, id)
  return c.json({ id }, 202)
})
