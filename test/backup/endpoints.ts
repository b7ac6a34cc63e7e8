import type { CapabilityEndpoints } from '../support/capability-endpoints.ts'

export const capabilityEndpoints: CapabilityEndpoints = {
  endpoints: {
    'GET /api/v0/backups': { answers: [401, 403, 403] },
    'POST /api/v0/backups': { answers: [401, 403, 403], isDecisive: true },
    'POST /api/v0/backups/prune': { answers: [401, 403, 403], body: {}, isDecisive: true },
  },
}
