import type { CapabilityEndpoints } from '../support/capability-endpoints.ts'

export const capabilityEndpoints: CapabilityEndpoints = {
  endpoints: { 'POST /api/v0/admin/fsck': { answers: [401, 403, 403], body: { content: true } } },
}
