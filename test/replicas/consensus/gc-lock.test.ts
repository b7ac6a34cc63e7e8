/** The lock and the switch to read-only, decided together. */
import { expect, describe, it } from 'vitest'
import {
  foundingState,
  setReadOnly,
  type Change,
  type ClusterState,
} from '../../../src/replicas/consensus/cluster-state.ts'
import { keepGcLock, leaveGcLock, takeGcLock } from '../../../src/replicas/consensus/gc-lock.ts'
import { members } from './cluster.ts'

const first = foundingState(members(3))
const closing = 'garbage collection'
const byHand = { on: true, reason: 'moving house', until: null, by: 'root' }

const after = (state: ClusterState, ...changes: Change[]): ClusterState =>
  changes.reduce((before, change) => {
    const outcome = change(before)
    if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.refusal))
    return outcome.state
  }, state)

const take = (holder: string, now: number, why: string | undefined = closing): Change =>
  takeGcLock({ holder, until: now + 55, now, closing: why })
const online = (holder: string, now: number): Change => takeGcLock({ holder, until: now + 55, now, closing: undefined })
const tokenOf = ({ gcLock }: ClusterState): number => gcLock?.token ?? 0
const keep = (state: ClusterState, until: number): ClusterState => after(state, keepGcLock(tokenOf(state), until))
const leave = (state: ClusterState): ClusterState => {
  const token = tokenOf(state)
  return after(
    state,
    leaveGcLock((lock) => lock.token === token),
  )
}

describe('the lock of the garbage collection', () => {
  it('closes the registry for as long as it is held, and opens it on release', () => {
    const taken = after(first, take('a', 0))
    expect(taken.gcLock).toMatchObject({ holder: 'a', until: 55, gate: taken.readOnly.token })
    expect(taken.readOnly).toMatchObject({ on: true, reason: closing, until: 55, by: '' })
    const kept = keep(taken, 90)
    expect(kept.gcLock).toMatchObject({ token: tokenOf(taken), until: 90, gate: kept.readOnly.token })
    expect(kept.readOnly).toMatchObject({ on: true, reason: closing, until: 90 })
    const left = leave(kept)
    expect(left).toMatchObject({ gcLock: null, readOnly: { on: false, until: null, by: '' } })
    const tokens = [first, taken, kept, left].map(({ readOnly }) => readOnly.token)
    expect(tokens).toEqual([...tokens].sort((one, other) => one - other))
    expect(new Set(tokens).size).toBe(4)
  })

  it('of an online collection leaves the switch alone', () => {
    const taken = after(first, online('a', 0))
    expect(taken.readOnly).toBe(first.readOnly)
    expect(keep(taken, 90).readOnly).toBe(first.readOnly)
    expect(leave(taken)).toMatchObject({ gcLock: null, readOnly: first.readOnly })
    const closed = after(first, setReadOnly(byHand))
    expect(leave(after(closed, online('a', 0))).readOnly).toEqual(closed.readOnly)
  })

  it('leaves a registry closed that an administrator has closed, also on release', () => {
    const closed = after(first, setReadOnly(byHand))
    const taken = after(closed, take('a', 0))
    expect(taken.gcLock?.gate).toBeUndefined()
    expect(keep(taken, 90).readOnly).toBe(closed.readOnly)
    expect(leave(keep(taken, 90)).readOnly).toBe(closed.readOnly)
    // One that has ended by itself is none.
    expect(after(first, setReadOnly({ ...byHand, until: 10 }), take('a', 10)).readOnly.by).toBe('')
  })

  it('does not undo a switch that an administrator made meanwhile', () => {
    const taken = after(first, take('a', 0))
    const switched = [after(taken, setReadOnly(byHand)), after(taken, setReadOnly({ ...byHand, on: false }))]
    for (const state of switched) {
      for (const later of [keep(state, 90), after(state, take('a', 60)), leave(state), leave(keep(state, 90))]) {
        expect(later.readOnly).toBe(state.readOnly)
      }
    }
  })

  it('has one holder at a time, until it expires', () => {
    const taken = after(first, take('a', 0))
    expect(after(taken, take('b', 54))).toBe(taken)
    const other = after(taken, take('b', 55))
    expect(other.gcLock).toMatchObject({ holder: 'b', until: 110, gate: other.readOnly.token })
    expect(tokenOf(other)).toBeGreaterThan(tokenOf(taken))
    // A holder that has lost it can no longer change it.
    expect(after(other, keepGcLock(tokenOf(taken), 500))).toBe(other)
    expect(
      after(
        other,
        leaveGcLock((lock) => lock.holder === 'a'),
      ),
    ).toBe(other)
    expect(
      after(
        other,
        leaveGcLock((lock) => lock.token === tokenOf(taken)),
      ),
    ).toBe(other)
  })

  it('is taken again by its holder with a fresh token, since an earlier worker may not know that it is dead', () => {
    const taken = after(first, take('a', 0))
    const again = after(taken, take('a', 5))
    expect(tokenOf(again)).toBeGreaterThan(tokenOf(taken))
    expect(again.gcLock).toMatchObject({ holder: 'a', until: 60, gate: again.readOnly.token })
    expect(again.readOnly).toMatchObject({ on: true, until: 60 })
    expect(after(again, keepGcLock(tokenOf(taken), 500))).toBe(again)
    expect(
      after(
        again,
        leaveGcLock((lock) => lock.holder === 'a'),
      ),
    ).toMatchObject({ gcLock: null, readOnly: { on: false } })
  })

  it('of a crashed collection does not keep the registry closed for an online one', () => {
    const dead = after(first, take('a', 0))
    expect(after(dead, online('b', 55)).readOnly).toMatchObject({ on: false })
  })
})
