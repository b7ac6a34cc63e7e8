/**
 * Asks a replica over RPC. A replica refuses with a value, since an exception that crosses RPC counts as a crash of the
 * Durable Object: the runtime logs it with its stack, and so does the platform's error rate. Here it becomes an error.
 */
import { withinTime } from '../util/timeout.ts'
import { stubOf } from './locations.ts'
import type { Member } from './consensus/quorum.ts'
import type { ReplicaAnswer, ReplicaRefusal, ReplicaRpc } from './types.ts'

/** A replica answered that it does not do what it was asked. */
export class ReplicaRefused extends Error {
  override readonly name = 'ReplicaRefused'
  readonly why: ReplicaRefusal

  constructor(id: string, why: ReplicaRefusal) {
    super(`the replica ${id} ${sentences[why]}`)
    this.why = why
  }
}

const sentences: Record<ReplicaRefusal, string> = {
  'out-of-service': 'is out of service for a drill: end the drill, or wait until it ends',
  'never-started': 'was never started: join a new one',
  evicted: 'was evicted and cannot come back: join a new one',
  'members-unknown': 'could not learn from D1 whether it is still a member: try again when D1 answers',
}

/**
 * Asks a replica and waits for its answer.
 *
 * @param limit milliseconds that the replica has to answer
 * @throws ReplicaRefused when it refuses
 * @throws Error when it cannot be reached, or not in time
 */
export async function askReplica<Result>(
  replicas: DurableObjectNamespace<ReplicaRpc>,
  member: Member,
  limit: number,
  call: (replica: DurableObjectStub<ReplicaRpc>) => Promise<ReplicaAnswer<Result>>,
): Promise<Result> {
  const answer = await withinTime(call(stubOf(replicas, member)), limit)
  if (answer.kind === 'refused') throw new ReplicaRefused(member.id, answer.why)
  return answer.value
}
