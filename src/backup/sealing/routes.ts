/**
 * Routes for the key of an encrypted backup. The identity stays with the operator: a client reads the wrapped data key, opens
 * it, and lends the data key to the registry for a proof or a restore.
 */
import { z } from '@hono/zod-openapi'
import { longestIdentifier } from '../../limits.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter } from '../../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../../routes/shared/schemas.ts'
import { recordLentKey } from '../event-store.ts'
import { recoveryHeaders, requireRecovery } from '../restore/authority-routes.ts'
import { readWhole } from '../restore/restorable.ts'
import { handleBackups } from '../right.ts'
import { dataKeyText } from './data-key.ts'
import { lendDataKey, readWrappedKey } from './lending.ts'

export const keyRoutes = apiRouter()

const params = z.object({
  backupID: z
    .string()
    .min(1)
    .max(longestIdentifier)
    .openapi({ param: { name: 'backupID', in: 'path' }, example: 'e0a4c9ce-0b1f-4d5e-9d0e-1c4d9a3f6c55' }),
})
const access = { isPublic: true, worksWithoutMajority: true } as const

const getRoute = defineRoute({
  access,
  method: 'get',
  path: '/backups/{backupID}/key',
  tags: ['backups'],
  summary: 'Show the wrapped key of an encrypted backup',
  description: 'For system administrators, and for the holder of the recovery secret. It opens with an identity alone.',
  request: { params, headers: recoveryHeaders },
  responses: {
    200: jsonOf(
      z
        .object({
          wrapped: z.string().nullable().openapi({
            description: 'a file of age as hexadecimal digits; null for a backup that is not encrypted',
          }),
        })
        .openapi('WrappedKey'),
      'the wrapped key',
    ),
    ...refusals(401, 403, 404, 409, 429, 503),
  },
})

keyRoutes.openapi(getRoute, async function getBackupKey(c) {
  const { backupID: id } = c.req.valid('param')
  await requireRecovery(c, handleBackups, 'any login')
  const context = c.get('context')
  const { encryption } = await readWhole(context.backups, id)
  return c.json({ wrapped: encryption === null ? null : await readWrappedKey(context.backups, id) }, 200)
})

const putRoute = defineRoute({
  access,
  method: 'put',
  path: '/backups/{backupID}/key',
  tags: ['backups'],
  summary: 'Lend the registry the key of an encrypted backup',
  description:
    'For system administrators with a password or a session of the last ten minutes, and for the holder of the recovery secret. The registry keeps it under its own secret until the next proof or restore of the backup is done.',
  request: {
    params,
    headers: recoveryHeaders,
    body: bodyOf(
      z
        .strictObject({
          dataKey: z.string().regex(dataKeyText).openapi({ description: 'what the wrapped key opens to' }),
        })
        .openapi('LentKey'),
    ),
  },
  responses: {
    204: { description: 'the registry can open the backup' },
    ...refusals(400, 401, 403, 404, 409, 429, 503),
  },
})

keyRoutes.openapi(putRoute, async function putBackupKey(c) {
  const { backupID: id } = c.req.valid('param')
  const by = await requireRecovery(c, handleBackups)
  const { backups, secrets, db, now } = c.get('context')
  await readWhole(backups, id)
  await lendDataKey({ backups, secrets, id }, c.req.valid('json').dataKey)
  // The recovery secret is for a registry whose tables may be gone.
  if (by !== '') await recordLentKey(db, id, by, now)
  return c.body(null, 204)
})
