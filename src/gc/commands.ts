/** `gc …`: delete what nothing refers to any more, now or on a schedule. */
import { answer, Refusal, type Api, type Schemas } from '../../scripts/admin/api.ts'
import { argument, command, flag, whole, type CommandGroup } from '../../scripts/admin/command.ts'
import { endedJob, isOver, listJobs, startJob, waitForJob, type Job } from '../../scripts/admin/jobs.ts'
import { done, printable } from '../../scripts/admin/output.ts'
import type { StatusPart } from '../../scripts/admin/status.ts'

const actions = ['gc', 'onlinegc'] as const
type Action = (typeof actions)[number]

const runOptions = {
  online: flag('keep accepting pushes during the run'),
  minutes: whole('NUMBER', 'stop after NUMBER minutes (default: run to the end)'),
}

const actionOf = (isOnline: boolean): Action => (isOnline ? 'onlinegc' : 'gc')

const deadlineOf = (minutes: number | undefined): { deadline?: string } =>
  minutes === undefined ? {} : { deadline: `${minutes}m` }

const run = command({
  name: 'run',
  aliases: ['start'],
  summary: 'Delete unused content; the registry is read-only during the run',
  example: 'gc run --dry-run --wait',
  options: {
    ...runOptions,
    dryRun: flag('delete nothing, and list what would be deleted'),
    wait: flag('wait until the job has ended, and print its log'),
  },
  async run(_args, { online, minutes, dryRun, wait }, { api }) {
    const made = await startJob(api, {
      action: actionOf(online),
      ...(dryRun ? { parameters: { dryRun: true } } : {}),
      ...deadlineOf(minutes),
    })
    if (!wait) return done(`Started the job ${made.id}: "job logs ${made.id}" shows its progress.`, { job: made })
    return endedJob(api, await waitForJob(api, made.id))
  },
})

const showStatus = command({
  name: 'status',
  summary: 'Show the last garbage collection, and when the next ones begin',
  example: 'gc status',
  async run(_args, _options, { api }) {
    const found = await collections(api)
    return { data: found, lines: sentencesOf(found).map(printable) }
  },
})

const stop = command({
  name: 'stop',
  summary: 'Stop the garbage collection that runs; the registry is writable at once',
  example: 'gc stop',
  async run(_args, _options, { api }) {
    const running = (await lastJobs(api, { running: 'true' })).filter((found) => !isOver(found))
    if (running.length === 0) return done('No garbage collection runs.')
    for (const { id } of running) await api.POST('/api/v0/jobs/{jobID}/cancel', { params: { path: { jobID: id } } })
    const stopped = []
    for (const { id } of running) stopped.push(await waitForJob(api, id))
    const words = stopped.map((job) => `The job ${job.id} is ${job.status}.`)
    return done(words.join(' '), { jobs: stopped })
  },
})

const never = 'never'

const schedule = command({
  name: 'schedule',
  summary: 'Set when garbage is collected: cron fields in UTC, "@daily" and the like, or "never"',
  example: `gc schedule '30 1 * * 6' --online`,
  arguments: { schedule: argument('SCHEDULE') },
  options: runOptions,
  async run({ schedule: wanted }, { online, minutes }, { api }) {
    const own = actionOf(online)
    if (wanted === never) {
      for (const action of actions) await dropSchedule(api, action)
      return done('Garbage is collected only when an administrator starts it.')
    }
    const body = { action: own, schedule: wanted, ...deadlineOf(minutes) }
    const made = await answer(api.POST('/api/v0/crons', { body }))
    // An administrator expects one schedule, of either kind.
    for (const action of actions) if (action !== own) await dropSchedule(api, action)
    return done(scheduleSentence(made), { cron: made })
  },
})

const gc: CommandGroup = {
  name: 'gc',
  summary: 'Collect garbage, now or on a schedule',
  commands: [run, showStatus, stop, schedule],
}

interface Collections {
  /** The last one. */
  readonly job: Job | null
  readonly crons: readonly Schemas['Cron'][]
}

async function collections(api: Api): Promise<Collections> {
  const [last] = await lastJobs(api)
  return { job: last ?? null, crons: await schedulesOf(api) }
}

function sentencesOf({ job, crons }: Collections): readonly string[] {
  return [
    job === null ? 'Garbage was never collected.' : sentenceOf(job),
    ...(crons.length === 0 ? ['No collection is scheduled.'] : crons.map(scheduleSentence)),
  ]
}

export const status: StatusPart = {
  name: 'gc',
  async read(api) {
    const data = await collections(api)
    return { data, fields: { 'garbage collection': sentencesOf(data).join(' ') } }
  },
}

/** Returns the newest first. */
async function lastJobs(api: Api, query: { readonly running?: 'true' } = {}): Promise<Job[]> {
  const found: Job[] = []
  for (const action of actions) found.push(...(await listJobs(api, { ...query, action }, 10)))
  return found.sort((one, other) => other.scheduledAt.localeCompare(one.scheduledAt))
}

async function schedulesOf(api: Api): Promise<Schemas['Cron'][]> {
  const { crons } = await answer(api.GET('/api/v0/crons'))
  return crons.filter(({ action }) => actions.some((name) => name === action))
}

async function dropSchedule(api: Api, action: Action): Promise<void> {
  await api.DELETE('/api/v0/crons/{action}', { params: { path: { action } } }).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== 'NO_SUCH_CRON') throw error
  })
}

function sentenceOf({ id, action, status: is, parameters, scheduledAt, startedAt = '', endedAt }: Job): string {
  const what = parameters['dryRun'] === true ? `${action}, a dry run` : action
  if (endedAt !== undefined) return `The job ${id} (${what}) is ${is} since ${endedAt}: see "job logs ${id}".`
  const since = startedAt === '' ? `is due at ${scheduledAt}` : `runs since ${startedAt}`
  return `The job ${id} (${what}) ${since}: "gc stop" ends it.`
}

function scheduleSentence({ action, schedule: wanted, deadline, nextRun }: Schemas['Cron']): string {
  const length = deadline === '' ? 'until it is done' : `for ${deadline}`
  const writable = action === 'gc' ? 'read-only' : 'writable'
  return `Garbage is collected at "${wanted}", ${length}, with the registry ${writable}: next at ${nextRun}.`
}

export const commands: readonly CommandGroup[] = [gc]
