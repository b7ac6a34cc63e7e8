/** `job …`: work that goes on after a request, and what it said. */
import { path } from '../api.ts'
import { command, flag, value, type Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { isOver, listJobs, readLog } from '../jobs.ts'
import { done, listed, printable, shown } from '../output.ts'
import { job } from '../schemas.ts'
import { confirm } from '../terminal.ts'
import { yesOption } from './account-deletion.ts'

const usualLimit = 20

const list = command({
  words: 'job list',
  summary: 'the jobs, the newest first',
  options: {
    action: value('NAME', 'of one kind alone: gc, onlinegc, tag_pruning, …'),
    running: flag('only those that are not over'),
    limit: value('NUMBER', `how many; else ${usualLimit}`),
  },
  async run(input, { api }) {
    const limit = input.number('limit') ?? usualLimit
    if (limit === 0) throw new UsageError('--limit must be 1 or more')
    const action = input.text('action')
    const query = {
      ...(action === undefined ? {} : { action }),
      ...(input.flag('running') ? { running: 'true' } : {}),
    }
    return listed(
      await listJobs(await api(), query, limit),
      {
        JOB: ({ id }) => id,
        ACTION: (found) => found.action,
        STATUS: ({ status }) => status,
        SCHEDULED: ({ scheduledAt }) => scheduledAt,
        STARTED: ({ startedAt = '' }) => startedAt,
        ENDED: ({ endedAt = '' }) => endedAt,
        WORKER: ({ workerID }) => workerID,
      },
      'There are no jobs.',
    )
  },
})

const show = command({
  words: 'job show',
  summary: 'a job, and how it is',
  arguments: ['JOB'],
  async run(input, { api }) {
    const found = await (await api()).get(path`/api/v0/jobs/${input.argument('JOB')}`, job)
    return shown(found, {
      job: found.id,
      action: found.action,
      parameters: JSON.stringify(found.parameters),
      status: found.status,
      'waits for': found.waitingFor ?? '',
      scheduled: found.scheduledAt,
      started: found.startedAt ?? '',
      ended: found.endedAt ?? '',
      deadline: found.deadline,
      worker: found.workerID,
      'retry of': found.retryFromID === found.id ? '' : found.retryFromID,
      'retries left': `${found.retriesLeft} of ${found.retriesTotal}`,
    })
  },
})

const logs = command({
  words: 'job logs',
  summary: 'what a job has said',
  arguments: ['JOB'],
  async run(input, { api }) {
    const lines = await readLog(await api(), input.argument('JOB'))
    return { data: lines, lines: lines.length === 0 ? ['It has said nothing yet.'] : lines.map(printable) }
  },
})

const cancel = command({
  words: 'job cancel',
  summary: 'stops a job, with what is left undone',
  arguments: ['JOB'],
  async run(input, { api }) {
    const id = input.argument('JOB')
    const registry = await api()
    const { status } = await registry.get(path`/api/v0/jobs/${id}`, job)
    if (isOver({ status })) throw new Error(`the job ${id} is over (${status}): there is nothing to stop`)
    await registry.order('POST', path`/api/v0/jobs/${id}/cancel`)
    return done(`The job ${id} was asked to stop.`)
  },
})

const remove = command({
  words: 'job delete',
  summary: 'deletes a job that is over, and its log',
  arguments: ['JOB'],
  options: yesOption,
  async run(input, { api }) {
    const id = input.argument('JOB')
    const registry = await api()
    await confirm(id, `Deleting the job ${id}`, input.flag('yes'))
    await registry.order('DELETE', path`/api/v0/jobs/${id}`)
    return done(`Deleted the job ${id}.`)
  },
})

export const jobCommands: readonly Command[] = [list, show, logs, cancel, remove]
