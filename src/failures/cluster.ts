/** Failures of the replicas and of what they decide. */
import { isoTime } from '../util/iso-time.ts'
import { phrase, type FailureTypes, type PhraseOf } from './failure.ts'
import { quote } from './text.ts'

const untilWhen = (until: number | undefined): string => (until === undefined ? 'for now' : `until ${isoTime(until)}`)

const whyReplicasUnchanged = {
  'already-a-member': ({ id }: { id: string }) => `${id} is already a member`,
  'last-member': ({ id }: { id: string }) => `${id} is the last replica: join another one first`,
  'too-many-members': ({ limit }: { limit: number }) => `a cluster has at most ${limit} replicas: remove one first`,
  'change-under-way': () => 'another replica is joining or leaving: try again later',
  'lock-held': ({ holder }: { holder: string }) => `${holder} holds the garbage collection lock`,
  'stale-token': () => 'the cluster has changed meanwhile: check its status and try again',
  'no-replicas': () => 'there are no replicas yet',
  'majority-healthy': () =>
    'a majority of them is healthy, and a repair would discard it: remove replicas one by one, or force the repair',
  'survivor-empty': ({ id }: { id: string }) => `${id} has no state of this cluster: repair from another replica`,
} as const

export type WhyReplicasUnchanged = PhraseOf<typeof whyReplicasUnchanged>

export const clusterFailures = {
  /** `until` in milliseconds since 1970; undefined when unknown, or when an administrator must end it. */
  'read-only': {
    status: 405,
    ociCode: 'UNSUPPORTED',
    apiCode: 'NOT_ALLOWED',
    sentence: ({ reason, until }: { reason?: string; until?: number }) =>
      `the registry is read-only ${untilWhen(until)}${reason === undefined || reason === '' ? '' : ` (${reason})`}: pulls work, pushes and deletions do not; try again later or ask an administrator`,
    retryAfterSeconds: ({ until }: { until?: number }, now: number) =>
      until === undefined ? 60 : Math.max(1, Math.ceil((until - now) / 1000)),
  },
  /** Too few replicas are healthy to accept changes. `replicas` is undefined when they did not answer in time. */
  'no-majority': {
    // Transient; clients that read the code of a 503 do not retry a push that cannot work yet.
    status: 503,
    ociCode: 'UNSUPPORTED',
    apiCode: 'NO_MAJORITY',
    sentence({ replicas }: { replicas: number | undefined }) {
      if (replicas === undefined) {
        return 'the replicas did not answer in time, so the registry cannot tell whether it may accept changes: try again in a few seconds; an administrator can run "breakwater replica status"'
      }
      return `the registry has no majority of healthy replicas (of ${replicas}), so it accepts no changes: try again in a minute; an administrator can run "breakwater replica status" to see why, and "breakwater replica emergency-repair" if replicas are lost for good`
    },
    retryAfterSeconds: () => 15,
  },
  /** A restoration has taken the tables away: nothing can be served until it is done. */
  'being-restored': {
    status: 503,
    ociCode: 'UNSUPPORTED',
    apiCode: 'BEING_RESTORED',
    sentence: ({ backup }: { backup: string }) =>
      `the registry is being restored from the backup ${backup}, and serves nothing until this is done: try again in a few minutes; an operator who has the recovery secret sees with "breakwater backup restore ${backup} --yes" how far it is`,
    retryAfterSeconds: () => 15,
  },
  'replica-unknown': {
    status: 404,
    ociCode: 'UNKNOWN',
    apiCode: 'NO_SUCH_REPLICA',
    sentence: ({ id }: { id: string }) => `there is no replica ${quote(id)}: list the replicas to find the right id`,
  },
  'replica-unreachable': {
    status: 503,
    ociCode: 'UNKNOWN',
    apiCode: 'REPLICA_UNREACHABLE',
    sentence: ({ id }: { id: string }) => `the replica ${id} does not answer: try again, or choose another one`,
  },
  'replicas-unchanged': {
    status: 409,
    ociCode: 'DENIED',
    apiCode: 'REPLICAS_UNCHANGED',
    sentence: ({ reason }: { reason: WhyReplicasUnchanged }) =>
      `the replicas were not changed: ${phrase(whyReplicasUnchanged, reason)}`,
  },
  /** The garbage collection lock has a higher token by now: another collection has started. */
  'gc-lock-lost': {
    // Only jobs run a collection, so no route answers this.
    status: 500,
    ociCode: 'UNKNOWN',
    apiCode: 'INTERNAL_ERROR',
    sentence: ({ token }: { token: number }) =>
      `another garbage collection has taken the lock from this one (token ${token}), so this one stops: look at the newer job`,
  },
} as const satisfies FailureTypes
