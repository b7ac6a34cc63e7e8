/** Workers on real rows: what becomes of a job when they die, are slow, fail, or are asked to stop. */
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { openDatabase } from '../../src/db/database.ts'
import { endJob, renewLease, saveSlice } from '../../src/db/jobs/held-jobs.ts'
import { deleteJob, requestCancel, type JobRecord } from '../../src/db/jobs/jobs.ts'
import { putOffJob } from '../../src/db/jobs/waiting-jobs.ts'
import { RegistryError } from '../../src/errors.ts'
import { simpleJobType, type JobType, type JobSlice, type Turn } from '../../src/jobs/job-type.ts'
import { longestSliceMilliseconds, slicesInTurn } from '../../src/jobs/decisions.ts'
import { cancelJob, enqueueJob } from '../../src/jobs/enqueue.ts'
import { claim, workOnJob, workOnJobs } from '../../src/jobs/runner.ts'
import { JobWorker, type Worker } from '../../src/jobs/job-worker.ts'
import { countRows } from '../support/content.ts'
import { events } from '../support/events.ts'
import { interceptedDatabase } from '../support/intercepted-database.ts'
import { aJob, jobsContext, logOf, loseLease, root, SteppedTime, takenUp, theJob, worker } from '../support/jobs.ts'

const db = openDatabase(env.DB)

/** Counts to three, a slice for each; a test may step in between. */
const counting = (before: (count: number) => Promise<void> = async () => {}): JobType =>
  simpleJobType({
    parameters: z.strictObject({}),
    exclusionKey: 'test',
    deletes: 'nothing',
    async run(_context, checkpoint): Promise<JobSlice> {
      const count = z.number().default(0).parse(checkpoint) + 1
      await before(count)
      return { checkpoint: count, isDone: count === 3, lines: [`counted ${count}`] }
    },
  })

/** An action whose first slice never ends. */
function stuck(): { readonly action: JobType; readonly begun: Promise<unknown> } {
  const { promise: begun, resolve } = Promise.withResolvers<undefined>()
  const action = counting(async () => {
    resolve(undefined)
    await new Promise(() => {})
  })
  return { action, begun }
}

/** As the action would, for a job that is `sleep` by its row. */
async function work(by: Worker, job: JobRecord, action: JobType): Promise<void> {
  await new JobWorker(by, await takenUp(job, by), action).work()
}

