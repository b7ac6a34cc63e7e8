/** Routes that download backups. */
import { z } from '@hono/zod-openapi'
import { keysFor } from '../../auth/keys.ts'
import { longestBackupKey, longestIdentifier } from '../../limits.ts'
import type { AppContext } from '../../routes/app-context.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePasswordAgain } from '../../routes/shared/router.ts'
import { jsonOf, refusals, time } from '../../routes/shared/schemas.ts'
import { openBackupObject } from '../../storage/backups.ts'
import { isoTime } from '../../util/iso-time.ts'
import { recordDownload } from '../event-store.ts'
import { readWhole } from '../restore/restorable.ts'
import { handleBackups } from '../right.ts'
import { downloadError } from './failures.ts'
import { isDownloadable, listOwnObjects } from './objects.ts'
import { issueTicket, isTicketFor, ticketMilliseconds } from './ticket.ts'

export const downloadRoutes = apiRouter()

const ticketHeader = 'x-breakwater-download'
const longestTicket = 100

const params = z.object({
  backupID: z
    .string()
    .min(1)
    .max(longestIdentifier)
    .openapi({ param: { name: 'backupID', in: 'path' }, example: 'e0a4c9ce-0b1f-4d5e-9d0e-1c4d9a3f6c55' }),
})
const headers = z.object({
  [ticketHeader]: z.string().max(longestTicket).optional().openapi({ description: 'the ticket of the download' }),
})
const keyText = z.string().max(longestBackupKey)

const ticketKeys = (c: AppContext) => keysFor(c.get('context').secrets, 'download')

/** Requires the ticket of a download. @throws ExpectedError `download-refused` */
async function requireTicket(c: AppContext, id: string, ticket: string | undefined): Promise<void> {
  const { now } = c.get('context')
  if (ticket !== undefined && (await isTicketFor(await ticketKeys(c), id, ticket, now))) return
  throw downloadError({ kind: 'download-refused' })
}

const beginRoute = defineRoute({
  access: { administratorsMay: handleBackups, worksWithoutMajority: true },
  method: 'post',
  path: '/backups/{backupID}/downloads',
  tags: ['backups'],
  summary: 'Begin to download a backup',
  description:
    'For system administrators, with a password or a session of the last ten minutes: a backup has the hashes of all passwords. The ticket reads its objects for twelve hours. The manifest names the parts, and the other objects are listed.',
  request: { params },
  responses: {
    201: jsonOf(
      z.object({ ticket: z.string(), expiresAt: time }).openapi('BackupDownload'),
      'the ticket, which is shown once',
    ),
    ...refusals(401, 403, 404, 409, 503),
  },
})

downloadRoutes.openapi(beginRoute, async function postBackupDownload(c) {
  const { backupID: id } = c.req.valid('param')
  const { name: by } = requireAccount(c)
  requirePasswordAgain(c, { kind: 'declared-by-route', words: handleBackups })
  const { db, backups, now } = c.get('context')
  await readWhole(backups, id)
  await recordDownload(db, id, by, now)
  const ticket = await issueTicket(await ticketKeys(c), id, now)
  return c.json({ ticket, expiresAt: isoTime(now + ticketMilliseconds) }, 201)
})

const listRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/backups/{backupID}/objects',
  tags: ['backups'],
  summary: 'List the objects of a backup beside its parts',
  description: 'For the holder of the ticket of a download. The keys are those of the bucket of backups.',
  request: {
    params,
    headers,
    query: z.object({ start: keyText.default('').openapi({ description: '`next` of the page before' }) }),
  },
  responses: {
    200: jsonOf(
      z
        .object({ objects: z.array(z.object({ key: z.string(), bytes: z.int() })), next: z.string().nullable() })
        .openapi('BackupObjects'),
      'a page of objects',
    ),
    ...refusals(401, 503),
  },
})

downloadRoutes.openapi(listRoute, async function getBackupObjects(c) {
  const { backupID: id } = c.req.valid('param')
  await requireTicket(c, id, c.req.valid('header')[ticketHeader])
  const { objects, next } = await listOwnObjects(c.get('context').backups, id, c.req.valid('query').start)
  return c.json({ objects: [...objects], next }, 200)
})

const objectRoute = defineRoute({
  access: { isPublic: true },
  method: 'get',
  path: '/backups/{backupID}/object',
  tags: ['backups'],
  summary: 'Download an object of a backup',
  description:
    'For the holder of the ticket of a download. Parts of encrypted backups stay encrypted; `offset` continues an object whose download broke off.',
  request: {
    params,
    headers,
    query: z.object({
      key: keyText.openapi({ description: 'as the manifest or the list names it' }),
      offset: z.coerce.number().int().nonnegative().default(0).openapi({ description: 'bytes to leave out' }),
    }),
  },
  responses: {
    200: {
      description: 'the bytes of the object from the offset on',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...refusals(401, 404, 503),
  },
})

downloadRoutes.openapi(objectRoute, async function getBackupObject(c) {
  const { backupID: id } = c.req.valid('param')
  const { key, offset } = c.req.valid('query')
  await requireTicket(c, id, c.req.valid('header')[ticketHeader])
  const found = isDownloadable(id, key) ? await openBackupObject(c.get('context').backups, key, offset) : undefined
  if (found === undefined) throw downloadError({ kind: 'download-object-unknown', key })
  return c.body(found.body, 200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(found.bytes),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
})
