import type { CapabilityEndpoints } from '../support/capability-endpoints.ts'

export const capabilityEndpoints: CapabilityEndpoints = {
  endpoints: { 'GET /api/v0/admin/metrics': { answers: [401, 403, 403] } },
  open: ['GET /nginx_status'],
  middlewares: ['/* count'],
}
