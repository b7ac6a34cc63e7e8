/** Serves fsck, a page a request. */
import { z } from '@hono/zod-openapi'
import { fsckPage } from './fsck.ts'
import { checkedThings, findingKinds } from './findings.ts'
import { longestFsckCursor } from '../limits.ts'
import { defineRoute } from '../routes/shared/route-access.ts'
import { apiRouter } from '../routes/shared/router.ts'
import { bodyOf, jsonOf, refusals } from '../routes/shared/schemas.ts'

export const api = apiRouter()

const wanted = z
  .strictObject({
    cursor: z
      .string()
      .max(longestFsckCursor)
      .optional()
      .openapi({ description: '`next` of the previous page; without it, the check starts' }),
    content: z.boolean().default(false).openapi({ description: 'also reads and hashes all stored content' }),
  })
  .openapi('WantedFsck')

const page = z
  .object({
    findings: z.array(
      z.object({
        kind: z.enum(findingKinds),
        subject: z.string().openapi({ example: 'object segments/0b6c…' }),
        repository: z.string().openapi({ description: 'empty if it concerns the whole registry' }),
        why: z.string().openapi({ description: 'the problem and the remedy' }),
      }),
    ),
    checked: z
      .record(z.enum(checkedThings), z.int())
      .openapi({ description: 'how many items were checked; `bytes` were hashed' }),
    next: z.string().optional().openapi({ description: 'cursor of the next page; missing on the last page' }),
  })
  .openapi('FsckPage')

const postFsckRoute = defineRoute({
  access: { administratorsMay: 'check stored content', worksWithoutMajority: true },
  method: 'post',
  path: '/admin/fsck',
  tags: ['admin'],
  summary: 'Compare D1 with R2, a page at a time',
  description:
    'For system administrators. Reports missing, unknown and inconsistent content and repairs nothing: the job `fsck` with `repair` marks lost content so that clients push it again. Ignores content that is being uploaded or deleted.',
  request: { body: bodyOf(wanted) },
  responses: { 200: jsonOf(page, 'a page of findings'), ...refusals(400, 401, 403) },
})

api.openapi(postFsckRoute, async function postFsck(c) {
  const { bucket, db } = c.get('context')
  const { cursor, content } = c.req.valid('json')
  const { next, findings, checked } = await fsckPage({ bucket, db }, cursor, content)
  const told = findings.map(({ kind, subject, repository, why }) => ({ kind, subject, repository, why }))
  return c.json({ findings: told, checked, ...(next === undefined ? {} : { next }) }, 200)
})
