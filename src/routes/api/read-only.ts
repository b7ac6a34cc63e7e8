/** Read-only mode, with why and until when: what `readOnlyRegistry` of the settings switches without saying so. */
import { createRoute, z } from '@hono/zod-openapi'
import { RegistryError } from '../../errors.ts'
import { longestReadOnlyReason } from '../../limits.ts'
import { currentReadOnly, switchReadOnly, type Switch } from '../../replicas/read-only.ts'
import { clusterContext } from '../context.ts'
import { apiRouter, requireAdministrator } from '../shared/router.ts'
import { bodyOf, jsonOf, lineText, refusals, time, timeOf } from '../shared/schemas.ts'

export const readOnly = apiRouter()

const mode = z
  .object({
    on: z.boolean(),
    reason: z.string(),
    until: time.optional().openapi({ description: 'when it ends by itself' }),
    by: z.string().openapi({ description: 'who switched it; empty for the registry itself' }),
  })
  .openapi('ReadOnlyMode')

const wanted = z
  .strictObject({
    on: z.boolean(),
    reason: lineText(longestReadOnlyReason).optional().openapi({ description: 'shown to everybody who is refused' }),
    until: time.optional().openapi({ description: 'when it ends by itself; without it, when somebody ends it' }),
  })
  .openapi('WantedReadOnlyMode')

const shown = ({ on, reason, until, by }: Switch): z.infer<typeof mode> => ({
  on,
  reason,
  ...(until === undefined ? {} : { until: timeOf(until) }),
  by,
})

const getReadOnlyRoute = createRoute({
  method: 'get',
  path: '/admin/read_only',
  tags: ['admin'],
  summary: 'Whether the registry is read-only, why and until when',
  description: 'For system administrators.',
  responses: { 200: jsonOf(mode, 'the mode'), ...refusals(401, 403) },
})

readOnly.openapi(getReadOnlyRoute, async function getReadOnly(c) {
  requireAdministrator(c, 'see whether the registry is read-only')
  const { db, now } = c.get('stores')
  return c.json(shown(await currentReadOnly(db, now)), 200)
})

const postReadOnlyRoute = createRoute({
  method: 'post',
  path: '/admin/read_only',
  tags: ['admin'],
  summary: 'Make the registry read-only, or end that',
  description:
    'For system administrators. When this is answered it is in force: every push, deletion and change of content that was under way has been committed before, or is refused.',
  request: { body: bodyOf(wanted) },
  responses: { 200: jsonOf(mode, 'the mode, which is in force'), ...refusals(400, 401, 403, 503) },
})

readOnly.openapi(postReadOnlyRoute, async function postReadOnly(c) {
  const { name: by } = requireAdministrator(c, 'make the registry read-only')
  const { db, now } = c.get('stores')
  const { on, reason = '', until } = c.req.valid('json')
  const end = until === undefined ? undefined : Date.parse(until)
  if (end !== undefined && (!on || end <= now)) {
    throw new RegistryError({ kind: 'body-invalid', why: 'until: it must be a time to come, and only with "on"' })
  }
  await switchReadOnly(clusterContext(c), { on, reason: on ? reason : '', until: end, by })
  return c.json(shown(await currentReadOnly(db, Date.now())), 200)
})
