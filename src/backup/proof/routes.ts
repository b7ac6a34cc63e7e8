/** Proves backups, and shows what proofs found. */
import { z } from '@hono/zod-openapi'
import type { Context } from '../../context.ts'
import { enqueueJob } from '../../jobs/enqueue.ts'
import { jobsContext, workAfterAnswer } from '../../routes/api/background-jobs.ts'
import type { AppContext } from '../../routes/app-context.ts'
import { defineRoute } from '../../routes/shared/route-access.ts'
import { apiRouter, requireAccount, requirePasswordAgain } from '../../routes/shared/router.ts'
import { jsonOf, refusals } from '../../routes/shared/schemas.ts'
import { headBackupObject, readBackupText } from '../../storage/backups.ts'
import { backupError } from '../failures.ts'
import { isId, manifestKey, proofKey } from '../keys.ts'
import { orderOf } from '../orders.ts'
import { findProofUnderWay } from '../under-way.ts'
import { proveAction, proveBackups } from './action.ts'
import { proofSchema, type Proof } from './proof-document.ts'

export const proofRoutes = apiRouter()

const path = z.object({
  backupID: z
    .string()
    .max(64)
    .openapi({ param: { name: 'backupID', in: 'path' } }),
})
const begun = z.object({ job: z.string().openapi({ description: 'the id of its job' }) }).openapi('BegunProof')

const proveRoute = defineRoute({
  access: { administratorsMay: proveBackups },
  method: 'post',
  path: '/backups/{backupID}/proof',
  tags: ['backups'],
  summary: 'Prove a backup',
  description:
    'For system administrators, with a password or a session of the last ten minutes. A job restores it into the database of the drill and compares all of it; one that is under way is joined. What it finds is at `GET` of this path, and in the list.',
  request: { params: path },
  responses: { 202: jsonOf(begun, 'the job'), ...refusals(401, 403, 404, 409, 503) },
})

proofRoutes.openapi(proveRoute, async function postBackupProof(c) {
  const { backupID } = c.req.valid('param')
  if (c.get('context').drill === undefined) throw backupError({ kind: 'drill-missing' })
  return c.json({ job: await beginJob(c, backupID, false) }, 202)
})

const verifyRoute = defineRoute({
  access: { administratorsMay: proveBackups },
  method: 'post',
  path: '/backups/{backupID}/verification',
  tags: ['backups'],
  summary: 'Check the hashes of a backup',
  description:
    'For system administrators, with a password or a session of the last ten minutes. A job reads every part and compares it with its hashes; it restores nothing. It ends as `errored` if one is wrong, and the backup has failed then.',
  request: { params: path },
  responses: { 202: jsonOf(begun, 'the job'), ...refusals(401, 403, 404, 409, 503) },
})

proofRoutes.openapi(verifyRoute, async function postBackupVerification(c) {
  return c.json({ job: await beginJob(c, c.req.valid('param').backupID, true) }, 202)
})

/** Begins a job, or joins the one that does the same. @returns its id */
async function beginJob(c: AppContext, backup: string, onlyHashes: boolean): Promise<string> {
  const { name: by } = requireAccount(c)
  requirePasswordAgain(c, { kind: 'declared-by-route', words: proveBackups })
  const { db, backups, now } = c.get('context')
  await requireBackup(backups, backup)
  const order = { backup, onlyHashes }
  const id =
    (await findProofUnderWay(db, order)) ??
    (await enqueueJob(jobsContext(c), orderOf(proveAction, order), now, { by, now })).id
  workAfterAnswer(c, id)
  return id
}

const showRoute = defineRoute({
  access: { administratorsMay: 'see the backups' },
  method: 'get',
  path: '/backups/{backupID}/proof',
  tags: ['backups'],
  summary: 'Show what the last proof of a backup found',
  description: 'For system administrators. `proof` is null for a backup whose first proof has not ended.',
  request: { params: path },
  responses: {
    200: jsonOf(z.object({ proof: proofSchema.nullable() }).openapi('BackupProof'), 'the proof'),
    ...refusals(401, 403, 404, 503),
  },
})

proofRoutes.openapi(showRoute, async function getBackupProof(c) {
  const { backupID } = c.req.valid('param')
  const { backups } = c.get('context')
  await requireBackup(backups, backupID)
  return c.json({ proof: await readProof(backups, backupID) }, 200)
})

/** Refuses an id without a backup. @throws ExpectedError `backup-unknown` */
async function requireBackup(backups: Context['backups'], id: string): Promise<void> {
  const isKnown = isId(id) && (await headBackupObject(backups, manifestKey(id))) !== undefined
  if (!isKnown) throw backupError({ kind: 'backup-unknown', id })
}

async function readProof(backups: Context['backups'], id: string): Promise<Proof | null> {
  const text = await readBackupText(backups, proofKey(id))
  return text === undefined ? null : proofSchema.parse(JSON.parse(text))
}
