/** When the journal is written: after a request that may have taken something away, and in each turn of the cron trigger. */
import type { MiddlewareHandler } from 'hono'
import type { Tick } from '../../capability.ts'
import { loggable } from '../../db/database.ts'
import type { AppEnv } from '../../routes/app-context.ts'
import { lazily } from '../../util/lazy.ts'

const loadJournal = lazily(() => import('./journal.ts'))

/** Where accounts, their tokens, their passwords, and keys that count as theirs are taken away. */
const revokingPaths = /^\/(?:api|enzi)\/v0\/(?:accounts|api_tokens|trust)(?:\/|$)/

/** Tells whether a request may take something away. */
export const mayRevoke = (method: string, path: string): boolean =>
  method !== 'GET' && method !== 'HEAD' && revokingPaths.test(path)

/** Writes the journal after the answer. What fails is left to the cron trigger. */
export function flushAfterRevocations(): MiddlewareHandler<AppEnv> {
  return async function flushAfterAnswer(c, next) {
    await next()
    if (!mayRevoke(c.req.method, c.req.path) || !c.res.ok) return
    const context = c.get('context')
    context.background(
      loadJournal()
        .then(async ({ flushRevocations }) => flushRevocations(context))
        .then(
          () => undefined,
          (error: unknown) => console.warn('the journal of revocations waits for the cron trigger:', loggable(error)),
        ),
    )
  }
}

const hourMilliseconds = 3_600_000
const minuteMilliseconds = 60_000

/** Writes the journal, and trims it once an hour, as that lists the bucket. */
export async function keepJournal(tick: Tick): Promise<void> {
  const { flushRevocations, trimRevocations } = await loadJournal()
  await flushRevocations(tick)
  if (tick.scheduledTime % hourMilliseconds < minuteMilliseconds) await trimRevocations(tick)
}
