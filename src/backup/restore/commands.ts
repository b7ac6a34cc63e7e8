/** `backup restore`: replace the registry with a backup. */
import { setTimeout as sleep } from 'node:timers/promises'
import { answer, createRecoveryApi, Refusal, type Api, type Schemas } from '../../../scripts/admin/api.ts'
import { argument, command, flag, text } from '../../../scripts/admin/command.ts'
import { connectToRecover, urlOf } from '../../../scripts/admin/connection.ts'
import { printable, type Output } from '../../../scripts/admin/output.ts'
import { mayPass, patiently } from '../../../scripts/admin/patience.ts'
import { withProgress, type Show } from '../../../scripts/admin/progress.ts'
import { confirm } from '../../../scripts/admin/terminal.ts'
import { restoreInto } from '../repository/commands.ts'
import { dataKeyWith, identityOption } from '../sealing/commands.ts'

type Restore = Schemas['Restore']
type Report = NonNullable<Restore['report']>

const pauseMilliseconds = 1000

export const restore = command({
  name: 'restore',
  summary: 'Replace all accounts and repositories with those of a backup, or bring some repositories back',
  example: 'backup restore ID --yes',
  arguments: { id: argument('ID') },
  options: {
    yes: flag('do not ask: the registry is replaced'),
    repository: text('NAME', 'only bring this repository back, while the registry goes on'),
    namespace: text('NAME', 'only bring the repositories of this namespace back'),
    as: text('NAME', 'the name that the repository gets'),
    moveTags: flag('move tags of the repositories back that point elsewhere now'),
    keepRevokedTokens: flag('let access tokens work again that were revoked after the backup'),
    instead: flag('give up the restore of another backup that has not ended'),
    identity: identityOption,
  },
  async run({ id: backup }, { yes, repository, namespace, as, moveTags, ...options }, context) {
    const { destination } = context
    const { keepRevokedTokens, instead, identity } = options
    // Without a name, all of the registry would be replaced.
    if (repository === undefined && namespace === undefined && (as !== undefined || moveTags)) {
      throw new Error('--as and --move-tags are for --repository and --namespace: name what is to come back')
    }
    if (repository !== undefined || namespace !== undefined) {
      const name = repository ?? namespace ?? ''
      await confirm(name, `Bringing ${name} back out of the backup ${backup}`, yes)
      const key = await dataKeyWith(context.api, backup, identity)
      return restoreInto(context.api, backup, {
        movesTags: moveTags,
        ...(key !== undefined && { dataKey: key }),
        ...(repository !== undefined && { repository }),
        ...(namespace !== undefined && { namespace }),
        ...(as !== undefined && { as }),
      })
    }
    const api = connectToRecover(destination) ?? context.api
    await confirm(backup, `Replacing the registry with the backup ${backup}`, yes)
    const dataKey = await dataKeyWith(api, backup, identity)
    const body = { backup, overwrite: true, instead, keepRevokedTokens, ...(dataKey === undefined ? {} : { dataKey }) }
    const { id, token } = await persisted(() => answer(api.POST('/api/v0/restores', { body })))
    const worker = createRecoveryApi(urlOf(destination).origin, token)
    const { report } = await withProgress((show) => followRestore(worker, id, show)).catch(goingOn)
    if (report === null) throw new Error(`the restore ${id} is done, and its report is not there: look into the bucket`)
    return reported(backup, report)
  },
})

/**
 * Says of an error that it ends the command and not the restore, which the cron trigger goes on with.
 *
 * @throws Error always; what the registry decided says by itself how it goes on
 */
function goingOn(error: unknown): never {
  const isDecided = error instanceof Refusal && error.status < 500 && error.status !== 429
  if (isDecided || !(error instanceof Error)) throw error
  const message = `${error.message}. The restore goes on by itself: the same command shows how far it is`
  throw error instanceof Refusal ? new Refusal(message, error.code, error.status) : new Error(message, { cause: error })
}

/** Asks for slice after slice until the restore is done. */
async function followRestore(api: Api, restoreID: string, show: Show): Promise<Restore> {
  for (;;) {
    const at = await persisted(() =>
      answer(api.POST('/api/v0/restores/{restoreID}/slices', { params: { path: { restoreID } } })),
    )
    if (at.step === null) return at
    show(stepOf(at.step, at))
    // The cron trigger of the registry does a slice.
    if (at.busy) await sleep(pauseMilliseconds)
  }
}

const labels = {
  verify: { what: 'Check the backup', unit: 'parts' },
  prepare: { what: 'Take the tables away', unit: '' },
  load: { what: 'Load rows', unit: 'parts' },
  revoked: { what: 'Look for what was revoked after the backup', unit: '' },
  'put-back': { what: 'Copy lost content back', unit: 'objects' },
  content: { what: 'Look for the content', unit: 'objects' },
  images: { what: 'Look for images that lost content', unit: 'images' },
  finish: { what: 'Bring the registry back', unit: '' },
} as const

function stepOf(step: keyof typeof labels, { done, total }: Pick<Restore, 'done' | 'total'>) {
  const { what, unit } = labels[step]
  return { what, unit, ...(unit === '' ? {} : { done }), ...(total === 0 ? {} : { total }) }
}

/** Refusals with the status of one that passes, which do not pass by waiting. */
const lasting: ReadonlySet<string> = new Set(['BEING_RESTORED', 'BACKUP_BUCKET_REFUSED'])

const passes = (error: unknown): boolean => mayPass(error) && !(error instanceof Refusal && lasting.has(error.code))

/** Asks again while there is no answer, or one that says to try later: each slice can be repeated. */
const persisted = <Reply>(ask: () => Promise<Reply>): Promise<Reply> => patiently(ask, { passes })

function reported(backup: string, report: Report): Output {
  const { backupMadeAt, rows, dropped, lostImages, missingSegments, segmentsPutBack, epoch } = report
  const droppedRows = Object.entries(dropped)
  const lines = [
    `Restored the backup ${backup} of ${backupMadeAt}: ${rows.toLocaleString('en-US')} rows.`,
    `What changed after that time is gone, all sessions have ended, and the replicas begin epoch ${epoch}.`,
    'The registry is writable, also if it was read-only: "readonly on" closes it again.',
    ...droppedRows.map(
      ([table, count]) => `${count} rows of ${table} were not restored: what they name was deleted during the backup.`,
    ),
    ...revokedLines(report),
    ...(segmentsPutBack === 0 ? [] : [`${segmentsPutBack} objects were copied back from the content of backups.`]),
    ...lostLines(lostImages, missingSegments),
  ]
  return { data: { backup, ...report }, lines: lines.map(printable), isBad: lostImages.length > 0 }
}

function revokedLines({ revoked, unknownRevocations }: Report): readonly string[] {
  return [
    ...revoked.map(({ kind, owner, label, revokedAt, isHeldBack }) => {
      const what = [kind, ...(label === '' ? [] : [`"${label}"`]), ...(owner === '' ? [] : [`of ${owner}`])].join(' ')
      return `Revoked at ${revokedAt}, after the backup: ${what} ${isHeldBack ? 'stays inactive.' : 'is back.'}`
    }),
    ...unknownRevocations.map((why) => `What was revoked after the backup is not wholly known: ${why}`),
  ]
}

function lostLines(images: Report['lostImages'], missingSegments: number): readonly string[] {
  if (images.length === 0) return ['No image has lost content.']
  return [
    `${images.length} images have lost content, as the bucket lacks ${missingSegments} objects. Push them again:`,
    ...images.map(({ repository, digest }) => `  ${repository}@${digest}`),
  ]
}