describe('a job', () => {
  it('is done slice by slice, each written down with its lines and where the next goes on', async () => {
    const job = await aJob({ action: 'sleep' })
    const seen: unknown[] = []
    const by = worker()
    const noting = counting(async () => void seen.push(await theJob(job.id)))
    await work(by, job, noting)
    expect(seen).toMatchObject([
      { status: 'running', attempt: 1, checkpoint: null, workerId: by.workerId },
      { checkpoint: '1', lineCount: 1 },
      { checkpoint: '2', lineCount: 2 },
    ])
    expect(await theJob(job.id)).toMatchObject({ status: 'done', checkpoint: '3', leaseUntil: null, lineCount: 3 })
    expect(await logOf(job.id)).toEqual(['counted 1', 'counted 2', 'counted 3'])
  })

  it('holds a lease that each slice renews', async () => {
    const job = await aJob({ action: 'sleep' }, 1000)
    let now = 1000
    const leases: (number | null)[] = []
    const noting = counting(async () => {
      leases.push((await theJob(job.id)).leaseUntil)
      now += 20_000
    })
    await work(
      worker(100_000, () => now),
      job,
      noting,
    )
    expect(leases).toEqual([31_000, 51_000, 71_000])
  })

  it('is left to the next worker when the time of one is over, who goes on where it was', async () => {
    const job = await aJob({ action: 'sleep' }, 1000)
    let now = 1000
    const slow = counting(async () => void (now += 600))
    await work(
      worker(1000, () => now),
      job,
      slow,
    )
    expect(await theJob(job.id)).toMatchObject({ status: 'running', checkpoint: '2', leaseUntil: null })
    await work(
      worker(1000, () => now),
      job,
      slow,
    )
    expect(await theJob(job.id)).toMatchObject({ status: 'done', checkpoint: '3', attempt: 2 })
    // No worker crashed.
    expect(await logOf(job.id)).toEqual(['counted 1', 'counted 2', 'counted 3'])
  })

  it('whose worker died is taken up after its lease, and not before', async () => {
    const job = await aJob({ action: 'sleep' })
    const dead = worker()
    await takenUp(job, dead)
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'running', workerId: dead.workerId, attempt: 1 })
    await loseLease(job.id)
    await work(worker(), job, counting())
    expect(await theJob(job.id)).toMatchObject({ status: 'done', attempt: 2 })
    expect((await logOf(job.id))[0]).toBe(`the worker ${dead.workerId} crashed: resumed`)
  })

  it('is not changed any more by a worker that was taken for dead, whatever that writes', async () => {
    const job = await aJob({ action: 'sleep', retries: 3 })
    const late = await takenUp(job, worker())
    await loseLease(job.id)
    const held = await takenUp(job, worker())
    const before = [await theJob(job.id), await logOf(job.id), await countRows('jobs')]
    const now = Date.now()
    const slice = { checkpoint: '"late"', lines: ['late'], now, deaths: 0, leaseUntil: now + 99_999 }
    expect(await saveSlice(db, late, slice)).toBeUndefined()
    const retry = { ...job, id: 'late' }
    const ending = { status: 'errored', lines: ['late'], now, retry } as const
    expect(await endJob(db, late, ending)).toBe(false)
    expect(await renewLease(db, late, now + 99_999)).toBe(false)
    expect(await claim(worker(), late)).toBeUndefined()
    expect([await theJob(job.id), await logOf(job.id), await countRows('jobs')]).toEqual(before)
    expect(await renewLease(db, held, now + 50_000)).toBe(true)
    expect(await theJob(job.id)).toMatchObject({ leaseUntil: now + 50_000 })
    // A renewal that comes late takes back no lease that was given back.
    expect(await saveSlice(db, held, { ...slice, leaseUntil: null })).toBe('running')
    expect(await renewLease(db, held, now + 99_999)).toBe(false)
    expect(await saveSlice(db, held, { ...slice, lines: ['own'] })).toBe('running')
    expect(await endJob(db, held, { ...ending, status: 'done', retry: undefined })).toBe(true)
    // Over is over, also for the one that held it.
    expect(await saveSlice(db, held, slice)).toBeUndefined()
    expect(await endJob(db, held, ending)).toBe(false)
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
  })

  it('of a slow worker is lost in the middle of a slice, and what it did is not written down twice', async () => {
    const job = await aJob({ action: 'sleep' })
    const begun: number[] = []
    const slow = counting(async (count) => {
      begun.push(count)
      if (count !== 2) return
      // Another worker has the job, and has not done its slice yet.
      await loseLease(job.id)
      await takenUp(job, worker())
    })
    await work(worker(), job, slow)
    expect(begun).toEqual([1, 2])
    expect(await theJob(job.id)).toMatchObject({ status: 'running', attempt: 2, checkpoint: '1', lineCount: 2 })
    await loseLease(job.id)
    await work(worker(), job, counting())
    expect((await logOf(job.id)).filter((line) => line.startsWith('counted'))).toEqual([
      'counted 1',
      'counted 2',
      'counted 3',
    ])
    expect(await theJob(job.id)).toMatchObject({ status: 'done', attempt: 3, checkpoint: '3' })
  })

  it('stays with its worker while a slice takes longer than three leases, and its locks stay with it', async () => {
    const job = await aJob({ action: 'sleep' }, 1000)
    const time = new SteppedTime(1000)
    let beats = 0
    const long = counting(async (count) => {
      if (count !== 2) return
      for (let step = 0; step < 9; step++) {
        await time.pass(10_000)
        await workOnJobs(worker(60_000, time.clock))
      }
    })
    const beating: JobType = {
      ...long,
      begin: async (context) => ({ ...(await long.begin(context)), beat: async () => void beats++ }),
    }
    await work({ ...worker(200_000, time.clock), sleep: time.sleep }, job, beating)
    expect(await theJob(job.id)).toMatchObject({ status: 'done', attempt: 1, deaths: 0 })
    expect(await logOf(job.id)).toEqual(['counted 1', 'counted 2', 'counted 3'])
    expect(beats).toBe(9)
  })

  it('whose slice does not end fails in time for its worker to say so, and to leave nothing behind', async () => {
    const job = await aJob({ action: 'sleep', retries: 1 }, 1000)
    const time = new SteppedTime(1000)
    const { action, begun } = stuck()
    const working = work({ ...worker(50_000, time.clock), sleep: time.sleep }, job, action)
    await begun
    for (let minute = 0; minute < 12; minute++) {
      expect(await theJob(job.id)).toMatchObject({ status: 'running', attempt: 1 })
      for (let step = 0; step < 6; step++) await time.pass(10_000)
    }
    await working
    expect(await theJob(job.id)).toMatchObject({ status: 'errored', endedAt: 1000 + longestSliceMilliseconds })
    expect(longestSliceMilliseconds).toBe(12 * 60_000)
    expect((await logOf(job.id))[0]).toMatch(/^failed: a slice of the job did not end within 12 minutes.*: look at /)
  })

  it('is no longer waited for by a worker that finds in the middle of a slice that another one has it', async () => {
    const job = await aJob({ action: 'sleep' }, 1000)
    const time = new SteppedTime(1000)
    const { action, begun } = stuck()
    const working = work({ ...worker(50_000, time.clock), sleep: time.sleep }, job, action)
    await begun
    await loseLease(job.id)
    await takenUp(job, worker(50_000, time.clock))
    const held = await theJob(job.id)
    await time.pass(10_000)
    await working
    expect(await theJob(job.id)).toEqual(held)
  })

  it('that is asked to stop in the middle of a long slice is canceled after it, with what that did', async () => {
    const job = await aJob({ action: 'sleep' }, 1000)
    const time = new SteppedTime(1000)
    const stopping = counting(async (count) => {
      if (count !== 2) return
      await cancelJob(jobsContext(), job.id, { by: root, now: time.clock() })
      for (let step = 0; step < 5; step++) await time.pass(10_000)
    })
    await work({ ...worker(200_000, time.clock), sleep: time.sleep }, job, stopping)
    expect(await theJob(job.id)).toMatchObject({ status: 'canceled', attempt: 1, checkpoint: '2' })
  })

  it('is saved after a renewal of its lease that is under way, and one that fails does no harm', async () => {
    const job = await aJob({ action: 'sleep' }, 1000)
    const time = new SteppedTime(1000)
    const order: string[] = []
    let failures = 0
    const slow = interceptedDatabase(async (statements, run) => {
      if (!statements.some((text) => /SET lease_until = \?/.test(text))) {
        if (statements.some((text) => text.includes('SET checkpoint'))) order.push('saves')
        return run()
      }
      if (failures++ === 0) throw new Error('D1_ERROR: it fell')
      order.push('renews')
      await scheduler.wait(50)
      const answer = await run()
      order.push('has renewed')
      return answer
    })
    const short = counting(async (count) => {
      if (count !== 3) return
      await time.pass(10_000)
      void time.pass(10_000)
      await vi.waitFor(() => expect(order.at(-1)).toBe('renews'))
    })
    const by = { ...worker(200_000, time.clock), sleep: time.sleep, db: openDatabase(slow) }
    await work(by, job, short)
    expect(order.slice(-3)).toEqual(['renews', 'has renewed', 'saves'])
    expect(await theJob(job.id)).toMatchObject({ status: 'done', leaseUntil: null })
    // A renewal asks D1 as a slice does; the beginning and each slice but the last count as well.
    expect(by.spent.slices).toBe(3 + 2)
  })

  it('is not taken up by the look of a moment ago, when its worker has said since that it lives', async () => {
    const job = await aJob({ action: 'sleep' })
    const held = await takenUp(job, worker())
    await loseLease(job.id)
    const seen = await theJob(job.id)
    const now = Date.now()
    await saveSlice(db, held, { checkpoint: null, lines: [], now, deaths: 0, leaseUntil: now + 30_000 })
    expect(await claim(worker(), seen)).toBeUndefined()
    expect(await theJob(job.id)).toMatchObject({ workerId: held.workerId, attempt: 1 })
  })

  it('that is over is not taken up by an earlier look', async () => {
    const seen = await theJob((await aJob({ action: 'sleep' })).id)
    await env.DB.prepare("UPDATE jobs SET status = 'canceled', ended_at = 1").run()
    expect(await claim(worker(), seen)).toBeUndefined()
  })

  it('is not begun at once while another worker has it', async () => {
    const job = await aJob({ action: 'sleep' })
    await takenUp(job, worker())
    await workOnJob(worker(), job.id)
    expect(await theJob(job.id)).toMatchObject({ status: 'running', attempt: 1 })
  })

  it('that another worker has is not put off', async () => {
    const job = await aJob({ action: 'sleep' })
    const late = await takenUp(job, worker())
    await loseLease(job.id)
    await takenUp(job, worker())
    await putOffJob(db, late, { reason: 'late', line: 'late', now: Date.now() })
    expect(await theJob(job.id)).toMatchObject({ status: 'running', waitingFor: null, lineCount: 1 })
  })

  it('is taken up by one of many that try at the same time', async () => {
    const job = await aJob({ action: 'sleep' })
    const seen = await theJob(job.id)
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(worker(), seen)))
    expect(claims.filter((held) => held !== undefined)).toHaveLength(1)
    expect(await theJob(job.id)).toMatchObject({ attempt: 1 })
  })

  it('is aborted after repeated worker crashes, unless a slice completes in between', async () => {
    const poison = await aJob({ action: 'sleep' })
    for (let death = 0; death < 3; death++) {
      await takenUp(poison, worker())
      await loseLease(poison.id)
    }
    await workOnJob(worker(), poison.id)
    expect(await theJob(poison.id)).toMatchObject({ status: 'worker_dead', deaths: 3 })
    expect((await logOf(poison.id)).at(-1)).toContain('3 consecutive worker crashes')

    const tough = await aJob({ action: 'sleep' })
    for (let death = 0; death < 2; death++) {
      await takenUp(tough, worker())
      await loseLease(tough.id)
    }
    // This one does a slice before it dies: its second one never ends.
    const isStuck = Promise.withResolvers<undefined>()
    const deadly = counting(async (count) => {
      if (count === 1) return
      isStuck.resolve(undefined)
      await new Promise(() => {})
    })
    void work(worker(), tough, deadly)
    await isStuck.promise
    expect(await theJob(tough.id)).toMatchObject({ status: 'running', deaths: 0, checkpoint: '1' })
    await loseLease(tough.id)
    await work(worker(), tough, counting())
    expect(await theJob(tough.id)).toMatchObject({ status: 'done', checkpoint: '3' })
  })

  it('with a deadline ends when it is over, with what is left undone', async () => {
    const job = await aJob({ action: 'sleep', deadline: '1s' }, 1000)
    let now = 1000
    await work(
      worker(60_000, () => now),
      job,
      counting(async () => void (now += 600)),
    )
    expect(await theJob(job.id)).toMatchObject({ status: 'done', checkpoint: '2' })
    expect((await logOf(job.id)).at(-1)).toContain('its deadline of 1s has passed')
  })

  it('that is asked to stop does no further slice', async () => {
    const job = await aJob({ action: 'sleep' })
    const stopping = counting(async (count) => {
      if (count === 1) await cancelJob(jobsContext(), job.id, { by: root, now: Date.now() })
    })
    await work(worker(), job, stopping)
    expect(await theJob(job.id)).toMatchObject({ status: 'canceled', checkpoint: '1' })
    expect(await logOf(job.id)).toEqual(['canceled by root', 'counted 1', 'canceled'])
  })

  it('that is asked to stop during its last slice is done', async () => {
    const job = await aJob({ action: 'sleep' })
    const stopping = counting(async (count) => {
      if (count === 3) await cancelJob(jobsContext(), job.id, { by: root, now: Date.now() })
    })
    await work(worker(), job, stopping)
    expect(await theJob(job.id)).toMatchObject({ status: 'done', checkpoint: '3' })
  })

  it('is also canceled while it waits or has no worker; a finished job stays as it is', async () => {
    const attribution = { by: root, now: Date.now() + 1000 }
    const waiting = await aJob({ action: 'sleep' }, Date.now() + 60_000)
    expect(await cancelJob(jobsContext(), waiting.id, attribution)).toBe(false)
    expect(await theJob(waiting.id)).toMatchObject({ status: 'canceled', endedAt: attribution.now })

    const resting = await aJob({ action: 'sleep' })
    const held = await takenUp(resting, worker())
    await saveSlice(db, held, { checkpoint: null, lines: [], now: 1, deaths: 0, leaseUntil: null })
    expect(await cancelJob(jobsContext(), resting.id, attribution)).toBe(true)
    await workOnJob(worker(), resting.id)
    const stopped = await theJob(resting.id)
    expect(stopped.status).toBe('canceled')
    expect(await cancelJob(jobsContext(), resting.id, attribution)).toBe(false)
    expect(await theJob(resting.id)).toEqual(stopped)
    expect(await events("object_type = 'job' AND type = 'UPDATE'")).toHaveLength(2)
    expect(await requestCancel(db, 'nobody', attribution)).toBeUndefined()
  })

  it('that fails has another try after a while, as often as it may, and each knows what it is a try of', async () => {
    const first = await aJob({ action: 'false', retries: 2, parameters: {} }, 1000)
    let now = 1000
    const ids = [first.id]
    for (const delay of [60_000, 120_000]) {
      await workOnJobs(worker(1000, () => now))
      const { results } = await env.DB.prepare("SELECT id, scheduled_at AS at FROM jobs WHERE status = 'waiting'").all<{
        id: string
        at: number
      }>()
      expect(results).toEqual([{ id: expect.any(String), at: now + delay }])
      ids.push(results[0]?.id ?? '')
      now += delay - 1
      await workOnJobs(worker(1000, () => now))
      expect(await theJob(ids.at(-1) ?? '')).toMatchObject({ status: 'waiting' })
      now += 1
    }
    await workOnJobs(worker(1000, () => now))
    expect(await countRows('jobs')).toBe(3)
    const all = await Promise.all(ids.map(theJob))
    expect(all).toMatchObject([
      { status: 'errored', retriesLeft: 2, retriesTotal: 2, retryFromId: null },
      { status: 'errored', retriesLeft: 1, retriesTotal: 2, retryFromId: ids[0] },
      { status: 'errored', retriesLeft: 0, retriesTotal: 2, retryFromId: ids[1] },
    ])
    expect(await logOf(first.id)).toEqual([
      'failed: it always fails',
      expect.stringContaining(`the job ${ids[1]} retries it at `),
    ])
    expect(await logOf(ids[2] ?? '')).toEqual(['failed: it always fails'])
  })

  it('that was asked to stop and fails meanwhile is canceled, and not tried again', async () => {
    const job = await aJob({ action: 'sleep', retries: 3 })
    const stopping = counting(async () => {
      await cancelJob(jobsContext(), job.id, { by: root, now: Date.now() })
      throw new Error('it fell')
    })
    await work(worker(), job, stopping)
    expect(await theJob(job.id)).toMatchObject({ status: 'canceled' })
    expect(await countRows('jobs')).toBe(1)
  })

  it('waits for another worker where what is wrong passes by itself', async () => {
    const job = await aJob({ action: 'sleep' })
    const passing = [
      [new RegistryError({ kind: 'no-majority', replicas: 3 }), 0],
      [new RegistryError({ kind: 'overloaded' }), 0],
      [new RegistryError({ kind: 'storage-unavailable' }, { cause: new Error('Network connection lost.') }), 0],
      [new Error('D1_ERROR: D1 DB is overloaded'), 0],
      [new Error('registry is read-only'), 0],
    ] as const
    for (const [error, deaths] of passing) {
      await work(
        worker(),
        job,
        counting(() => Promise.reject(error)),
      )
      expect(await theJob(job.id)).toMatchObject({ status: 'running', leaseUntil: null, deaths })
    }
    await work(worker(), job, counting())
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
    expect(await logOf(job.id)).toHaveLength(8)
  })

  it('that overloads D1 on every attempt is aborted, and releases its locks', async () => {
    const job = await aJob({ action: 'sleep' })
    const smaller: number[] = []
    let held = 0
    const heavy: JobType = {
      ...counting(),
      begin: ({ job: { deaths } }) => {
        held++
        smaller.push(deaths)
        return Promise.resolve({
          lines: [],
          slice: () => Promise.reject(new Error('D1_ERROR: D1 DB storage operation exceeded timeout')),
          beat: () => Promise.resolve(),
          end: () => {
            held--
            return Promise.resolve()
          },
        })
      },
    }
    for (let turn = 0; turn < 3; turn++) {
      await work(worker(), job, heavy)
      expect([await theJob(job.id), held]).toMatchObject([{ status: 'running', deaths: turn + 1 }, 0])
    }
    await work(worker(), job, heavy)
    expect(await theJob(job.id)).toMatchObject({ status: 'worker_dead' })
    expect(smaller).toEqual([0, 1, 2])
  })

  it('of an action that there is no more fails, and holds nothing up', async () => {
    const job = await aJob({ action: 'sleep' })
    await env.DB.prepare("UPDATE jobs SET action = 'scan'").run()
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'errored' })
    expect(await logOf(job.id)).toEqual(['failed: there is no action scan'])
  })

  it('is deleted with its log when it is over, and only then', async () => {
    const attribution = { by: root, now: Date.now() }
    const job = await aJob({ action: 'sleep' })
    expect(await deleteJob(db, job.id, attribution)).toBe(false)
    await work(worker(), job, counting())
    expect(await deleteJob(db, job.id, attribution)).toBe(true)
    expect(await deleteJob(db, job.id, attribution)).toBeUndefined()
    expect([await countRows('jobs'), await countRows('job_logs')]).toEqual([0, 0])
    expect((await events("object_type = 'job'")).map(({ type, objectName }) => [type, objectName])).toEqual([
      ['CREATE', 'sleep'],
      ['DELETE', 'sleep'],
    ])
  })
})

