/** `backup …`: write all rows of the registry to the bucket of backups, prove backups, and delete old ones. */
import { answer, type Api, type Schemas } from '../../scripts/admin/api.ts'
import { argument, command, flag, type CommandGroup } from '../../scripts/admin/command.ts'
import { connectToRecover } from '../../scripts/admin/connection.ts'
import { endedJob, waitForJob } from '../../scripts/admin/jobs.ts'
import { done, listed, shown } from '../../scripts/admin/output.ts'
import type { StatusPart } from '../../scripts/admin/status.ts'
import { download } from './download/commands.ts'
import { restore } from './restore/commands.ts'
import { identityOption, lendKey } from './sealing/commands.ts'

type Backup = Schemas['Backup']

const create = command({
  name: 'create',
  summary: 'Make a backup; the registry stays writable',
  example: 'backup create --wait',
  options: {
    wait: flag('wait until the backup is proven, and print its id'),
    content: flag('with the content of images; by default as the setting "backupContent" says'),
  },
  async run(_args, { wait, content }, { api }) {
    const { id } = await answer(api.POST('/api/v0/backups', { body: content ? { content } : {} }))
    if (!wait) return done(`Began the backup ${id}: "job logs ${id}" shows its progress.`, { id })
    await endedJob(api, await waitForJob(api, id))
    await requireProven(api, id)
    return { data: { id }, lines: [id] }
  },
})

/** Waits until a backup is proven; orders a proof unless one was made. @throws Error with what the proof found */
async function requireProven(api: Api, id: string): Promise<void> {
  const backup = await backupOf(api, id)
  if (backup?.state === 'proven') return
  if (backup?.state === 'failed') throw new Error(`the backup ${id} failed its proof: ${backup.finding ?? ''}`)
  await proveNow(api, id)
}

/** Proves a backup and waits for it. @throws Error with what the proof found */
async function proveNow(api: Api, id: string): Promise<void> {
  const { job } = await answer(api.POST('/api/v0/backups/{backupID}/proof', { params: { path: { backupID: id } } }))
  await endedJob(api, await waitForJob(api, job))
}

async function backupOf(api: Api, id: string): Promise<Backup | undefined> {
  const { backups: found } = await answer(api.GET('/api/v0/backups'))
  return found.find((backup) => backup.id === id)
}

const prove = command({
  name: 'prove',
  summary: 'Restore a backup into another database, and compare all of it',
  example: 'backup prove 0b6f8a52-6a4e-4a1c-9d3e-2f7c1d5e8a90 --wait',
  arguments: { id: argument('ID') },
  options: { wait: flag('wait until it is proven, and show what was measured'), identity: identityOption },
  async run({ id }, { wait, identity }, { api }) {
    await lendKey(api, id, identity)
    if (!wait) {
      const params = { path: { backupID: id } }
      const { job } = await answer(api.POST('/api/v0/backups/{backupID}/proof', { params }))
      return done(`The job ${job} proves the backup ${id}: "job logs ${job}" shows its progress.`, { job })
    }
    await proveNow(api, id)
    const { proof } = await answer(api.GET('/api/v0/backups/{backupID}/proof', { params: { path: { backupID: id } } }))
    if (proof === null) {
      throw new Error(`the proof of the backup ${id} is gone: "backup list" shows which backups there are`)
    }
    return shown(proof, {
      BACKUP: id,
      STATE: proof.state,
      'TIME TO RESTORE': seconds(proof.rtoSeconds),
      'AGE WHEN PROVEN': seconds(proof.rpoSeconds),
      ROWS: proof.checked.rows,
      MANIFESTS: proof.checked.manifests,
      OBJECTS: proof.checked.segments,
      'HASHED BLOBS': proof.checked.sampledBlobs,
      'OBJECTS OF CONTENT': proof.checked.copies,
      'HASHED CONTENT': proof.checked.hashedCopies,
      'LEFT OUT ROWS': proof.droppedRows,
      'SINCE DELETED OBJECTS': proof.deletedSegments,
    })
  },
})

