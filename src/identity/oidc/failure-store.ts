/** Logins at a provider that are refused here. */
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent } from '../../db/events/events.ts'

/** Records a failed login. @param failed the name as the provider has it, and why there is no account for it */
export async function recordFailedLogin(
  db: Database,
  {
    name,
    ...content
  }: { readonly name: string; readonly address: string; readonly provider: string; readonly reason: string },
  now: number,
): Promise<void> {
  await runBatch(db, {
    event: recordEvent({
      actor: '',
      type: 'FAIL',
      objectType: 'login',
      objectId: '',
      objectName: name,
      content,
      now,
    }),
  })
}
