/** `gc …`: what nothing leads to any more is deleted, now or on a schedule. */
import { path, Refusal, type Api } from '../api.ts'
import { command, flag, value, type Command } from '../command.ts'
import { UsageError } from '../errors.ts'
import { cronsPath, endedJob, isOver, jobsPath, listJobs, waitForJob } from '../jobs.ts'
import { done, printable } from '../output.ts'
import { cron, crons, job, type Cron, type Job } from '../schemas.ts'

const actions = ['gc', 'onlinegc'] as const
type Action = (typeof actions)[number]

const onlineOption = { online: flag('the registry stays writable meanwhile') }
const minutesOption = { minutes: value('NUMBER', 'ends after so long, with what is left undone; else when it is done') }

const actionOf = (isOnline: boolean): Action => (isOnline ? 'onlinegc' : 'gc')

function deadlineOf(minutes: number | undefined): { deadline?: string } {
  if (minutes === 0) throw new UsageError('--minutes must be 1 or more')
  return minutes === undefined ? {} : { deadline: `${minutes}m` }
}

const start = command({
  words: 'gc start',
  summary: 'deletes what nothing leads to, with the registry read-only meanwhile',
  options: {
    ...onlineOption,
    'dry-run': flag('deletes nothing, and lists what would go'),
    ...minutesOption,
    wait: flag('ends when the job has ended, and prints its log'),
  },
  async run(input, { api }) {
    const registry = await api()
    const isDryRun = input.flag('dry-run')
    const order = {
      action: actionOf(input.flag('online')),
      ...(isDryRun ? { parameters: { dryRun: true } } : {}),
      ...deadlineOf(input.number('minutes')),
    }
    const made = await registry.send('POST', jobsPath, order, job)
    if (!input.flag('wait')) {
      return done(`The job ${made.id} is on its way: "job logs ${made.id}" shows what it does.`, { job: made })
    }
    return endedJob(registry, await waitForJob(registry, made.id))
  },
})

const status = command({
  words: 'gc status',
  summary: 'the last garbage collection, and when the next ones begin',
  async run(_input, { api }) {
    const registry = await api()
    const [last] = await lastJobs(registry)
    const schedules = await schedulesOf(registry)
    return {
      data: { job: last ?? null, crons: schedules },
      lines: [
        printable(last === undefined ? 'Garbage was never collected.' : sentenceOf(last)),
        ...(schedules.length === 0 ? ['None begins by itself.'] : schedules.map(scheduleSentence).map(printable)),
      ],
    }
  },
})

const stop = command({
  words: 'gc stop',
  summary: 'stops the garbage collection that runs; the registry is writable at once',
  async run(_input, { api }) {
    const registry = await api()
    const running = (await lastJobs(registry, { running: 'true' })).filter((found) => !isOver(found))
    if (running.length === 0) return done('No garbage collection runs.')
    for (const { id } of running) await registry.order('POST', path`/api/v0/jobs/${id}/cancel`)
    const stopped = []
    for (const { id } of running) stopped.push(await waitForJob(registry, id))
    const words = stopped.map(({ id, status: is }) => `The job ${id} is ${is}.`)
    return done(words.join(' '), { jobs: stopped })
  },
})

const never = 'never'

const schedule = command({
  words: 'gc schedule',
  summary: 'when garbage is collected: minute hour day month weekday in UTC, "@daily" and the like, or "never"',
  arguments: ['SCHEDULE'],
  options: { ...onlineOption, ...minutesOption },
  async run(input, { api }) {
    const registry = await api()
    const wanted = input.argument('SCHEDULE')
    const own = actionOf(input.flag('online'))
    if (wanted === never) {
      for (const action of actions) await dropSchedule(registry, action)
      return done('Garbage is collected only when somebody starts that.')
    }
    const order = { action: own, schedule: wanted, ...deadlineOf(input.number('minutes')) }
    const made = await registry.send('POST', cronsPath, order, cron)
    // One of both, as people mean it.
    for (const action of actions) if (action !== own) await dropSchedule(registry, action)
    return done(scheduleSentence(made), { cron: made })
  },
})

export const gcCommands: readonly Command[] = [start, status, stop, schedule]

/** The newest first. */
async function lastJobs(api: Api, query: Readonly<Record<string, string>> = {}): Promise<Job[]> {
  const found: Job[] = []
  for (const action of actions) found.push(...(await listJobs(api, { ...query, action }, 10)))
  return found.sort((one, other) => other.scheduledAt.localeCompare(one.scheduledAt))
}

const schedulesOf = async (api: Api): Promise<Cron[]> =>
  (await api.get(cronsPath, crons)).crons.filter(({ action }) => actions.some((name) => name === action))

async function dropSchedule(api: Api, action: Action): Promise<void> {
  await api.order('DELETE', path`/api/v0/crons/${action}`).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== 'NO_SUCH_CRON') throw error
  })
}

function sentenceOf({ id, action, status: is, parameters, scheduledAt, startedAt = '', endedAt }: Job): string {
  const what = parameters['dryRun'] === true ? `${action}, a dry run` : action
  const logs = `"job logs ${id}" shows what it did`
  if (endedAt !== undefined) return `The job ${id} (${what}) is ${is} since ${endedAt}: ${logs}.`
  const since = startedAt === '' ? `is due at ${scheduledAt}` : `runs since ${startedAt}`
  return `The job ${id} (${what}) ${since}: "gc stop" ends it.`
}

function scheduleSentence({ action, schedule: wanted, deadline, nextRun }: Cron): string {
  const length = deadline === '' ? 'until it is done' : `for ${deadline}`
  const writable = action === 'gc' ? 'read-only' : 'writable'
  return `Garbage is collected at "${wanted}", ${length}, with the registry ${writable}: next at ${nextRun}.`
}