const seconds = (value: number | null): string | undefined => (value === null ? undefined : `${value} s`)

const verify = command({
  name: 'verify',
  summary: 'Check the hashes of a backup, and restore nothing',
  example: 'backup verify 0b6f8a52-6a4e-4a1c-9d3e-2f7c1d5e8a90',
  arguments: { id: argument('ID') },
  options: { identity: identityOption },
  async run({ id }, { identity }, { api }) {
    await lendKey(api, id, identity)
    const params = { path: { backupID: id } }
    const { job } = await answer(api.POST('/api/v0/backups/{backupID}/verification', { params }))
    await endedJob(api, await waitForJob(api, job))
    return done(`All hashes of the backup ${id} are right.`, { id, job })
  },
})

const list = command({
  name: 'list',
  summary: 'List the backups, the newest first',
  example: 'backup list --json',
  async run(_args, _options, context) {
    const api = connectToRecover(context.destination) ?? context.api
    const { backups } = await answer(api.GET('/api/v0/backups'))
    return listed(
      backups,
      {
        ID: ({ id }) => id,
        STATE: ({ state }) => state,
        CREATED: ({ createdAt }) => createdAt ?? '',
        ROWS: ({ rows }) => String(rows ?? ''),
        BYTES: ({ storedBytes }) => String(storedBytes ?? ''),
        NEW: ({ newBytes }) => String(newBytes ?? ''),
        CONTENT: ({ content }) => content ?? '',
        ENCRYPTED: ({ encrypted }) => (encrypted === null ? '' : encrypted ? 'yes' : 'NO'),
        PROVEN: ({ provenAt }) => provenAt ?? 'never',
        'TIME TO RESTORE': ({ rtoSeconds }) => seconds(rtoSeconds),
        'AGE WHEN PROVEN': ({ rpoSeconds }) => seconds(rpoSeconds),
      },
      'There is no backup: "backup create" makes one.',
    )
  },
})

const prune = command({
  name: 'prune',
  summary: 'Delete the backups that no rule of retention keeps',
  example: 'backup prune --dry-run',
  options: { dryRun: flag('delete nothing, and show what would be deleted') },
  async run(_args, { dryRun }, { api }) {
    const { job, backups } = await answer(api.POST('/api/v0/backups/prune', { body: { dryRun } }))
    if (job !== null) await endedJob(api, await waitForJob(api, job))
    const { backups: left } = await answer(api.GET('/api/v0/backups'))
    const isLeft = (id: string): boolean => left.some((one) => one.id === id)
    return listed(
      backups,
      {
        ID: ({ id }) => id,
        STATE: ({ state }) => state,
        CREATED: ({ createdAt }) => createdAt,
        KEPT: ({ id, keptFor }) => (keptFor.length > 0 ? keptFor.join(', ') : notKept(isLeft(id), dryRun)),
      },
      'There is no backup.',
    )
  },
})

/** Says what became of a backup that no rule keeps: one that a proof or a restore reads is spared. */
const notKept = (isLeft: boolean, dryRun: boolean): string =>
  dryRun ? 'no: would be deleted' : isLeft ? 'no: deleted later, as it is being read' : 'no: deleted'

const backup: CommandGroup = {
  name: 'backup',
  summary: 'Make, prove, download, restore and delete backups',
  commands: [create, list, prove, verify, download, restore, prune],
}

export const commands: readonly CommandGroup[] = [backup]

export const status: StatusPart = {
  name: 'backups',
  async read(api) {
    const { backups: all } = await answer(api.GET('/api/v0/backups'))
    const newest = all.find(({ createdAt }) => createdAt !== null) ?? null
    const proven = all.find(({ state }) => state === 'proven') ?? null
    return {
      data: { newest, newestProven: proven },
      fields: {
        'newest backup': newest === null ? 'none' : `${newest.id}, ${newest.state}, of ${newest.createdAt}`,
        'newest proven backup':
          proven === null
            ? 'NONE: no restore has proven a backup'
            : `${proven.id}, of ${proven.createdAt}, restored in ${proven.rtoSeconds} s`,
      },
    }
  },
}
