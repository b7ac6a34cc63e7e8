/** The history of jobs is kept by age and by number, and what it costs to keep it. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { trimJobs } from '../../src/jobs/retention.ts'
import { workOnJobs } from '../../src/jobs/runner.ts'
import { countRows } from '../support/content.ts'
import { rowsReadBy } from '../support/counting.ts'
import { aJob, logOf, theJob, worker } from '../support/jobs.ts'

const db = openDatabase(env.DB)
const day = 24 * 3_600_000
const now = Math.floor(Date.now() / 3_600_000) * 3_600_000
const minutely = now + 60_000
const limits = { jobHistoryCompactionEnabled: true, jobHistoryMaxAge: '2160h', jobHistoryToKeep: 10_000 }

const upTo = 'WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value < ?1 - 1)'

/** So many that ended, a second after each other, with so many lines each. */
async function ended(count: number, endedAt: number, lines = 1): Promise<void> {
  await env.DB.batch([
    env.DB.prepare(
      `${upTo} INSERT INTO jobs (id, status, action, scheduled_at, last_updated, ended_at, retries_left, retries_total,
         capacity_map, parameters, deadline, stop_timeout, attempt, deaths, line_count)
       SELECT 'at ' || (?2 + 1000 * value), 'done', 'sleep', 1, 1, ?2 + 1000 * value, 0, 0, '{}', '{}', '', '', 1, 0, ?3
       FROM n`,
    ).bind(count, endedAt, lines),
    env.DB.prepare(
      `${upTo} INSERT INTO job_logs (job_id, line_number, data) SELECT id, value, 'x' FROM jobs, n WHERE ended_at >= ?2`,
    ).bind(lines, endedAt),
  ])
}

it('jobs that ended too long ago go with their logs, and others stay, whatever is unfinished among them', async () => {
  await ended(5, now - 91 * day)
  await ended(3, now - 89 * day)
  const waiting = await aJob({ action: 'sleep' }, now - 200 * day)
  await trimJobs(db, limits, minutely)
  expect([await countRows('jobs'), await countRows('job_logs')]).toEqual([4, 3])
  expect(await theJob(waiting.id)).toMatchObject({ status: 'waiting' })
  await trimJobs(db, { ...limits, jobHistoryCompactionEnabled: false }, now + 1000 * day)
  expect(await countRows('jobs')).toBe(4)
})

it('jobs that are too many go at the hour, those first that ended first', async () => {
  await ended(8, now - day)
  const few = { ...limits, jobHistoryToKeep: 3 }
  await trimJobs(db, few, minutely)
  expect(await countRows('jobs')).toBe(8)
  await trimJobs(db, few, now)
  expect(await countRows('jobs')).toBe(3)
  expect(await countRows('jobs', `ended_at >= ${now - day + 5000}`)).toBe(3)
  await trimJobs(db, few, now)
  expect(await countRows('jobs')).toBe(3)
})

it('a job that has said very much goes bit by bit', async () => {
  await ended(2, now - 91 * day, 12_000)
  await trimJobs(db, limits, minutely)
  expect([await countRows('jobs'), await countRows('job_logs')]).toEqual([0, 0])
})

it('the history is not read when nothing is to be trimmed', async () => {
  await ended(2000, now - day)
  expect(await rowsReadBy((counted) => trimJobs(counted, limits, minutely))).toBeLessThan(20)
})

it('the job onlinegc_joblogs trims all at once, by age and number', async () => {
  await ended(400, Date.now() - 91 * day)
  await ended(20, Date.now() - day)
  await env.DB.prepare("INSERT INTO settings (name, value) VALUES ('jobHistoryToKeep', '15')").run()
  const job = await aJob({ action: 'onlinegc_joblogs' })
  await workOnJobs(worker())
  expect(await theJob(job.id)).toMatchObject({ status: 'done' })
  expect((await logOf(job.id)).at(-1)).toMatch(/^deleted jobs and their logs from before /)
  expect(await countRows('jobs')).toBe(16)
  await env.DB.prepare("UPDATE settings SET value = 'false', name = 'jobHistoryCompactionEnabled'").run()
  const other = await aJob({ action: 'onlinegc_joblogs' })
  await workOnJobs(worker())
  expect(await logOf(other.id)).toEqual(['the settings keep all jobs'])
})
