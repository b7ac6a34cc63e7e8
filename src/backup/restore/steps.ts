/** The steps of a restoration. Each call does a bounded piece, which may be done again from the same progress. */
import type { Context } from '../../context.ts'
import { recordEvent } from '../../db/events/events.ts'
import type { TableDeclaration } from '../../db/tables.ts'
import { isAccountName } from '../../names.ts'
import { deleteBackupObjects, listBackupObjects } from '../../storage/backups.ts'
import { putBackSlice } from '../content/putting-back.ts'
import { backupObject } from '../event-store.ts'
import { blobsPrefix } from '../keys.ts'
import { awayText } from '../load/load-store.ts'
import { beginLoad, finishLoad, loadSlice } from '../load/loader.ts'
import { usualLoadLimits, type Loading, type LoadProgress } from '../load/loading.ts'
import { holdRevoked, saveRevocations } from '../revocations/holding.ts'
import { checkContent, findLostImages } from './content.ts'
import { raiseFences } from './fences-store.ts'
import { beginEpoch, epochAfter, findFences } from './fences.ts'
import type { Fences, Progress } from './progress.ts'
import { keysOfLists, readLostImages, readRevoked, storeList, storeReport, type Report } from './report.ts'
import { openRestorable } from './restorable.ts'
import type { Restoration } from './restoration.ts'
import { endRestoration, noteTablesAway, requireLease } from './restoration-store.ts'

export type StepDone =
  { readonly kind: 'going-on'; readonly progress: Progress } | { readonly kind: 'finished'; readonly report: Report }

/** What stands before the names of tables until the end. */
const awayPrefix = awayText('')

export interface RestoreContext extends Context {
  /** Of the core and of all capabilities. */
  readonly tables: readonly TableDeclaration[]
}

/**
 * Does the next piece of a restoration.
 *
 * @param holder of its lease
 * @throws ExpectedError what is wrong with the backup
 */
export async function doStep(context: RestoreContext, restoration: Restoration, holder: string): Promise<StepDone> {
  const { progress } = restoration
  switch (progress.step) {
    case 'load':
      return goingOn(await load(context, restoration, holder))
    case 'revoked':
      return goingOn(await holdBack(context, restoration))
    case 'put-back':
      return goingOn(await putBack(context, progress))
    case 'content': {
      const content = await checkContent(context, progress.content)
      return goingOn({ ...progress, content, step: content.after === null ? 'images' : 'content' })
    }
    case 'images':
      return goingOn(await findImages(context, restoration))
    case 'finish':
      return { kind: 'finished', report: await finish(context, restoration, holder) }
  }
}

const goingOn = (progress: Progress): StepDone => ({ kind: 'going-on', progress })

async function loadingOf(context: RestoreContext, { backup, wanted }: Restoration, holder: string): Promise<Loading> {
  const { db, backups, tables } = context
  return {
    db,
    backups,
    ...(await openRestorable(context, backup, wanted.keptKey)),
    limits: usualLoadLimits,
    guard: { lease: requireLease(holder) },
    away: { noted: noteTablesAway(holder) },
    mended: tables,
  }
}

async function load(context: RestoreContext, restoration: Restoration, holder: string): Promise<Progress> {
  const { progress } = restoration
  const loading = await loadingOf(context, restoration, holder)
  const at = progress.loader ?? beginLoad(loading)
  // Saved before the tables go away, and with them what they say of replicas.
  if (at.phase === 'prepare' && progress.fences === null) {
    const unread = await saveRevocations(context)
    const revoked = { ...progress.revoked, unreadable: unread === undefined ? [] : [unread] }
    return { ...progress, revoked, fences: await findFences(context, loading.manifest.marks, at.overwritten) }
  }
  const loader = await loadSlice(loading, at)
  return { ...progress, loader, step: loader.phase === 'loaded' ? 'revoked' : 'load' }
}

