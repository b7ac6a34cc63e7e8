/** Read-only mode, with why and until when: what `readOnlyRegistry` of the settings switches without saying so. */
import { z } from '@hono/zod-openapi'
import { RegistryError } from '../../errors.ts'
import { longestReadOnlyReason } from '../../limits.ts'
import { currentReadOnly, switchReadOnly, type Switch } from '../../replicas/read-only.ts'
import { isoTime } from '../../util/iso-time.ts'
import { defineRoute } from '../shared/route-access.ts'
import { apiRouter, requireAccount } from '../shared/router.ts'
import { bodyOf, jsonOf, lineText, refusals, time } from '../shared/schemas.ts'

export const readOnly = apiRouter()

const mode = z
  .object({
    on: z.boolean(),
    reason: z.string(),
    until: time.optional().openapi({ description: 'when it ends automatically' }),
    by: z.string().openapi({ description: 'who switched it; empty if the registry did' }),
  })
  .openapi('ReadOnlyMode')

const wanted = z
  .strictObject({
    on: z.boolean(),
    reason: lineText(longestReadOnlyReason)
      .optional()
      .openapi({ description: 'shown in the error of every refused request' }),
    until: time
      .optional()
      .openapi({ description: 'when it ends automatically; without it, an administrator must end it' }),
  })
  .openapi('WantedReadOnlyMode')

const shown = ({ on, reason, until, by }: Switch): z.infer<typeof mode> => ({
  on,
  reason,
  ...(until === undefined ? {} : { until: isoTime(until) }),
  by,
})

const getReadOnlyRoute = defineRoute({
  access: { administratorsMay: 'see whether the registry is read-only' },
  method: 'get',
  path: '/admin/read_only',
  tags: ['admin'],
  summary: 'Get read-only mode, its reason and its end',
  description: 'For system administrators.',
  responses: { 200: jsonOf(mode, 'the mode'), ...refusals(401, 403) },
})

readOnly.openapi(getReadOnlyRoute, async function getReadOnly(c) {
  const { db, now } = c.get('context')
  return c.json(shown(await currentReadOnly(db, now)), 200)
})

const postReadOnlyRoute = defineRoute({
  access: { administratorsMay: 'make the registry read-only', worksWithoutMajority: true },
  method: 'post',
  path: '/admin/read_only',
  tags: ['admin'],
  summary: 'Start or end read-only mode',
  description:
    'For system administrators. When this request returns, the mode is in force: every push, deletion and change of content in progress was either committed before or is refused.',
  request: { body: bodyOf(wanted) },
  responses: { 200: jsonOf(mode, 'the mode, now in force'), ...refusals(400, 401, 403, 503) },
})

readOnly.openapi(postReadOnlyRoute, async function postReadOnly(c) {
  const { name: by } = requireAccount(c)
  const { db, now } = c.get('context')
  const { on, reason = '', until } = c.req.valid('json')
  const end = until === undefined ? undefined : Date.parse(until)
  if (end !== undefined && (!on || end <= now)) {
    throw new RegistryError({ kind: 'body-invalid', reason: { kind: 'until-past' } })
  }
  await switchReadOnly(c.get('context'), { on, reason: on ? reason : '', until: end, by })
  return c.json(shown(await currentReadOnly(db, Date.now())), 200)
})
