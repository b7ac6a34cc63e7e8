/** `backup …`: write all rows of the registry to the bucket of backups, and delete old backups. */
import { answer } from '../../scripts/admin/api.ts'
import { command, flag, type CommandGroup } from '../../scripts/admin/command.ts'
import { connectToRecover } from '../../scripts/admin/connection.ts'
import { endedJob, waitForJob } from '../../scripts/admin/jobs.ts'
import { done, listed } from '../../scripts/admin/output.ts'
import type { StatusPart } from '../../scripts/admin/status.ts'
import { restore } from './restore/commands.ts'

const create = command({
  name: 'create',
  summary: 'Make a backup; the registry stays writable',
  example: 'backup create --wait',
  options: {
    wait: flag('wait until the backup is whole, and print its id'),
    content: flag('with the content of images; by default as the setting "backupContent" says'),
  },
  async run(_args, { wait, content }, { api }) {
    const { id } = await answer(api.POST('/api/v0/backups', { body: content ? { content } : {} }))
    if (!wait) return done(`Began the backup ${id}: "job logs ${id}" shows its progress.`, { id })
    await endedJob(api, await waitForJob(api, id))
    return { data: { id }, lines: [id] }
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
    return listed(
      backups,
      {
        ID: ({ id }) => id,
        STATE: ({ state }) => state,
        CREATED: ({ createdAt }) => createdAt,
        KEPT: ({ keptFor }) =>
          keptFor.length > 0 ? keptFor.join(', ') : dryRun ? 'no: would be deleted' : 'no: deleted',
      },
      'There is no backup.',
    )
  },
})

const backup: CommandGroup = {
  name: 'backup',
  summary: 'Make, list, restore and delete backups',
  commands: [create, list, restore, prune],
}

export const commands: readonly CommandGroup[] = [backup]

export const status: StatusPart = {
  name: 'backups',
  async read(api) {
    const { backups } = await answer(api.GET('/api/v0/backups'))
    const newest = backups.find(({ createdAt }) => createdAt !== null) ?? null
    const proven = backups.find(({ state }) => state === 'proven') ?? null
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
