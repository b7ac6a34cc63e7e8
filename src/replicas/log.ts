/** The events of what operators do with replicas. */
import { runBatch } from '../db/database.ts'
import { recordEvent } from '../db/events/events.ts'
import type { AccountName } from '../names.ts'
import type { ClusterContext } from './views.ts'

export interface ReplicaChange {
  readonly by: AccountName
  readonly replica: string
  readonly operation: 'join' | 'remove' | 'emergency-repair' | 'drill'
  readonly details?: Readonly<Record<string, unknown>>
}

/** Not in one transaction with the change, which the replicas decide. */
export async function recordReplicaChange({ db, now }: ClusterContext, change: ReplicaChange): Promise<void> {
  const { by, replica, operation, details } = change
  await runBatch(db, [
    recordEvent({
      actor: by,
      type: 'UPDATE',
      objectType: 'settings',
      objectId: replica,
      objectName: 'replicas',
      content: { operation, ...details },
      now,
    }),
  ])
}
