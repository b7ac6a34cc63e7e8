/** The job `events`: one consumer reads on until no event is left. The cron trigger makes it when there is something to do. */
import * as z from 'zod'
import type { Database } from '../db/database.ts'
import { changeConsumers, listConsumers } from '../db/events/consumers.ts'
import type { NewJob } from '../db/jobs/jobs.ts'
import { makeRecurringJobs } from '../db/jobs/recurring-jobs.ts'
import type { JobContext, JobType, Turn } from '../jobs/job-type.ts'
import type { EventConsumer, EventConsumers } from './consumer.ts'
import { changesOf, isDue } from './consumer-decisions.ts'
import { consumeSlice } from './consumer-slice.ts'

export const consumerAction = 'events'

const doNothing = async (): Promise<void> => {}

/** Builds the job type that runs the consumers. */
export function consumerJob(consumers: EventConsumers): JobType {
  return {
    parameters: z.strictObject({
      consumer: z.string().refine((name) => consumers.has(name), { error: 'there is no consumer of this name' }),
    }),
    exclusionKey: (given) => exclusionKeyOf(nameIn(given)),
    isExclusive: true,
    joinsWaiting: false,
    deletes: () => 'nothing',
    begin: async (context) => beginTurn(context, consumers),
    abandon: doNothing,
    summary: (checkpoint) => (countIn(checkpoint) === 0 ? [] : [`consumed ${countIn(checkpoint)} events`]),
    makeDueJobs: ({ db, clock }) => makeConsumerJobs(db, consumers, clock()),
  }
}

const nameIn = (given: unknown): string => z.object({ consumer: z.string() }).parse(given).consumer
const countIn = (checkpoint: unknown): number => z.int().default(0).parse(checkpoint)
const exclusionKeyOf = (name: string): string => `${consumerAction}:${name}`

function beginTurn({ job, ...context }: JobContext, consumers: EventConsumers): Turn {
  const name = nameIn(job.parameters)
  const consumer = consumers.get(name)
  const lines = consumer === undefined ? [`there is no consumer ${name}`] : []
  const slice = consumer && sliceWith(context, name, consumer, job.deaths > 0)
  return { lines, slice, beat: doNothing, end: doNothing }
}

/**
 * Returns the function that does a slice.
 *
 * @param crashed the last worker crashed at the first events, or the database had too much to do: that counts as one
 *   more failure, which is recorded before they are tried again
 */
function sliceWith(
  context: Omit<JobContext, 'job'>,
  name: string,
  consumer: EventConsumer,
  crashed: boolean,
): Turn['slice'] {
  let isFailing = crashed
  return async (checkpoint) => {
    const given = isFailing ? { ...consumer, consume: failAfterCrash } : consumer
    isFailing = false
    return consumeSlice(context, name, given, countIn(checkpoint))
  }
}

function failAfterCrash(): never {
  throw new Error('the worker before crashed, or D1 had too much to do')
}

/** Brings the rows in line with what the capabilities declare, and makes a job for each consumer with work. */
async function makeConsumerJobs(db: Database, consumers: EventConsumers, now: number): Promise<void> {
  const states = await listConsumers(db)
  const changes = changesOf(states, consumers, now)
  const { joined, left, forgotten } = changes
  if (joined.length + left.length + forgotten.length > 0) await changeConsumers(db, changes, now)
  const due = states.filter((state) => consumers.has(state.name) && isDue(state, now))
  await makeJobsOf(
    db,
    due.map(({ name }) => name),
    now,
  )
}

/** Makes a job for each of these consumers that has none. @returns the ids of the new jobs */
export async function makeJobsOf(db: Database, names: readonly string[], now: number): Promise<readonly string[]> {
  if (names.length === 0) return []
  return makeRecurringJobs(
    db,
    consumerAction,
    names.map((name) => jobOf(name, now)),
    now,
  )
}

/** Describes the job of a consumer. It has no retries: the cron trigger makes another job when the consumer is due. */
const jobOf = (name: string, now: number): NewJob => ({
  id: crypto.randomUUID(),
  retryFromId: null,
  action: consumerAction,
  exclusionKey: exclusionKeyOf(name),
  scheduledAt: now,
  retriesLeft: 0,
  retriesTotal: 0,
  capacityMap: '{}',
  parameters: JSON.stringify({ consumer: name }),
  deadline: '',
  stopTimeout: '',
})
