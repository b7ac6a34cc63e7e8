import { describe, expect, it } from 'vitest'
import type { JobRecord } from '../../src/db/jobs/jobs.ts'
import { jobStatuses } from '../../src/db/jobs/schema.ts'
import type { WriteGate } from '../../src/db/write-gate.ts'
import {
  deadlineOf,
  isClaimable,
  isOrphaned,
  mostDeaths,
  nextToClaim,
  reasonToWait,
  retryDelay,
  verdictOn,
} from '../../src/jobs/decisions.ts'
import { parseAccountName } from '../../src/names.ts'

const job: JobRecord = {
  id: 'a',
  retryFromId: null,
  workerId: null,
  status: 'waiting',
  exclusionKey: null,
  action: 'sleep',
  scheduledAt: 100,
  lastUpdated: 100,
  startedAt: null,
  endedAt: null,
  retriesLeft: 0,
  retriesTotal: 0,
  capacityMap: '{}',
  parameters: '{}',
  deadline: '',
  stopTimeout: '',
  leaseUntil: null,
  attempt: 0,
  deaths: 0,
  checkpoint: null,
  lineCount: 0,
  waitingFor: null,
}
const running = { ...job, status: 'running', startedAt: 1000, leaseUntil: 2000 } as const

describe('a job', () => {
  it('may be taken when it is due and unfinished, and no live worker has it', () => {
    const claimable = (changed: Partial<JobRecord>, now: number) => isClaimable({ ...job, ...changed }, now)
    expect(claimable({}, 99)).toBe(false)
    expect(claimable({}, 100)).toBe(true)
    for (const status of ['running', 'cancel_request'] as const) {
      expect(claimable({ status, leaseUntil: 200 }, 199)).toBe(false)
      expect(claimable({ status, leaseUntil: 200 }, 200)).toBe(true)
      expect(claimable({ status, leaseUntil: null }, 150)).toBe(true)
    }
    for (const status of jobStatuses.slice(3)) {
      for (const leaseUntil of [null, 1]) expect(claimable({ status, leaseUntil }, 1000)).toBe(false)
    }
  })

  it('has lost its worker when that did not give the lease back', () => {
    expect(isOrphaned(job)).toBe(false)
    expect(isOrphaned(running)).toBe(true)
    expect(isOrphaned({ ...running, leaseUntil: null })).toBe(false)
  })

  it('comes next when it has waited longest, so that a long one keeps no other from its turn', () => {
    const long = { ...running, id: 'long', leaseUntil: null, scheduledAt: 1, lastUpdated: 500 }
    const short = { ...job, id: 'short', scheduledAt: 400 }
    const busy = { ...running, id: 'busy', scheduledAt: 1, leaseUntil: 5000 }
    expect(nextToClaim([long, short, busy], 600)?.id).toBe('short')
    expect(nextToClaim([long, busy], 600)?.id).toBe('long')
    expect(nextToClaim([busy], 600)).toBeUndefined()
    expect(nextToClaim([], 600)).toBeUndefined()
  })
})

describe('before a slice', () => {
  const spent = { slices: 0, calls: 0, endsAt: 10_000 }

  it('a job goes on until the time of its worker is over', () => {
    expect(verdictOn(running, spent, 9999)).toEqual({ kind: 'go-on' })
    expect(verdictOn(running, spent, 10_000)).toEqual({ kind: 'rest' })
    expect(verdictOn(running, { ...spent, slices: 200 }, 1000)).toEqual({ kind: 'rest' })
    expect(verdictOn(running, { ...spent, calls: 5999 }, 1000)).toEqual({ kind: 'go-on' })
    expect(verdictOn(running, { ...spent, calls: 6000 }, 1000)).toEqual({ kind: 'rest' })
  })

  it('a job that was asked to stop is canceled, whatever else is true of it', () => {
    const asked = { ...running, status: 'cancel_request', deaths: 9, deadline: '1s' } as const
    expect(verdictOn(asked, spent, 20_000)).toMatchObject({ kind: 'end', status: 'canceled' })
  })

  it('a job whose deadline is over is done as far as it goes, and one without goes on', () => {
    expect(verdictOn({ ...running, deadline: '2s' }, spent, 2999)).toEqual({ kind: 'go-on' })
    expect(verdictOn({ ...running, deadline: '2s' }, spent, 3000)).toMatchObject({ kind: 'end', status: 'done' })
    expect(deadlineOf({ ...running, deadline: '30m' })).toBe(1000 + 1_800_000)
    for (const deadline of ['', '0s']) expect(deadlineOf({ ...running, deadline })).toBe(Infinity)
    expect(deadlineOf({ ...job, deadline: '1s' })).toBe(Infinity)
  })

  it('a job is aborted after repeated worker crashes', () => {
    expect(verdictOn({ ...running, deaths: mostDeaths - 1 }, spent, 1)).toEqual({ kind: 'go-on' })
    expect(verdictOn({ ...running, deaths: mostDeaths }, spent, 1)).toMatchObject({
      kind: 'end',
      status: 'worker_dead',
    })
  })
})

it('another try waits twice as long each time, from a minute to an hour', () => {
  expect([1, 2, 3, 6, 7, 50].map(retryDelay)).toEqual([60, 120, 240, 1920, 3600, 3600].map((seconds) => seconds * 1000))
})

describe('read-only mode', () => {
  const open = { token: 1, closed: false, reason: '', until: undefined, by: '' } as const
  const administrators = { ...open, closed: true, reason: 'moving house', by: parseAccountName('root') }
  const collections = { ...open, closed: true, reason: 'garbage collection', until: 2000 }
  const ofThePast = { ...open, closed: true }

  it('of an administrator stops all that deletes, and one of a collection what deletes content', () => {
    const stopped = (gate: WriteGate) =>
      (['nothing', 'garbage', 'content'] as const).filter((deletes) => reasonToWait(gate, deletes, 1000) !== undefined)
    expect(stopped(open)).toEqual([])
    expect(stopped(administrators)).toEqual(['garbage', 'content'])
    expect(stopped({ ...administrators, until: 2000 })).toEqual(['garbage', 'content'])
    expect(stopped(ofThePast)).toEqual(['garbage', 'content'])
    expect(stopped(collections)).toEqual(['content'])
  })

  it('stops nothing from the moment on at which it ends', () => {
    const ending = { ...administrators, until: 2000 }
    expect([reasonToWait(ending, 'garbage', 1999), reasonToWait(ending, 'garbage', 2000)]).toEqual([
      'the registry is read-only until 1970-01-01T00:00:02.000Z (moving house)',
      undefined,
    ])
  })
})
