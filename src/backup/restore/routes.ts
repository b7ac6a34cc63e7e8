/**
 * Routes of restorations. They are open to callers without a login, and check by themselves: accounts may be lost, and are
 * away in the middle.
 */
import { z } from '@hono/zod-openapi'
import { longestIdentifier } from '../../limits.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals, time } from '../../routes/shared/schemas.ts'
import { isoTime } from '../../util/iso-time.ts'
import { handleBackups } from '../right.ts'
import { recoveryHeaders, requireRecovery, requireRestorer } from './authority-routes.ts'
import { dataKeyText } from '../sealing/data-key.ts'
import { beginRestoration } from './begin.ts'
import { shown, shownSteps } from './progress.ts'
import type { Report } from './report.ts'
import type { Restoration } from './restoration.ts'
import { keptKeyOf, openRestorable } from './restorable.ts'
import { restorationNow, restoreSlice, type Outcome } from './slice.ts'

export const restoreRoutes = apiRouter()

const access = { isPublic: true, worksWithoutMajority: true } as const

const reportSchema = z
  .object({
    finishedAt: time,
    backupMadeAt: time.openapi({ description: 'what changed after that is not restored' }),
    rows: z.int(),
    dropped: z
      .record(z.string(), z.int())
      .openapi({ description: 'rows by table that named what was deleted while the backup was made' }),
    revoked: z
      .array(
        z.object({ kind: z.string(), owner: z.string(), label: z.string(), revokedAt: time, isHeldBack: z.boolean() }),
      )
      .openapi({ description: 'what was taken away after the backup: tokens are inactive, all else is back' }),
    unknownRevocations: z
      .array(z.string())
      .openapi({ description: 'why some of what was taken away is not known; empty if all is' }),
    segmentsPutBack: z.int().openapi({ description: 'objects that were copied back from the content of backups' }),
    missingSegments: z.int().openapi({ description: 'objects that the bucket of content lacks' }),
    lostImages: z
      .array(z.object({ repository: z.string(), digest: z.string() }))
      .openapi({ description: 'images that lost content: a push of the same content brings it back' }),
    epoch: z.int().openapi({ description: 'of the replicas' }),
  })
  .openapi('RestoreReport')

const restore = z
  .object({
    id: z.string(),
    backup: z.string(),
    state: z.enum(['running', 'done']),
    step: z
      .enum(shownSteps)
      .nullable()
      .openapi({ description: 'up to and with `verify` nothing is changed; null when it is done' }),
    done: z.int().openapi({ description: 'of the step' }),
    total: z.int(),
    busy: z.boolean().openapi({ description: 'another worker does the next slice: ask again in a second' }),
    report: reportSchema.nullable().openapi({ description: 'null until it is done' }),
  })
  .openapi('Restore')

const restoreParameters = z.object({
  restoreID: z
    .string()
    .min(1)
    .max(longestIdentifier)
    .openapi({ param: { name: 'restoreID', in: 'path' }, example: 'e0a4c9ce-0b1f-4d5e-9d0e-1c4d9a3f6c55' }),
})

function restoreJson(outcome: Outcome): z.infer<typeof restore> {
  if (outcome.kind === 'done') return doneJson(outcome.report)
  return runningJson(outcome.restoration, outcome.kind === 'busy')
}

function runningJson({ id, backup, progress }: Restoration, busy: boolean): z.infer<typeof restore> {
  return { id, backup, state: 'running', ...shown(progress), busy, report: null }
}

function doneJson(report: Report): z.infer<typeof restore> {
  const { id, backup, dropped, unknownRevocations, segmentsPutBack, missingSegments, lostImages } = report
  const told = {
    finishedAt: isoTime(report.finishedAt ?? 0),
    backupMadeAt: isoTime(report.backupMadeAt ?? 0),
    rows: Object.values(report.rows).reduce((total, count) => total + count, 0),
    dropped,
    revoked: report.revoked.map(({ kind, owner, label, at, isHeld: isHeldBack }) => ({
      kind,
      owner,
      label,
      revokedAt: isoTime(at),
      isHeldBack,
    })),
    unknownRevocations,
    segmentsPutBack,
    missingSegments,
    lostImages,
    epoch: report.epoch ?? 0,
  }
  return { id, backup, state: 'done', step: null, done: 0, total: 0, busy: false, report: told }
}

