/** The Worker's entry points. */
import { ensureFirstAdministrator } from './accounts/accounts.ts'
import { app } from './app.ts'
import { openDatabase } from './db/database.ts'
import type { Env } from './env.ts'
import { sweepAbandoned } from './gc/sweep.ts'

export default {
  fetch: app.fetch,

  /** Every minute; each task is one slice, and a failure is told to the platform's log. */
  async scheduled(_controller, env): Promise<void> {
    const db = openDatabase(env.DB)
    const now = Date.now()
    await ensureFirstAdministrator(db, env.BREAKWATER_ADMIN_PASSWORD, now)
    await sweepAbandoned({ bucket: env.BUCKET, db, now })
  },
} satisfies ExportedHandler<Env>
