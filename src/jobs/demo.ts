/** Two actions of DTR's that do nothing: one takes its time, and one fails. */
import * as z from 'zod'
import { simpleJobType } from './job-type.ts'

const longestSleep = 3600
const napMilliseconds = 1000

const sleepParameters = z.strictObject({ seconds: z.number().min(0).max(longestSleep).default(10) })

/** Awake once a second, to be stopped. The checkpoint says when it has slept enough. */
export const sleeping = simpleJobType({
  parameters: sleepParameters,
  exclusionKey: 'sleep',
  deletes: 'nothing',
  async run({ job, clock }, checkpoint) {
    const { seconds } = sleepParameters.parse(job.parameters)
    const end = z.number().nullish().parse(checkpoint) ?? clock() + seconds * 1000
    await scheduler.wait(Math.max(0, Math.min(napMilliseconds, end - clock())))
    const isDone = clock() >= end
    return { checkpoint: end, isDone, lines: isDone ? [`slept ${seconds} seconds`] : [] }
  },
})

export const failing = simpleJobType({
  parameters: z.strictObject({}),
  exclusionKey: 'false',
  deletes: 'nothing',
  run: () => Promise.reject(new Error('it always fails')),
})