describe('what a turn holds', () => {
  /** An action that holds something; its notes say what happened to that. */
  function holding(notes: string[], slice: Turn['slice']): JobType {
    const noting = (what: string) => async () => void notes.push(what)
    return {
      parameters: z.strictObject({}),
      exclusionKey: () => null,
      isExclusive: false,
      joinsWaiting: false,
      deletes: () => 'nothing',
      begin: async () => ({ lines: ['begun'], slice, beat: noting('beat'), end: noting('end') }),
      abandon: noting('abandon'),
      summary: (checkpoint) => [`in all ${String(checkpoint)}`],
    }
  }

  it('is renewed every ten seconds, and given back when the job is over', async () => {
    const notes: string[] = []
    let now = 1000
    const action = holding(notes, async (checkpoint) => {
      const count = Number(checkpoint ?? 0) + 1
      notes.push(`slice ${count}`)
      now += 6000
      return { checkpoint: count, isDone: count === 4, lines: [] }
    })
    const job = await aJob({ action: 'sleep' }, now)
    await work(
      worker(60_000, () => now),
      job,
      action,
    )
    expect(notes).toEqual(['slice 1', 'slice 2', 'beat', 'slice 3', 'slice 4', 'end'])
    expect(await logOf(job.id)).toEqual(['begun', 'in all 4'])
  })

  it('is renewed and kept when another worker goes on', async () => {
    const notes: string[] = []
    const action = holding(notes, async () => ({ checkpoint: 1, isDone: false, lines: [] }))
    let now = 1000
    const job = await aJob({ action: 'sleep' }, now)
    await work(
      worker(100, () => (now += 30)),
      job,
      action,
    )
    expect(notes).toEqual(['beat'])
    expect(await theJob(job.id)).toMatchObject({ status: 'running', leaseUntil: null })
  })

  it('is given back when a slice fails, when the beginning does, and when nothing began', async () => {
    const notes: string[] = []
    const failing = holding(notes, () => Promise.reject(new Error('it fell')))
    await work(worker(), await aJob({ action: 'sleep' }), failing)
    expect(notes.splice(0)).toEqual(['end'])
    await work(worker(), await aJob({ action: 'sleep' }), { ...failing, begin: () => Promise.reject(new Error('no')) })
    expect(notes.splice(0)).toEqual(['abandon'])
    const late = await aJob({ action: 'sleep', deadline: '1s' }, 1000)
    await takenUp(
      late,
      worker(1000, () => 1000),
    )
    await loseLease(late.id)
    await work(worker(), late, failing)
    expect(notes.splice(0)).toEqual(['abandon'])
  })

  it('is left to the next worker by one that finds at its beginning that the other has overtaken it', async () => {
    const notes: string[] = []
    const lost = new RegistryError({ kind: 'gc-lock-lost', token: 1 })
    const overtaken = { ...holding(notes, undefined), begin: () => Promise.reject(lost) }
    await work(worker(), await aJob({ action: 'sleep' }), overtaken)
    expect(notes).toEqual([])
  })

  it('may not be to be had: then nothing is done, and the log says why', async () => {
    const notes: string[] = []
    const job = await aJob({ action: 'sleep' })
    await work(worker(), job, holding(notes, undefined))
    expect(await theJob(job.id)).toMatchObject({ status: 'canceled' })
    expect(notes).toEqual(['end'])
    expect((await logOf(job.id))[0]).toBe('begun')
  })
})

