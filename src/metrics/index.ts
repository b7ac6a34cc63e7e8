/** Metrics: counts requests and events, and answers monitoring systems in their formats. */
import { defineCapability } from '../capability.ts'
import { eventCounter } from './event-counter.ts'
import { countRequests } from './middleware.ts'
import { metricsTables } from './tables.ts'

export const metrics = defineCapability({
  middlewares: [countRequests()],
  routes: () => import('./routes.ts'),
  textPaths: ['/admin/metrics'],
  tables: metricsTables,
  consumers: { metrics: eventCounter },
})
