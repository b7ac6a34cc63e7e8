/** Garbage collections as jobs: with the real register, the real gate, and pushes that come meanwhile. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import type { JobRecord } from '../../src/db/jobs/jobs.ts'
import { readWriteGate } from '../../src/db/write-gate.ts'
import { jobTypes } from '../../src/installed.ts'
import type { JobType } from '../../src/jobs/job-type.ts'
import { cancelJob } from '../../src/jobs/enqueue.ts'
import { aWorker, workOnJob, workOnJobs } from '../../src/jobs/runner.ts'
import { JobWorker } from '../../src/jobs/job-worker.ts'
import { readClusterState } from '../../src/replicas/cluster.ts'
import { gcLeaseMilliseconds, acquireGcLease, releaseGcLease, renewGcLease } from '../../src/replicas/gc-lease.ts'
import { sweepAll } from '../../src/registry/upload-sweep.ts'
import { switchReadOnly } from '../../src/replicas/read-only.ts'
import { header, problemOf, type Send } from '../support/client.ts'
import { countRows, pushImage, segmentKeys } from '../support/content.ts'
import { testContext } from '../support/context.ts'
import { events } from '../support/events.ts'
import { faultyBucket } from '../support/faults.ts'
import { aJob, jobsContext, logOf, loseLease, root, takenUp, theJob, worker } from '../support/jobs.ts'
import { clientOf } from '../support/people.ts'
import { dropCluster, ownCluster, withCluster } from '../support/replicas.ts'

const db = openDatabase(env.DB)
const repository = 'alice/app'

beforeEach(async () => {
  await ownCluster(1)
})

afterAll(async () => {
  await dropCluster()
  await withCluster()
})

/** As if everything had been there for long. */
async function age(): Promise<void> {
  await env.DB.batch(
    [
      'UPDATE manifest_reviews SET since = 1',
      'UPDATE link_reviews SET since = 1',
      'UPDATE blob_reviews SET since = 1',
      'UPDATE manifests SET pushed_at = 1, confirmed_at = 0',
      'UPDATE repository_blobs SET linked_at = 1',
      'UPDATE segments SET created_at = 1',
    ].map((sql) => env.DB.prepare(sql)),
  )
}

/** Two images, of which one is under no tag any more. */
async function withGarbage(): Promise<Send> {
  const client = await clientOf(repository)
  await pushImage(client, repository, 'kept')
  await pushImage(client, repository, 'gone', 50)
  expect((await client('DELETE', `/v2/${repository}/manifests/gone`)).status).toBe(202)
  await age()
  return client
}

function actionOf(name: string): JobType {
  const action = jobTypes.get(name)
  if (action === undefined) throw new Error(name)
  return action
}

/** The action with something that happens after each slice. */
function watched(name: string, after: (slice: number) => Promise<void>): JobType {
  const action = actionOf(name)
  let count = 0
  return {
    ...action,
    async begin(context) {
      const turn = await action.begin(context)
      const { slice } = turn
      if (slice === undefined) return turn
      return {
        ...turn,
        async slice(checkpoint) {
          const done = await slice(checkpoint)
          await after(++count)
          return done
        },
      }
    },
  }
}

async function work(job: JobRecord, action: JobType): Promise<void> {
  const by = worker()
  await new JobWorker(by, await takenUp(job, by), action).work()
}

const push = (client: Send): Promise<Response> => client('POST', `/v2/${repository}/blobs/uploads/`)

/** A push of something that is not there yet; POST alone writes nothing. */
async function pushSomething(client: Send, seed: number): Promise<number> {
  const started = await push(client)
  const patched = await client('PATCH', header(started, 'location'), { body: `content ${seed}` })
  return patched.status
}

const lockNow = async () => (await readClusterState(testContext())).gcLock

