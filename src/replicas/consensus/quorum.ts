/**
 * Quorums. Two quorums of one configuration always share a replica, and so do a quorum before and one after the change
 * of one replica. The safety of the register rests on this alone.
 */

export interface Member {
  /** 12 hexadecimal digits. */
  readonly id: string
  /** The location hint of Cloudflare for the replica. */
  readonly location: string
}

/** The replicas at a version of the register. */
export interface Configuration {
  readonly epoch: number
  readonly version: number
  readonly members: readonly Member[]
  /** The old members, while a change of one replica is in progress: the joint configuration. */
  readonly leaving?: readonly Member[]
}

/** Returns how many replicas are a majority: DTR's N/2 + 1. */
export const majorityOf = (count: number): number => Math.floor(count / 2) + 1

/** Tells whether these are a majority of the members, and in a joint configuration also one of the old members. */
export function isQuorum({ members, leaving }: Configuration, agreeing: ReadonlySet<string>): boolean {
  return hasMajority(members, agreeing) && (leaving === undefined || hasMajority(leaving, agreeing))
}

function hasMajority(members: readonly Member[], agreeing: ReadonlySet<string>): boolean {
  let count = 0
  for (const { id } of members) if (agreeing.has(id)) count++
  return count >= majorityOf(members.length)
}

/** Returns all voters: in a joint configuration the old and the new members, each once. */
export function voters({ members, leaving = [] }: Configuration): Member[] {
  return [...members, ...leaving.filter(({ id }) => members.every((member) => member.id !== id))]
}

export function isVoter({ members, leaving }: Configuration, replica: string): boolean {
  const isReplica = ({ id }: Member): boolean => id === replica
  return members.some(isReplica) || (leaving?.some(isReplica) ?? false)
}
