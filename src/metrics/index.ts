/** Metrics: counts requests, and answers monitoring systems in their formats. */
import { defineCapability } from '../capability.ts'
import { countRequests } from './middleware.ts'
import { metricsRoutes, statusRoutes } from './routes.ts'

export const metrics = defineCapability({
  middlewares: [countRequests()],
  api: metricsRoutes,
  textPaths: ['/admin/metrics'],
  open: statusRoutes,
})