/** Holds the tokens back that were revoked after the backup, and lists all that was taken away since. */
async function holdBack(context: RestoreContext, { id, backup, wanted, progress }: Restoration): Promise<Progress> {
  const { manifest } = await openRestorable(context, backup, wanted.keptKey)
  const { revoked: at } = progress
  const holding = { createdAt: manifest.createdAt, prefix: awayPrefix, keepsActive: wanted.keepRevokedTokens }
  const { revoked, unreadable, next } = await holdRevoked(context, holding, at.after)
  const told = revoked.map(({ kind, owner, label, at: revokedAt, isHeld }) => ({
    kind,
    owner,
    label,
    at: revokedAt,
    isHeld,
  }))
  if (told.length > 0) await storeList(context.backups, id, 'revoked', at.lists, told)
  const found = {
    after: next,
    found: at.found + told.length,
    lists: at.lists + (told.length > 0 ? 1 : 0),
    unreadable: [...at.unreadable, ...unreadable],
  }
  return { ...progress, revoked: found, step: next === null ? 'put-back' : 'revoked' }
}

/** Copies segments that R2 lost from the content of backups, where there is any. */
async function putBack(context: RestoreContext, progress: Progress): Promise<Progress> {
  const { db, bucket, backups } = context
  const { objects } = await listBackupObjects(backups, blobsPrefix, '')
  if (objects.length === 0) return { ...progress, step: 'content' }
  const done = await putBackSlice({ db, bucket, backups, tablePrefix: awayPrefix }, progress.putBack)
  return { ...progress, putBack: done.progress, step: done.isDone ? 'content' : 'put-back' }
}

async function findImages(context: Context, { id, progress }: Restoration): Promise<Progress> {
  const { images } = progress
  const { lost, after, searched } = await findLostImages(context, images)
  if (lost.length > 0) await storeList(context.backups, id, 'lost', images.lists, lost)
  const found = {
    after: after ?? images.after,
    searched: images.searched + searched,
    lost: images.lost + lost.length,
    lists: images.lists + (lost.length > 0 ? 1 : 0),
  }
  return { ...progress, images: found, step: after === undefined ? 'finish' : 'images' }
}

/** Brings the tables back in one transaction, and begins an epoch of replicas. */
async function finish(context: RestoreContext, restoration: Restoration, holder: string): Promise<Report> {
  const { backups } = context
  const { id, tokenHash, progress } = restoration
  const { loader, fences, images, revoked } = progress
  if (loader === null || fences === null) throw new Error(`the restore ${id} has skipped a step: begin it again`)
  const loading = await loadingOf(context, restoration, holder)
  const report = await reportOf(context, restoration, loading, loader, fences)
  // First, as nothing else tells of the restoration once its row is gone.
  await storeReport(backups, report, tokenHash)
  await finishLoad(loading, loader, {
    ...raiseFences(fences),
    event: eventOf(restoration, report),
    ended: endRestoration,
  })
  await deleteBackupObjects(backups, keysOfLists(id, 'lost', images.lists))
  await deleteBackupObjects(backups, keysOfLists(id, 'revoked', revoked.lists))
  // The registry makes its replicas by itself too, a moment later.
  await beginEpoch(context, fences.formerReplicas).catch((error: unknown) => {
    console.error('the replicas could not be made at once after the restore:', error)
  })
  return report
}

async function reportOf(
  { backups, clock }: Context,
  { id, backup, begunBy, begunAt, progress }: Restoration,
  { manifest }: Loading,
  loader: LoadProgress,
  fences: Fences,
): Promise<Report> {
  const dropped = loader.dropped ?? {}
  const rows = manifest.tables.map(({ name, rows: count }) => [name, count - (dropped[name] ?? 0)])
  return {
    id,
    backup,
    begunBy,
    begunAt,
    finishedAt: clock(),
    backupMadeAt: manifest.createdAt,
    rows: Object.fromEntries(rows),
    dropped,
    revoked: await readRevoked(backups, id, progress.revoked.lists),
    unknownRevocations: progress.revoked.unreadable,
    segmentsPutBack: progress.putBack.segments,
    missingSegments: progress.content.missing,
    lostImages: await readLostImages(backups, id, progress.images.lists),
    epoch: epochAfter(fences),
    failure: null,
  }
}

const eventOf = ({ begunBy }: Restoration, { backup, backupMadeAt, lostImages, epoch, finishedAt }: Report) =>
  recordEvent({
    actor: isAccountName(begunBy) ? begunBy : '',
    type: 'UPDATE',
    objectType: backupObject.name,
    objectId: backup,
    objectName: backup,
    content: { restored: true, backupMadeAt, lostImages: lostImages.length, epoch },
    now: finishedAt ?? 0,
  })
