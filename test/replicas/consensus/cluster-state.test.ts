import { describe, expect, it } from 'vitest'
import {
  acquireGcLock,
  beginJoin,
  beginRemove,
  finishChange,
  foundingState,
  identity,
  nextToken,
  releaseGcLock,
  renewGcLock,
  setReadOnly,
  type Change,
  type ClusterState,
  type Refusal,
} from '../../../src/replicas/consensus/cluster-state.ts'
import { member, members } from './cluster.ts'

const first = foundingState(members(3))
const on = { on: true, reason: 'an upgrade', until: 5000, by: 'alice' }

function changed(state: ClusterState, ...changes: Change[]): ClusterState {
  return changes.reduce((before, change) => {
    const outcome = change(before)
    if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.refusal))
    return outcome.state
  }, state)
}

function refusalOf(state: ClusterState, change: Change): Refusal | undefined {
  const outcome = change(state)
  return outcome.kind === 'refused' ? outcome.refusal : undefined
}

it('changes nothing with a read', () => {
  expect(changed(first, identity)).toBe(first)
})

describe('fencing tokens', () => {
  it('grow with every switch and every acquisition, and with nothing else', () => {
    const tokens = [first.lastToken]
    let state = first
    for (const change of [setReadOnly(on), acquireGcLock('gc', 10, 0), setReadOnly({ ...on, on: false })]) {
      state = changed(state, change)
      tokens.push(state.lastToken)
    }
    expect(tokens).toEqual([0, 1, 2, 3].map((count) => 2 ** 32 + count))
    const token = state.gcLock?.token ?? 0
    expect(changed(state, renewGcLock(token, 20), releaseGcLock(token)).lastToken).toBe(state.lastToken)
  })

  it('are higher in a newer epoch than all of earlier ones', () => {
    expect(nextToken({ epoch: 3, lastToken: 2 * 2 ** 32 + 77 })).toBe(3 * 2 ** 32 + 1)
    expect(nextToken({ epoch: 3, lastToken: 3 * 2 ** 32 + 1 })).toBe(3 * 2 ** 32 + 2)
  })
})

describe('read-only mode', () => {
  it('is switched with an actor, a reason and an end', () => {
    expect(changed(first, setReadOnly(on)).readOnly).toEqual({ ...on, token: 2 ** 32 + 1 })
  })

  it('is not switched by a proposer that has missed a switch', () => {
    const state = changed(first, setReadOnly(on))
    const { token } = state.readOnly
    expect(changed(state, setReadOnly({ ...on, on: false }, token)).readOnly.on).toBe(false)
    const later = changed(state, setReadOnly({ ...on, by: 'bob' }))
    const refusal = { kind: 'stale-token', token, current: later.readOnly.token }
    expect(refusalOf(later, setReadOnly({ ...on, on: false }, token))).toEqual(refusal)
  })
})

describe('the lock of GC', () => {
  const locked = changed(first, acquireGcLock('one', 1000, 0))
  const token = locked.gcLock?.token ?? 0

  it('has one holder until it expires', () => {
    expect(refusalOf(locked, acquireGcLock('two', 2000, 999))).toEqual({ kind: 'lock-held', lock: locked.gcLock })
    expect(changed(locked, acquireGcLock('two', 2000, 1000)).gcLock).toEqual({
      token: token + 1,
      holder: 'two',
      until: 2000,
    })
  })

  it('is renewed and released by its holder alone', () => {
    expect(changed(locked, renewGcLock(token, 3000)).gcLock).toEqual({ token, holder: 'one', until: 3000 })
    expect(changed(locked, releaseGcLock(token)).gcLock).toBeNull()
    const taken = changed(locked, acquireGcLock('two', 2000, 1500))
    const refusal = { kind: 'stale-token', token, current: token + 1 }
    expect(refusalOf(taken, renewGcLock(token, 3000))).toEqual(refusal)
    expect(refusalOf(taken, releaseGcLock(token))).toEqual(refusal)
    expect(refusalOf(first, releaseGcLock(token))).toEqual({ ...refusal, current: undefined })
  })
})

describe('the members', () => {
  it('join in two steps', () => {
    const joint = changed(first, beginJoin(member(3)))
    expect(joint).toMatchObject({ members: members(4), leaving: members(3) })
    expect(changed(joint, finishChange)).toEqual({ ...first, members: members(4) })
  })

  it('are removed in two steps', () => {
    const joint = changed(first, beginRemove(member(2).id))
    expect(joint).toMatchObject({ members: members(2), leaving: members(3) })
    expect(changed(joint, finishChange)).toEqual({ ...first, members: members(2) })
  })

  it('change one at a time', () => {
    const joint = changed(first, beginJoin(member(3)))
    const refusal = { kind: 'change-under-way', members: members(4), leaving: members(3) }
    expect(refusalOf(joint, beginJoin(member(4)))).toEqual(refusal)
    expect(refusalOf(joint, beginRemove(member(0).id))).toEqual(refusal)
  })

  it('are at least one and at most seven', () => {
    const refused = { kind: 'too-many-members', limit: 7 }
    expect(refusalOf(foundingState(members(7)), beginJoin(member(7)))).toEqual(refused)
    const id = member(0).id
    expect(refusalOf(foundingState(members(1)), beginRemove(id))).toEqual({ kind: 'last-member', id })
  })

  it('join once, and are removed once', () => {
    expect(refusalOf(first, beginJoin(member(2)))).toEqual({ kind: 'already-a-member', id: member(2).id })
    expect(refusalOf(first, beginRemove(member(3).id))).toEqual({ kind: 'not-a-member', id: member(3).id })
  })

  it('stay the same when no change is in progress', () => {
    expect(changed(first, finishChange)).toBe(first)
  })
})