describe('a garbage collection', () => {
  it('deletes content that no tag leads to, and logs each deletion and the number of bytes', async () => {
    const client = await withGarbage()
    const before = await segmentKeys()
    const job = await aJob({ action: 'gc' })
    await workOnJobs(worker())
    const lines = await logOf(job.id)
    expect([await theJob(job.id), lines]).toMatchObject([{ status: 'done' }, expect.anything()])
    expect(lines[0]).toContain('the registry is read-only while this runs')
    expect(lines.filter((line) => line.startsWith(`deleted manifest ${repository}@sha256:`))).toHaveLength(1)
    expect(lines.at(-1)).toMatch(/^deleted 1 manifests, 3 links .* 3 blobs and 3 segments: freed .*\d+ bytes/)
    expect(await countRows('manifests')).toBe(1)
    const left = await segmentKeys()
    expect(left.rows).toEqual(left.objects)
    expect(left.rows).toHaveLength(before.rows.length - 3)
    expect((await client('GET', `/v2/${repository}/manifests/kept`)).status).toBe(200)
    expect(await lockNow()).toBeNull()
    expect(await readWriteGate(db)).toMatchObject({ closed: false })
  })

  it.each(['gc', 'onlinegc'])('by %s goes on after a fault of R2, and deletes every object', async (action) => {
    await withGarbage()
    const before = await segmentKeys()
    const job = await aJob({ action })
    const { bucket, failed } = faultyBucket({ call: 'delete', message: 'Unspecified error (0)', times: 3 })
    await workOnJob(aWorker(jobsContext({ bucket }), 20_000), job.id)
    const lines = await logOf(job.id)
    expect([failed(), await theJob(job.id), lines]).toMatchObject([3, { status: 'done' }, expect.anything()])
    expect(lines.at(-1)).toMatch(/^deleted 1 manifests, 3 links .* 3 blobs and 3 segments: freed [1-9].* bytes/)
    const left = await segmentKeys()
    expect(left.rows).toEqual(left.objects)
    expect(left.rows).toHaveLength(before.rows.length - 3)
  })

  it.each(['gc', 'onlinegc'])('by %s ends while R2 refuses deletions, and leaves the objects', async (action) => {
    const client = await withGarbage()
    const before = await segmentKeys()
    const job = await aJob({ action })
    const { bucket } = faultyBucket({ call: 'delete', message: 'Unspecified error (0)', times: Infinity })
    await workOnJob(aWorker(jobsContext({ bucket }), 20_000), job.id)
    const lines = await logOf(job.id)
    expect([await theJob(job.id), lines]).toMatchObject([{ status: 'done' }, expect.anything()])
    expect(lines.filter((line) => line.startsWith('deleted manifest'))).toHaveLength(1)
    expect(lines.filter((line) => line.startsWith('the storage does not delete at present'))).toHaveLength(1)
    expect(lines.at(-1)).toMatch(/^deleted 1 manifests, 3 links .* 3 blobs and 0 segments: freed 0 bytes/)
    expect(await lockNow()).toBeNull()
    expect(await pushSomething(client, 1)).toBe(202)
    expect((await segmentKeys()).objects).toHaveLength(before.objects.length + 1)
    await sweepAll(testContext(), () => false)
    const left = await segmentKeys()
    expect(left.rows).toEqual(left.objects)
    expect(left.rows).toHaveLength(before.rows.length + 1 - 3)
  })

  it('closes the registry: a push is told why and until when, and is accepted after', async () => {
    const client = await withGarbage()
    const job = await aJob({ action: 'gc' })
    let refused: Response | undefined
    const stepping = watched('gc', async (slice) => {
      if (slice > 1) return
      expect((await client('GET', `/v2/${repository}/manifests/kept`)).status).toBe(200)
      const started = await push(client)
      refused = await client('PATCH', header(started, 'location'), { body: 'content' })
    })
    await work(job, stepping)
    if (refused === undefined) throw new Error('nothing was pushed')
    expect(refused.status).toBe(405)
    const seconds = Number(header(refused, 'retry-after'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(55)
    expect((await problemOf(refused)).message).toMatch(/^the registry is read-only until .* \(garbage collection\)/)
    expect(await pushSomething(client, 1)).toBe(202)
    const switches = (await events("object_name = 'readOnlyRegistry'")).map(({ actor, content }) => ({
      actor,
      content,
    }))
    expect(switches).toEqual([
      { actor: '', content: { readOnlyRegistry: true, reason: 'garbage collection' } },
      { actor: '', content: { readOnlyRegistry: false } },
    ])
  })

  it('that runs online lets pushes through', async () => {
    const client = await withGarbage()
    const job = await aJob({ action: 'onlinegc' })
    const statuses: number[] = []
    await work(
      job,
      watched('onlinegc', async (slice) => void statuses.push(await pushSomething(client, slice))),
    )
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
    expect(new Set(statuses)).toEqual(new Set([202]))
    expect(await countRows('manifests')).toBe(1)
    expect(await events("object_name = 'readOnlyRegistry'")).toEqual([])
  })

  it('that is canceled between two slices opens the registry at once and deletes nothing more', async () => {
    const client = await withGarbage()
    const job = await aJob({ action: 'gc' })
    const stopping = watched('gc', async (slice) => {
      expect(slice).toBe(1)
      await cancelJob(jobsContext(), job.id, { by: root, now: Date.now() })
      // Its worker has not noticed yet.
      expect(await readWriteGate(db)).toMatchObject({ closed: false })
      expect(await pushSomething(client, 1)).toBe(202)
    })
    await work(job, stopping)
    expect(await theJob(job.id)).toMatchObject({ status: 'canceled' })
    expect(await lockNow()).toBeNull()
    expect((await logOf(job.id)).at(-1)).toContain(': freed ')
    const next = await aJob({ action: 'gc' })
    await workOnJobs(worker())
    expect(await theJob(next.id)).toMatchObject({ status: 'done' })
    expect(await countRows('blobs')).toBe(3)
  })

  it('that notices in a slice that a cancellation took its lock says that it was canceled, not that it failed', async () => {
    await withGarbage()
    const job = await aJob({ action: 'gc' })
    const stopping = watched('gc', async () => {
      const token = (await lockNow())?.token ?? 0
      await cancelJob(jobsContext(), job.id, { by: root, now: Date.now() })
      await renewGcLease(testContext(), token)
    })
    await work(job, stopping)
    expect(await theJob(job.id)).toMatchObject({ status: 'canceled' })
    const [, ...lines] = await logOf(job.id)
    expect(lines).toEqual(['canceled by root', 'canceled'])
  })

  it('whose worker crashed is canceled immediately, and opens the registry', async () => {
    await withGarbage()
    const job = await aJob({ action: 'gc' })
    await takenUp(job, worker())
    await acquireGcLease(testContext(), { holder: job.id, closing: 'garbage collection' })
    expect(await readWriteGate(db)).toMatchObject({ closed: true })
    await cancelJob(jobsContext(), job.id, { by: root, now: Date.now() })
    expect(await readWriteGate(db)).toMatchObject({ closed: false })
    await loseLease(job.id)
    await workOnJob(worker(), job.id)
    expect(await theJob(job.id)).toMatchObject({ status: 'canceled' })
  })

  it('whose worker died leaves the registry writable by itself within a minute, and the next worker finishes it', async () => {
    const client = await withGarbage()
    const job = await aJob({ action: 'gc' })
    const by = worker()
    const held = await takenUp(job, by)
    const begun = Date.now()
    const turn = await actionOf('gc').begin({
      ...jobsContext(),
      job: { id: job.id, startedAt: held.startedAt ?? 0, parameters: {}, deaths: 0 },
    })
    await turn.slice?.(undefined)
    // And nothing more is heard of it.
    const gate = await readWriteGate(db)
    expect(gate.closed).toBe(true)
    expect(gate.until).toBeLessThanOrEqual(Date.now() + gcLeaseMilliseconds)
    expect(gate.until).toBeLessThan(begun + 60_000)
    expect(await pushSomething(client, 1)).toBe(405)
    await env.DB.prepare("UPDATE write_gate SET until = unixepoch('subsec') * 1000 - 1").run()
    expect(await pushSomething(client, 1)).toBe(202)

    await loseLease(job.id)
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'done', attempt: 2 })
    expect(await countRows('manifests')).toBe(1)
    expect(await countRows('blobs')).toBe(3)
    expect(await readWriteGate(db)).toMatchObject({ closed: false })
    expect(await lockNow()).toBeNull()
    // The dead one wakes up.
    const rows = await segmentKeys()
    await expect(turn.slice?.(undefined)).rejects.toMatchObject({ failure: { kind: 'gc-lock-lost' } })
    await expect(turn.beat()).rejects.toMatchObject({ failure: { kind: 'gc-lock-lost' } })
    await turn.end()
    expect(await segmentKeys()).toEqual(rows)
  })

  it('that lost its lock to another one ends and deletes nothing', async () => {
    await withGarbage()
    const job = await aJob({ action: 'gc' })
    const action = actionOf('gc')
    const robbed: JobType = {
      ...action,
      async begin(context) {
        const turn = await action.begin(context)
        // It was as if asleep until its lock ended.
        await releaseGcLease(testContext(), { holder: job.id })
        const other = await acquireGcLease(testContext(), { holder: 'another', closing: undefined })
        if (typeof other === 'string') throw new Error(`${other} has the lock`)
        await env.DB.prepare(
          'INSERT INTO gc_fence (id, token) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET token = ?1',
        )
          .bind(other.token)
          .run()
        return turn
      },
    }
    const before = [await segmentKeys(), await countRows('manifests'), await countRows('repository_blobs')]
    await work(job, robbed)
    expect(await theJob(job.id)).toMatchObject({ status: 'errored' })
    expect((await logOf(job.id)).join('\n')).toContain('another garbage collection has taken the lock')
    expect([await segmentKeys(), await countRows('manifests'), await countRows('repository_blobs')]).toEqual(before)
    // And the lock is still the other one's.
    expect(await lockNow()).toMatchObject({ holder: 'another' })
  })

  it('does not close a registry again that an administrator has opened meanwhile', async () => {
    const client = await withGarbage()
    const job = await aJob({ action: 'gc' })
    const stepping = watched('gc', async (slice) => {
      if (slice === 1) await switchReadOnly(testContext(), { on: false, reason: '', until: undefined, by: root })
      expect(await pushSomething(client, slice)).toBe(202)
    })
    await work(job, stepping)
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
    expect(await readWriteGate(db)).toMatchObject({ closed: false, by: 'root' })
  })

  it('that finds another one running does nothing, and says so', async () => {
    await withGarbage()
    await acquireGcLease(testContext(), { holder: 'another', closing: undefined })
    const job = await aJob({ action: 'gc' })
    await workOnJobs(worker())
    expect(await theJob(job.id)).toMatchObject({ status: 'canceled' })
    expect((await logOf(job.id))[0]).toBe('skipped: the job another is running, another garbage collection or a backup')
    expect(await countRows('manifests')).toBe(2)
    expect(await lockNow()).toMatchObject({ holder: 'another' })
  })

  it('that is a dry run lists garbage, deletes nothing and closes nothing', async () => {
    const client = await withGarbage()
    const { digest } = (await env.DB.prepare(
      'SELECT digest FROM manifests WHERE digest NOT IN (SELECT digest FROM tags)',
    ).first<{
      digest: string
    }>()) ?? { digest: '' }
    const before = [await segmentKeys(), await countRows('manifests'), await countRows('link_reviews'), await lockNow()]
    const job = await aJob({ action: 'gc', parameters: { dryRun: true } })
    await work(
      job,
      watched('gc', async (slice) => expect(await pushSomething(client, slice)).toBe(202)),
    )
    expect(await theJob(job.id)).toMatchObject({ status: 'done' })
    const lines = await logOf(job.id)
    expect(lines.join('\n')).toContain(digest)
    expect(lines.at(-1)).toMatch(/^found \d+ objects that a run would delete: .*bytes/)
    await env.DB.prepare('DELETE FROM segments WHERE session_id IS NOT NULL AND blob_digest IS NULL').run()
    const after = [await segmentKeys(), await countRows('manifests'), await countRows('link_reviews'), await lockNow()]
    expect(after.slice(1)).toEqual(before.slice(1))
    expect((after[0] as { rows: string[] }).rows).toEqual((before[0] as { rows: string[] }).rows)
  })

  it('keeps its cutoff, whichever worker runs which slice', async () => {
    const startedAt = Date.now() - 3_600_000
    const job = { id: crypto.randomUUID(), startedAt, parameters: {}, deaths: 0 }
    const turn = await actionOf('onlinegc').begin({ ...jobsContext(), job })
    const { checkpoint: first } = (await turn.slice?.(undefined)) ?? {}
    const { checkpoint: second } = (await turn.slice?.(first)) ?? {}
    await turn.end()
    // The grace of a new registry is a day.
    const cutoff = startedAt - 24 * 3_600_000
    expect([first, second]).toMatchObject([{ cutoff }, { cutoff }])
  })

  it('that renews a lock of another one is refused', async () => {
    const context = testContext()
    const lock = await acquireGcLease(context, { holder: 'one', closing: undefined })
    if (typeof lock === 'string') throw new Error('the lock is not to be had')
    await releaseGcLease(context, { token: lock.token })
    await acquireGcLease(context, { holder: 'two', closing: undefined })
    await expect(renewGcLease(context, lock.token)).rejects.toThrow('another garbage collection has taken the lock')
    expect(await lockNow()).toMatchObject({ holder: 'two' })
    await releaseGcLease(context, { holder: 'two' })
  })

  it('keeps content that is younger than the grace period of the settings', async () => {
    const client = await clientOf(repository)
    await pushImage(client, repository, 'gone')
    await client('DELETE', `/v2/${repository}/manifests/gone`)
    await aJob({ action: 'gc' })
    await workOnJobs(worker())
    expect(await countRows('manifests')).toBe(1)
    await env.DB.prepare(`INSERT INTO settings (name, value, milliseconds) VALUES ('gcGrace', '"1s"', 1000)`).run()
    await scheduler.wait(1100)
    await aJob({ action: 'gc' })
    await workOnJobs(worker())
    expect([await countRows('manifests'), await countRows('blobs')]).toEqual([0, 0])
  })
})