const postRoute = defineRoute({
  access,
  method: 'post',
  path: '/restores',
  tags: ['backups'],
  summary: 'Begin to restore a backup',
  description:
    'For the holder of the recovery secret, and for system administrators with a password or a session of the last ten minutes. Nothing is changed yet: the slices do the work, and so does the cron trigger. A restore of the same backup that is under way goes on, with the new token.',
  request: {
    headers: recoveryHeaders,
    body: bodyOf(
      z
        .strictObject({
          backup: z.string().min(1).max(longestIdentifier).openapi({ description: 'the id of the backup' }),
          overwrite: z
            .boolean()
            .default(false)
            .openapi({ description: 'must be true where the registry has accounts: they are replaced' }),
          instead: z
            .boolean()
            .default(false)
            .openapi({ description: 'gives up the restore of another backup that is under way' }),
          keepRevokedTokens: z.boolean().default(false).openapi({
            description: 'access tokens that were revoked after the backup work again; they are held back otherwise',
          }),
          dataKey: z.string().regex(dataKeyText).optional().openapi({
            description: 'of an encrypted backup, as `key.age` has it; needed once the registry has forgotten it',
          }),
        })
        .openapi('WantedRestore'),
    ),
  },
  responses: {
    202: jsonOf(
      restore
        .extend({ token: z.string().openapi({ description: 'continues the restore; it is shown once' }) })
        .openapi('BegunRestore'),
      'the restore; its slices follow',
    ),
    ...refusals(400, 401, 403, 404, 409, 429, 503),
  },
})

restoreRoutes.openapi(postRoute, async function postRestore(c) {
  const { keepRevokedTokens, dataKey, ...order } = c.req.valid('json')
  const by = await requireRecovery(c, handleBackups)
  const context = c.get('context')
  const keptKey = await keptKeyOf(context, order.backup, dataKey)
  await openRestorable(context, order.backup, keptKey)
  const wanted = { keepRevokedTokens, keptKey }
  const { restoration, token } = await beginRestoration(context, { ...order, wanted, by })
  return c.json({ ...runningJson(restoration, false), token }, 202)
})

const sliceRoute = defineRoute({
  access,
  method: 'post',
  path: '/restores/{restoreID}/slices',
  tags: ['backups'],
  summary: 'Do the next slice of a restore',
  description:
    'For the holder of the token of the restore, and for all who may begin one. Repeat it until the state is `done`; a call whose answer was lost can be repeated.',
  request: { headers: recoveryHeaders, params: restoreParameters },
  responses: { 200: jsonOf(restore, 'how far it is'), ...refusals(401, 403, 404, 409, 429, 503) },
})

restoreRoutes.openapi(sliceRoute, async function postRestoreSlice(c) {
  const { restoreID } = c.req.valid('param')
  await requireRestorer(c, restoreID, handleBackups)
  return c.json(restoreJson(await restoreSlice({ ...c.get('context'), tables: c.get('tables') }, restoreID)), 200)
})

const getRoute = defineRoute({
  access,
  method: 'get',
  path: '/restores/{restoreID}',
  tags: ['backups'],
  summary: 'Show a restore, with its report',
  description: 'For the holder of the token of the restore, and for all who may begin one.',
  request: { headers: recoveryHeaders, params: restoreParameters },
  responses: { 200: jsonOf(restore, 'how far it is'), ...refusals(401, 403, 404, 429, 503) },
})

restoreRoutes.openapi(getRoute, async function getRestore(c) {
  const { restoreID } = c.req.valid('param')
  await requireRestorer(c, restoreID, handleBackups)
  return c.json(restoreJson(await restorationNow(c.get('context'), restoreID)), 200)
})
