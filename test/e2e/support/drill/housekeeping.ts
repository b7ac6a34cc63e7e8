/** What administrators set, and what the registry does by itself: settings, schedules, policies, jobs and their logs. */
import assert from 'node:assert/strict'
import * as z from 'zod'
import { admin, alice } from '../users.ts'
import { until } from '../wait.ts'
import type { Site } from './site.ts'
import type { Witness } from './witness.ts'

const job = z.looseObject({ id: z.string(), status: z.string() })
const settings = z.looseObject({ gcGrace: z.string(), jobHistoryMaxAge: z.string() })

/** Never comes while tests run, but on a leap day. */
const wantedSchedule = '0 0 4 29 2 *'

/** Sets what is worth keeping. From then on a collection deletes what nothing has used for a second. */
export async function keepHouse(site: Site): Promise<readonly Witness[]> {
  await site.call(admin, 'POST', '/api/v0/meta/settings', { gcGrace: '1s', jobHistoryMaxAge: '500h' })
  await site.call(admin, 'POST', '/api/v0/crons', { action: 'onlinegc', schedule: wantedSchedule })
  const rules = [{ field: 'tag', operator: 'sw', values: ['nightly-'] }]
  await site.call(alice, 'POST', '/api/v0/repositories/alice/app/pruningPolicies', { enabled: true, rules })
  await runJob(site, 'onlinegc')
  return [{ what: 'settings, schedules and pruning policies', check: () => see(site) }]
}

async function see(site: Site): Promise<void> {
  const { gcGrace, jobHistoryMaxAge } = settings.parse(await site.call(admin, 'GET', '/api/v0/meta/settings'))
  assert.deepEqual([gcGrace, jobHistoryMaxAge], ['1s', '500h'])
  const { schedule } = z
    .looseObject({ schedule: z.string() })
    .parse(await site.call(admin, 'GET', '/api/v0/crons/onlinegc'))
  assert.equal(schedule, wantedSchedule)
  const policies = await site.call(alice, 'GET', '/api/v0/repositories/alice/app/pruningPolicies')
  assert.equal(z.array(z.unknown()).parse(policies).length, 1)
}

/** Does at once what the registry does every minute: it checks signatures, restates and counts them, and reads events. */
export async function letMinutePass(site: Site): Promise<void> {
  for (const action of ['trust_facts', 'trust_bridge', 'trust_delegate']) await runJob(site, action)
  for (const consumer of ['metrics', 'trust_delegate']) await runJob(site, 'events', { consumer })
}

/** Runs a job to its end, after one that excludes it. */
export async function runJob(site: Site, action: string, parameters: object = {}): Promise<void> {
  let id = ''
  await until(`the job ${action} to be taken`, 60, async () => {
    const answer = await site.ask(admin, 'POST', '/api/v0/jobs', { json: { action, parameters } })
    if (answer.status === 409) return false
    assert.equal(answer.status, 202, await answer.clone().text())
    id = job.parse(await answer.json()).id
    return true
  })
  await until(`the job ${action} to be done`, 120, async () => {
    const { status } = job.parse(await site.call(admin, 'GET', `/api/v0/jobs/${id}`))
    assert.ok(['waiting', 'running', 'done'].includes(status), `the job ${action} is ${status}`)
    return status === 'done'
  })
}
