/** The list of backups. */
import { z } from '@hono/zod-openapi'
import { defineRoute } from '../routes/shared/route-access.ts'
import { apiRouter } from '../routes/shared/router.ts'
import { jsonOf, refusals, time } from '../routes/shared/schemas.ts'
import { isoTime } from '../util/iso-time.ts'
import { findBackups, isWhole, stateOf, type FoundBackup } from './backups.ts'
import { recoveryHeaders, requireRecovery } from './restore/authority-routes.ts'
import { underWayIfKnown, type UnderWay } from './under-way.ts'

export const listRoutes = apiRouter()

const states = ['running', 'unfinished', 'unproven', 'proving', 'proven', 'failed'] as const

const backupSchema = z
  .object({
    id: z.string().openapi({ description: 'the id of its job too' }),
    state: z.enum(states).openapi({
      description:
        '`running`: its job writes it; `unfinished`: its job ended before it was whole, so it is no backup and the next one deletes it; `unproven`: it is whole, and nothing has proven it; `proving`: its first proof waits or goes on; `proven`: it was restored into another database, and all was there; `failed`: it is damaged, or lacks something',
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
    content: z.enum(['none', 'whole', 'incomplete']).nullable().openapi({
      description: 'whether it has the content of images; `incomplete`: without what the registry itself has lost',
    }),
    contentBytes: z.int().nullable().openapi({ description: 'of all blobs and manifests' }),
    newContentBytes: z.int().nullable().openapi({ description: 'of those that no earlier backup has' }),
    provenAt: time.nullable().openapi({ description: 'when its last proof ended well; null if it failed' }),
    rtoSeconds: z
      .number()
      .nullable()
      .openapi({ description: 'how long its proof took to read, check and load it into another database' }),
    rpoSeconds: z
      .number()
      .nullable()
      .openapi({ description: 'from the beginning of the backup, whose state it has, to the end of its proof' }),
    finding: z
      .string()
      .nullable()
      .openapi({ description: 'the first thing that its proof found; null if none failed' }),
  })
  .openapi('Backup')

const notWhole = {
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
  content: null,
  contentBytes: null,
  newContentBytes: null,
}

/** Shows a backup. */
function backupJson(backup: FoundBackup, { isRunning, isProving }: UnderWay): z.infer<typeof backupSchema> {
  const { id, proof } = backup
  if (!isWhole(backup)) return { id, state: isRunning ? 'running' : 'unfinished', ...notWhole, ...unproven }
  const { createdAt, completedAt, encrypted, sha256: _, ...counts } = backup.summary
  const state = stateOf(backup)
  const times = { createdAt: isoTime(createdAt), completedAt: isoTime(completedAt) }
  const shown = { id, ...counts, ...times, encrypted: encrypted === 'true' }
  if (state === 'failed') return { ...shown, state, ...unproven, finding: proof?.finding ?? null }
  if (state === 'unproven' || proof === undefined) {
    return { ...shown, state: isProving ? 'proving' : 'unproven', ...unproven }
  }
  const { rtoSeconds, rpoSeconds, endedAt } = proof
  return { ...shown, state, provenAt: isoTime(endedAt), rtoSeconds, rpoSeconds, finding: null }
}

const unproven = { provenAt: null, rtoSeconds: null, rpoSeconds: null, finding: null }

const listRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/backups',
  tags: ['backups'],
  summary: 'List the backups, the newest first',
  description:
    'For system administrators, and for the holder of the recovery secret. All of them: retention bounds their number. Reads the bucket of backups.',
  request: { headers: recoveryHeaders },
  responses: {
    200: jsonOf(z.object({ backups: z.array(backupSchema) }), 'the backups'),
    ...refusals(401, 403, 429, 503),
  },
})

listRoutes.openapi(listRoute, async function getBackups(c) {
  await requireRecovery(c, 'see the backups', 'any login')
  const { db, backups } = c.get('context')
  const [found, underWay] = await Promise.all([findBackups(backups), underWayIfKnown(db)])
  return c.json({ backups: found.map((backup) => backupJson(backup, underWay(backup.id))) }, 200)
})
