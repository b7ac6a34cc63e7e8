/** Jobs exclude each other by their exclusion keys, and by nothing in their parameters. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { insertJob, type NewJob } from '../../../src/db/jobs/jobs.ts'

const db = openDatabase(env.DB)
const attribution = { by: '', now: 1000 } as const

const aNewJob = (changes: Partial<NewJob>): NewJob => ({
  id: crypto.randomUUID(),
  retryFromId: null,
  action: 'sleep',
  exclusionKey: null,
  scheduledAt: attribution.now,
  retriesLeft: 0,
  retriesTotal: 0,
  capacityMap: '{}',
  parameters: '{}',
  deadline: '',
  stopTimeout: '',
  ...changes,
})

const insert = (changes: Partial<NewJob>) =>
  insertJob(db, aNewJob(changes), { isExclusive: true, joinsWaiting: false }, attribution)

it('a job is refused while one of another action has its exclusion key', async () => {
  const { job } = await insert({ action: 'gc', exclusionKey: 'gc', parameters: '{"repository":"acme/app"}' })
  expect(await insert({ action: 'onlinegc', exclusionKey: 'gc' })).toEqual({ inTheWay: job?.id })
  expect((await insert({ action: 'gc', exclusionKey: null })).job).toMatchObject({ exclusionKey: null })
  expect((await insert({ action: 'gc', exclusionKey: 'fsck' })).job).toMatchObject({ exclusionKey: 'fsck' })
})

it('jobs without an exclusion key keep no other from its turn', async () => {
  for (let at = 0; at < 2; at++) expect((await insert({})).job).toBeDefined()
})
