/**
 * Decides by majority vote which replicas are healthy: a pure function of what the replicas report about each other. A
 * replica is healthy if a majority of all members, itself included, says so. Missing and old reports are no votes.
 */
import { isoTime } from '../util/iso-time.ts'
import { majorityOf } from './consensus/quorum.ts'
import { subsystems, type Observation, type Probe, type ReplicaView, type Subsystem } from './types.ts'

/** An older report is no vote: three check intervals and some time for transport. */
export const staleMilliseconds = 35_000

export interface HealthVerdict {
  readonly healthy: boolean
  /** The reason that it is unhealthy; empty for a healthy one. */
  readonly error: string
  /** The time of its last check of its subsystems, if known; zero for never. */
  readonly at: number
}

export interface Verdicts {
  /** The verdicts by the id of the member. */
  readonly replicas: Readonly<Record<string, HealthVerdict>>
  readonly healthyCount: number
  readonly majority: number
  readonly hasMajority: boolean
  /** The problem of the cluster as a whole, beginning with the subsystem that fails; empty while it has a majority. */
  readonly error: string
  /** The subsystem that fails, if a replica has seen one fail; undefined while there is a majority. */
  readonly failing: Subsystem | undefined
}

/**
 * Decides which members are healthy, by what a majority of the replicas observed, and whether a majority is healthy.
 *
 * @param views by the id of the replica; undefined, or missing, for one that did not answer
 */
export function verdicts(
  members: readonly { readonly id: string }[],
  views: ReadonlyMap<string, ReplicaView | undefined>,
  now: number,
): Verdicts {
  const majority = majorityOf(members.length)
  const answered = members.flatMap(({ id }) => views.get(id) ?? [])
  const entries = members.map(({ id }): [string, HealthVerdict] => [id, verdictOn(id, answered, majority, now)])
  const healthyCount = entries.filter(([, { healthy }]) => healthy).length
  const hasMajority = healthyCount >= majority
  const failed = hasMajority ? undefined : failedProbe(answered, now)
  const counted = `${healthyCount} of ${members.length} replicas ${healthyCount === 1 ? 'is' : 'are'} healthy, and ${majority} are needed`
  const error = failed === undefined ? counted : `${failed.subsystem}: ${failed.error ?? ''} (${counted})`
  return {
    replicas: Object.fromEntries(entries),
    healthyCount,
    majority,
    hasMajority,
    error: hasMajority ? '' : error,
    failing: failed?.subsystem,
  }
}

const isFresh = (at: number, now: number): boolean => now - at < staleMilliseconds

function verdictOn(id: string, answered: readonly ReplicaView[], majority: number, now: number): HealthVerdict {
  const observations = answered.flatMap((view) => view.observations.filter(({ peer }) => peer === id))
  const votes = observations.filter(({ at }) => isFresh(at, now))
  const own = answered.find((view) => view.id === id)?.probedAt ?? 0
  const at = Math.max(own, ...observations.map(({ probedAt }) => probedAt))
  const healthy = votes.filter((vote) => vote.healthy).length >= majority
  return { healthy, error: healthy ? '' : errorOf(id, answered, votes, majority, at), at }
}

function errorOf(
  id: string,
  answered: readonly ReplicaView[],
  votes: readonly Observation[],
  majority: number,
  at: number,
): string {
  const complaint = votes.find((vote) => !vote.healthy && vote.error !== undefined)
  if (complaint?.error !== undefined) return complaint.error
  if (!answered.some((view) => view.id === id)) return 'it does not answer'
  if (votes.length > 0) return `only ${votes.length} replicas report it healthy, and ${majority} are needed`
  return at === 0 ? 'it has not been checked yet' : `it last reported health too long ago: ${isoTime(at)}`
}

/** Finds the first subsystem that a replica has seen fail lately. */
function failedProbe(answered: readonly ReplicaView[], now: number): Probe | undefined {
  const failed = answered
    .filter(({ probedAt }) => isFresh(probedAt, now))
    .flatMap(({ probes }) => probes.filter(({ error }) => error !== undefined))
  return subsystems.map((name) => failed.find(({ subsystem }) => subsystem === name)).find(Boolean)
}

/**
 * Returns what a replica reports of a peer, or of itself, after reading its view.
 *
 * @param before what it said the last time
 */
export function observe(
  peer: string,
  view: ReplicaView | undefined,
  epoch: number,
  now: number,
  before?: Observation,
): Observation {
  const error = view === undefined ? 'it does not answer' : complaintAbout(view, epoch, now)
  return { peer, at: now, probedAt: view?.probedAt ?? before?.probedAt ?? 0, healthy: error === undefined, error }
}

/**
 * Tells whether a failing member looked at itself just now: it may be well soon, so the next look should not be far.
 */
export const isHealingPossible = (observations: readonly Observation[], now: number): boolean =>
  observations.some(({ healthy, probedAt }) => !healthy && isFresh(probedAt, now))

function complaintAbout({ epoch, probes, probedAt }: ReplicaView, mine: number, now: number): string | undefined {
  if (epoch < mine) return `it belongs to epoch ${epoch}, and the current one is ${mine}`
  if (probedAt === 0) return 'it has not checked its subsystems yet'
  if (!isFresh(probedAt, now)) return `it checked its subsystems too long ago: ${isoTime(probedAt)}`
  const failed = probes.find(({ error }) => error !== undefined)
  return failed === undefined ? undefined : nameOfFailure(failed)
}

const nameOfFailure = ({ subsystem, error }: Probe): string => `${subsystem}: ${error ?? ''}`
