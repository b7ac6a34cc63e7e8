/** The events of what operators do with replicas. */
import type { Context } from '../context.ts'
import { recordEvent } from '../db/events/events.ts'
import type { AccountName } from '../names.ts'

export interface ReplicaChange {
  readonly by: AccountName
  readonly replica: string
  readonly operation: 'join' | 'remove' | 'emergency-repair' | 'drill'
  readonly details?: Readonly<Record<string, unknown>>
}

/** Records a change as an event, apart from the change itself, which the replicas decide. */
export async function recordReplicaChange({ db, now }: Context, change: ReplicaChange): Promise<void> {
  const { by, replica, operation, details } = change
  await db.run(
    recordEvent({
      actor: by,
      type: 'UPDATE',
      objectType: 'settings',
      objectId: replica,
      objectName: 'replicas',
      content: { operation, ...details },
      now,
    }),
  )
}
