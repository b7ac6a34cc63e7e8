/** The proposer on a real network: runs the steps of `proposal.ts`, even if some replicas hang. */
import type { Change } from './cluster-state.ts'
import type { Message, Reply } from './messages.ts'
import { proposal, type ProposalOptions, type ProposeResult, type Proposing } from './proposal.ts'
import type { Configuration, Member } from './quorum.ts'
import type { Answer, Ask } from './rounds.ts'

/**
 * Sends a message to a replica and returns its reply; undefined, or an error, if none came in time. Must settle: the
 * network has its own time limit.
 */
export type Network = (to: Member, message: Message) => Promise<Reply | undefined>

export interface ProposeOptions extends ProposalOptions {
  readonly sleep: (milliseconds: number) => Promise<void>
}

/**
 * Decides a change of the register, or reads it with the change `identity`.
 *
 * @param known the configuration that was seen last; the `value` of the result is the next one
 */
export function propose(
  network: Network,
  known: Configuration,
  change: Change,
  options: ProposeOptions,
): Promise<ProposeResult> {
  return run(proposal(known, change, options), network, options.sleep)
}

export async function run<Result>(
  steps: Proposing<Result>,
  network: Network,
  sleep: ProposeOptions['sleep'],
): Promise<Result> {
  let step = steps.next([])
  while (step.done !== true) {
    if (step.value.kind === 'ask') step = steps.next(await gather(step.value, network))
    else {
      await sleep(step.value.milliseconds)
      step = steps.next([])
    }
  }
  return step.value
}

/** Returns once the answers are enough, so that a replica that hangs does not delay a majority. */
function gather({ to, message, enough }: Ask, network: Network): Promise<readonly Answer[]> {
  return new Promise((resolve) => {
    const answers: Answer[] = []
    let outstanding = to.length
    const settle = (from: string, reply: Reply | undefined): void => {
      outstanding--
      if (reply !== undefined) answers.push({ from, reply })
      if (outstanding === 0 || enough(answers)) resolve([...answers])
    }
    for (const member of to) {
      network(member, message).then(
        (reply) => settle(member.id, reply),
        () => settle(member.id, undefined),
      )
    }
  })
}
