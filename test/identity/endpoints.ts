import type { CapabilityEndpoints } from '../support/capability-endpoints.ts'

const owners = '/enzi/v0/accounts/:orgname/adminMemberSyncConfig'
const team = '/enzi/v0/accounts/:orgname/teams/:teamname/memberSyncConfig'
const body = { enableSync: false }

export const capabilityEndpoints: CapabilityEndpoints = {
  endpoints: {
    [`GET ${owners}`]: { answers: [401, 404, 403] },
    [`PUT ${owners}`]: { answers: [401, 404, 403], body, isDecisive: true },
    [`GET ${team}`]: { answers: [401, 404, 403] },
    [`PUT ${team}`]: { answers: [401, 404, 403], body, isDecisive: true },
    'POST /enzi/v0/jobs': { answers: [401, 403, 403], body: { action: 'ldap-sync' }, isDecisive: true },
  },
}