describe('workers', () => {
  it('do several jobs beside each other, so that a long one keeps no other from its turn', async () => {
    const jobs = []
    for (let at = 0; at < 4; at++) jobs.push(await aJob({ action: 'sleep', parameters: { seconds: 2 } }))
    const begun = Date.now()
    await workOnJobs(worker())
    expect(Date.now() - begun).toBeLessThan(6000)
    for (const { id } of jobs) expect(await theJob(id)).toMatchObject({ status: 'done' })
  })

  it('go on with what they do when D1 fails one of them, and only then say so', async () => {
    const jobs = [
      await aJob({ action: 'sleep', parameters: { seconds: 0.5 } }),
      await aJob({ action: 'sleep', parameters: { seconds: 0.5 } }),
    ]
    let hasFailed = false
    const failingOnce = interceptedDatabase(async (statements, run) => {
      const isClaim = statements.some((text) => text.includes('attempt = attempt + 1'))
      if (!isClaim || hasFailed) return run()
      hasFailed = true
      throw new Error('D1_ERROR: Network connection lost.')
    })
    const failing = workOnJobs({ ...worker(), db: openDatabase(failingOnce) })
    await expect(failing).rejects.toThrow('Network connection lost')
    for (const { id } of jobs) expect(await theJob(id)).toMatchObject({ status: 'done' })
  })

  it('leave a job that rests to the next one, and do not begin it again themselves', async () => {
    const job = await aJob({ action: 'sleep', parameters: { seconds: 3600 } })
    // Its slices are spent and its time is not, so it could take the job up again at once.
    await workOnJobs({ ...worker(1000), spent: { slices: slicesInTurn, calls: 0 } })
    expect(await theJob(job.id)).toMatchObject({ status: 'running', attempt: 1, leaseUntil: null })
  })

  it('say no more than a log can take', async () => {
    const job = await aJob({ action: 'sleep' })
    await env.DB.prepare('UPDATE jobs SET line_count = 99998').run()
    const wordy = counting()
    await work(worker(), job, wordy)
    expect(await logOf(job.id)).toEqual(['counted 1', 'the log is full: later lines are not recorded'])
  })
})

it('a job of an exclusive action is not ordered while another one is due or runs, but one for later is', async () => {
  const action = 'onlinegc_joblogs'
  const first = await aJob({ action })
  await expect(aJob({ action })).rejects.toMatchObject({ failure: { kind: 'job-running', id: first.id, action } })
  expect(await countRows('events')).toBe(1)
  const order = { action, parameters: {}, retries: 0, capacityMap: {}, deadline: '', stopTimeout: '' }
  const now = Date.now()
  expect(await enqueueJob(jobsContext(), order, now + 60_000, { by: root, now })).toMatchObject({ status: 'waiting' })
  await env.DB.prepare("UPDATE jobs SET status = 'done', ended_at = 1 WHERE id = ?").bind(first.id).run()
  expect(await aJob({ action })).toMatchObject({ status: 'waiting' })
})
