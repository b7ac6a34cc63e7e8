import { describe, expect, it } from 'vitest'
import { accept, blankAcceptor, foundingAcceptor, handle, prepare } from '../../../src/replicas/consensus/acceptor.ts'
import { foundingBallot } from '../../../src/replicas/consensus/ballot.ts'
import { foundingState } from '../../../src/replicas/consensus/cluster-state.ts'
import type { Accept, Prepare } from '../../../src/replicas/consensus/messages.ts'
import { member, members } from './cluster.ts'

const first = foundingState(members(3))
const founder = foundingAcceptor(member(0).id, first)
const ballot = (counter: number, proposer = 'a') => ({ counter, proposer })
const prepareAt = (counter: number, configuration = first): Prepare => ({
  kind: 'prepare',
  ballot: ballot(counter),
  configuration,
})
const acceptAt = (counter: number, value = first): Accept => ({ kind: 'accept', ballot: ballot(counter), value })
const second = { ...first, version: 2 }

describe('prepare', () => {
  it('promises, and returns the accepted value', () => {
    const { state, reply } = prepare(founder, prepareAt(1))
    expect(reply).toEqual({ kind: 'promised', accepted: { ballot: foundingBallot, value: first } })
    expect(state).toEqual({ ...founder, promised: ballot(1) })
  })

  it('refuses a ballot below the promised one', () => {
    const { state } = prepare(founder, prepareAt(2))
    expect(prepare(state, prepareAt(1))).toEqual({ state, reply: { kind: 'overtaken', promised: ballot(2) } })
  })

  it('distinguishes two proposers with the same counter', () => {
    const { state } = prepare(founder, { ...prepareAt(1), ballot: ballot(1, 'b') })
    expect(prepare(state, prepareAt(1)).reply.kind).toBe('overtaken')
  })
})

describe('accept', () => {
  it('keeps the value under its ballot', () => {
    const { state } = prepare(founder, prepareAt(1))
    expect(accept(state, acceptAt(1, second))).toEqual({
      state: { ...state, accepted: { ballot: ballot(1), value: second } },
      reply: { kind: 'accepted' },
    })
  })

  it('refuses a value under a ballot below the promised one', () => {
    const { state } = prepare(founder, prepareAt(2))
    expect(accept(state, acceptAt(1, second))).toEqual({ state, reply: { kind: 'overtaken', promised: ballot(2) } })
  })

  it('promises its ballot, also to an acceptor that saw no prepare', () => {
    const { state } = accept(founder, acceptAt(3, second))
    expect(state.promised).toEqual(ballot(3))
    expect(prepare(state, prepareAt(2)).reply.kind).toBe('overtaken')
  })
})

it('gives a duplicate the same answer and keeps its state', () => {
  for (const message of [prepareAt(1), acceptAt(1, second)]) {
    const once = handle(founder, message)
    expect(handle(once.state, message)).toEqual(once)
  }
})

describe('in another epoch', () => {
  const newer = { ...foundingState([member(1)]), epoch: 2, version: 9 }

  it('refuses messages of an older epoch, and returns the current configuration', () => {
    const survivor = foundingAcceptor(member(1).id, newer)
    const reply = { kind: 'other-epoch', epoch: 2, configuration: newer }
    expect(prepare(survivor, prepareAt(9))).toEqual({ state: survivor, reply })
    expect(accept(survivor, acceptAt(9))).toEqual({ state: survivor, reply })
  })

  it('ignores a newer epoch that does not name it', () => {
    const reply = { kind: 'other-epoch', epoch: 1, configuration: first }
    expect(prepare(founder, prepareAt(9, newer))).toEqual({ state: founder, reply })
    expect(accept(founder, acceptAt(9, newer))).toEqual({ state: founder, reply })
  })

  it('enters a newer epoch that names it, without its promises and accepted value', () => {
    const joint = { ...newer, members: members(2), leaving: newer.members }
    const { state: promised } = prepare(founder, prepareAt(50))
    const entered = prepare(promised, prepareAt(1, joint))
    expect(entered).toEqual({
      state: { identity: { replica: member(0).id, epoch: 2 }, promised: ballot(1), accepted: undefined },
      reply: { kind: 'promised', accepted: undefined },
    })
    expect(accept(promised, acceptAt(1, joint)).state.accepted?.value).toBe(joint)
    expect(prepare(entered.state, prepareAt(60)).reply.kind).toBe('other-epoch')
  })

  it('has no epoch while it is blank', () => {
    const blank = blankAcceptor(member(2).id)
    const stranger = blankAcceptor(member(7).id)
    expect(prepare(blank, prepareAt(1)).reply).toEqual({ kind: 'promised', accepted: undefined })
    expect(prepare(stranger, prepareAt(1)).reply).toEqual({ kind: 'other-epoch', epoch: 0, configuration: undefined })
  })
})
