/** `job …`: work that goes on after a request, and its log. */
import { argument, command, flag, text, whole, type CommandGroup } from '../command.ts'
import { followLog, getJob, isOver, listJobs, readLog } from '../jobs.ts'
import { done, listed, printable, shown, type Output } from '../output.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './deletion.ts'

const usualLimit = 20

const list = command({
  name: 'list',
  summary: 'List jobs, the newest first',
  example: 'job list --action gc --running',
  options: {
    action: text('NAME', 'of one kind: gc, onlinegc, tag_pruning, …'),
    running: flag('only jobs that have not ended'),
    limit: whole('NUMBER', `at most so many; else ${usualLimit}`),
  },
  async run(_args, { action, running, limit = usualLimit }, { api }) {
    const query = {
      ...(action === undefined ? {} : { action }),
      ...(running ? { running: 'true' as const } : {}),
    }
    return listed(
      await listJobs(api, query, limit),
      {
        JOB: ({ id }) => id,
        ACTION: (found) => found.action,
        STATUS: ({ status }) => status,
        SCHEDULED: ({ scheduledAt }) => scheduledAt,
        STARTED: ({ startedAt }) => startedAt,
        ENDED: ({ endedAt }) => endedAt,
        WORKER: ({ workerID }) => workerID,
      },
      'There are no jobs.',
    )
  },
})

const show = command({
  name: 'show',
  summary: 'Show a job and its status',
  example: 'job show 0198c2f4-5d1e-7a30-9b6c-2f1f4f0e7d11',
  arguments: { id: argument('JOB') },
  async run({ id }, _options, { api }) {
    const found = await getJob(api, id)
    return shown(found, {
      job: found.id,
      action: found.action,
      parameters: JSON.stringify(found.parameters),
      status: found.status,
      'waits for': found.waitingFor,
      scheduled: found.scheduledAt,
      started: found.startedAt,
      ended: found.endedAt,
      deadline: found.deadline,
      worker: found.workerID,
      'retry of': found.retryFromID === found.id ? '' : found.retryFromID,
      'retries left': `${found.retriesLeft} of ${found.retriesTotal}`,
    })
  },
})

const emptyLog: Output = { data: [], lines: ['The log is empty.'] }
const goneLine = (id: string): string =>
  `The job ${id} has ended and is gone: a later job took its place, or it was deleted.`

const logs = command({
  name: 'logs',
  summary: 'Print the log of a job',
  example: 'job logs 0198c2f4-5d1e-7a30-9b6c-2f1f4f0e7d11 --follow',
  arguments: { id: argument('JOB') },
  options: { follow: flag('print new lines until the job has ended; fails if the job does') },
  async run({ id }, { follow }, { api, say }) {
    if (!follow) {
      const read = await readLog(api, id)
      return read.length === 0 ? emptyLog : { data: read, lines: read.map(printable) }
    }
    const { log, isGone } = await followLog(api, id, say)
    if (isGone) return { data: log, lines: [goneLine(id)] }
    return log.length === 0 ? emptyLog : { data: log, lines: [] }
  },
})

const cancel = command({
  name: 'cancel',
  summary: 'Stop a job, and leave the rest of its work undone',
  example: 'job cancel 0198c2f4-5d1e-7a30-9b6c-2f1f4f0e7d11',
  arguments: { id: argument('JOB') },
  async run({ id }, _options, { api }) {
    const found = await getJob(api, id)
    if (isOver(found)) throw new Error(`the job ${id} is over (${found.status}): there is nothing to stop`)
    await api.POST('/api/v0/jobs/{jobID}/cancel', { params: { path: { jobID: id } } })
    return done(`Asked the job ${id} to stop.`)
  },
})

const remove = command({
  name: 'delete',
  summary: 'Delete a job that has ended, and its log',
  example: 'job delete 0198c2f4-5d1e-7a30-9b6c-2f1f4f0e7d11',
  arguments: { id: argument('JOB') },
  options: yesOption,
  async run({ id }, { yes }, { api }) {
    await confirm(id, `Deleting the job ${id}`, yes)
    await api.DELETE('/api/v0/jobs/{jobID}', { params: { path: { jobID: id } } })
    return done(`Deleted the job ${id}.`)
  },
})

export const job: CommandGroup = {
  name: 'job',
  summary: 'Manage jobs and their logs',
  commands: [list, show, logs, cancel, remove],
}
