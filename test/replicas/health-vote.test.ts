import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { observe, staleMilliseconds, verdicts } from '../../src/replicas/health-vote.ts'
import { majorityOf } from '../../src/replicas/consensus/quorum.ts'
import type { Observation, Probe, ReplicaView, Subsystem } from '../../src/replicas/types.ts'

const now = 1_000_000
const fine: readonly Probe[] = [{ subsystem: 'registry', error: undefined, milliseconds: 1 }]

const aView = (id: string, observations: readonly Observation[], fields: Partial<ReplicaView> = {}): ReplicaView => ({
  id,
  location: 'weur',
  epoch: 1,
  retired: false,
  probes: fine,
  probedAt: now,
  observations,
  startedAt: 1,
  state: undefined,
  counters: {},
  ...fields,
})

const saying = (peer: string, healthy = true, at = now): Observation => ({
  peer,
  at,
  probedAt: at,
  healthy,
  error: healthy ? undefined : 'registry: no bucket',
})

const members = (...ids: string[]) => ids.map((id) => ({ id }))
const viewsOf = (...views: ReplicaView[]) => new Map(views.map((view) => [view.id, view]))

describe('a verdict', () => {
  it('needs a majority of all members, silent ones included', () => {
    const all = members('a', 'b', 'c')
    const two = verdicts(
      all,
      viewsOf(aView('a', [saying('a'), saying('b')]), aView('b', [saying('a'), saying('b')])),
      now,
    )
    expect(two).toMatchObject({ healthyCount: 2, majority: 2, hasMajority: true, error: '' })
    expect(two.replicas).toEqual({
      a: { healthy: true, error: '', at: now },
      b: { healthy: true, error: '', at: now },
      c: { healthy: false, error: 'it does not answer', at: 0 },
    })
    const one = verdicts(all, viewsOf(aView('a', [saying('a'), saying('b'), saying('c')])), now)
    expect(one).toMatchObject({ healthyCount: 0, hasMajority: false })
    expect(one.error).toBe('0 of 3 replicas are healthy, and 2 are needed')
  })

  it('ignores stale reports, and says since when they are stale', () => {
    const old = now - staleMilliseconds
    const views = viewsOf(
      aView('a', [saying('a', true, old), saying('b', true, old + 1)], { probedAt: old }),
      aView('b', [saying('a', true, old), saying('b', true, old + 1)]),
    )
    const found = verdicts(members('a', 'b'), views, now)
    expect(found.replicas['b']?.healthy).toBe(true)
    expect(found.replicas['a']).toEqual({
      healthy: false,
      error: `it last reported health too long ago: ${new Date(old).toISOString()}`,
      at: old,
    })
  })

  it('gives the error of a replica that reports one, and names the failing subsystem in the order of DTR', () => {
    const failing = (subsystem: Subsystem): Probe => ({ subsystem, error: `${subsystem} is down`, milliseconds: 1 })
    const probes = [failing('garant'), failing('rethinkdb')]
    const bad = [saying('a', false), saying('b', false)]
    const views = viewsOf(aView('a', bad, { probes }), aView('b', bad, { probes }))
    const found = verdicts(members('a', 'b'), views, now)
    expect(found.replicas['a']?.error).toBe('registry: no bucket')
    expect(found.error).toBe('rethinkdb: rethinkdb is down (0 of 2 replicas are healthy, and 2 are needed)')
  })

  it('never rests on fewer than a majority, whatever the reports', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const arbitrary = fc.array(
      fc.record({
        by: fc.constantFrom(...ids),
        of: fc.constantFrom(...ids, 'x'),
        healthy: fc.boolean(),
        age: fc.integer({ min: 0, max: 70_000 }),
      }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(arbitrary, fc.constantFrom(1, 3, 5, 7), (said, count) => {
        const all = ids.slice(0, count)
        const views = new Map<string, ReplicaView | undefined>(
          ids.map((id) => {
            // One says one thing of each at a time.
            const mine = new Map(said.filter(({ by }) => by === id).map((one) => [one.of, one]))
            return [
              id,
              aView(
                id,
                Array.from(mine.values(), ({ of, healthy, age }) => saying(of, healthy, now - age)),
              ),
            ]
          }),
        )
        const found = verdicts(members(...all), views, now)
        expect(Object.keys(found.replicas)).toEqual(all)
        for (const id of all) {
          const votes = all.filter((by) =>
            views
              .get(by)
              ?.observations.some(({ peer, healthy, at }) => peer === id && healthy && now - at < staleMilliseconds),
          )
          expect(found.replicas[id]?.healthy).toBe(votes.length >= majorityOf(count))
        }
        expect(found.hasMajority).toBe(found.error === '')
      }),
    )
  })
})

describe('an observation', () => {
  it('is healthy for a replica of this epoch that has just found everything to work', () => {
    expect(observe('b', aView('b', []), 1, now)).toEqual({
      peer: 'b',
      at: now,
      probedAt: now,
      healthy: true,
      error: undefined,
    })
  })

  it('names the error', () => {
    const errorOf = (view: ReplicaView | undefined, epoch = 1) => observe('b', view, epoch, now).error
    expect(errorOf(undefined)).toBe('it does not answer')
    expect(errorOf(aView('b', []), 9)).toBe('it belongs to epoch 1, and the current one is 9')
    expect(errorOf(aView('b', [], { probedAt: 0 }))).toBe('it has not checked its subsystems yet')
    expect(errorOf(aView('b', [], { probedAt: now - staleMilliseconds }))).toMatch(
      /^it checked its subsystems too long/,
    )
    const probes: Probe[] = [...fine, { subsystem: 'notary', error: 'no key', milliseconds: 2 }]
    expect(errorOf(aView('b', [], { probes }))).toBe('notary: no key')
  })
})
