/** Metrics: counts requests and events, and answers monitoring systems in their formats. */
import { defineCapability } from '../capability.ts'
import { eventCounter } from './event-counter.ts'
import { countRequests } from './middleware.ts'
import { metricsRoutes, statusRoutes } from './routes.ts'

export const metrics = defineCapability({
  middlewares: [countRequests()],
  api: metricsRoutes,
  textPaths: ['/admin/metrics'],
  open: statusRoutes,
  consumers: { metrics: eventCounter },
})
