/** Counts what is asked of the registry, on every request: no I/O before the answer, and nothing is kept but sums. */
import type { MiddlewareHandler } from 'hono'
import { counters } from './counters.ts'
import { reportInTime } from '../replicas/view-cache.ts'
import type { AppEnv } from '../routes/app-context.ts'

export function countRequests(): MiddlewareHandler<AppEnv> {
  return async function count(c, next) {
    const begunAt = Date.now()
    const begun = counters.begin(begunAt)
    c.set('takeCounters', () => counters.take(Date.now()))
    try {
      await next()
    } finally {
      counters.end(begun, Date.now())
    }
    counters.note({
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      hasPassword: /^basic /i.test(c.req.header('authorization') ?? ''),
      milliseconds: Date.now() - begunAt,
    })
    reportInTime(c.get('context'))
  }
}
