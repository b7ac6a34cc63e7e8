/**
 * Adds or removes one replica at a time, in two decided steps: C, joint(C, C'), C'. A change that is interrupted
 * between them leaves the joint state, in which the cluster works under both majorities. The next change completes it
 * first.
 */
import { beginJoin, beginRemove, finishChange, identity, type ClusterState } from './cluster-state.ts'
import { run, type Network, type ProposeOptions } from './proposer.ts'
import { proposal, type ProposalOptions, type ProposeResult, type Proposing } from './proposal.ts'
import { isVoter, type Configuration, type Member } from './quorum.ts'

export type MembershipChange =
  { readonly kind: 'join'; readonly member: Member } | { readonly kind: 'remove'; readonly id: string }

/** Runs both steps. Called again after an interruption, it completes the change. */
export function changeMembership(
  network: Network,
  known: Configuration,
  wanted: MembershipChange,
  options: ProposeOptions,
): Promise<ProposeResult> {
  return run(membershipChange(known, wanted, options), network, options.sleep)
}

export function* membershipChange(
  known: Configuration,
  wanted: MembershipChange,
  options: ProposalOptions,
): Proposing<ProposeResult> {
  // Each proposal needs a unique name.
  const named = (step: string): ProposalOptions => ({ ...options, proposerId: `${options.proposerId}/${step}` })

  const found = yield* proposal(known, identity, named('read'))
  if (found.kind !== 'decided') return found
  let current = found.value
  if (current.leaving !== undefined) {
    const wasWanted = isUnderWay(current, wanted)
    const resumed = yield* proposal(current, finishChange, named('resume'))
    if (resumed.kind !== 'decided' || wasWanted) return resumed
    current = resumed.value
  }

  const change = wanted.kind === 'join' ? beginJoin(wanted.member) : beginRemove(wanted.id)
  const begun = yield* proposal(current, change, named('begin'))
  if (begun.kind !== 'decided') return begun
  const finished = yield* proposal(begun.value, finishChange, named('finish'))
  // The first step is decided, so the next change will complete the second one.
  return 'mayBeDecided' in finished ? { ...finished, mayBeDecided: true } : finished
}

function isUnderWay(state: ClusterState, wanted: MembershipChange): boolean {
  const { leaving: _, ...after } = state
  const before = { ...after, members: state.leaving ?? state.members }
  const id = wanted.kind === 'join' ? wanted.member.id : wanted.id
  const [without, withIt] = wanted.kind === 'join' ? [before, after] : [after, before]
  return isVoter(withIt, id) && !isVoter(without, id)
}
