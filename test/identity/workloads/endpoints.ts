import type { CapabilityEndpoints, EndpointFacts } from '../../support/capability-endpoints.ts'

const rules = '/api/v0/workloadRules'
const name = 'a-rule'
const administrators: EndpointFacts['answers'] = [401, 403, 403]
const body = {
  issuer: 'https://ci.example.com',
  condition: 'claims.project_id == "7"',
  repositories: ['acme/app'],
  level: 'read-only',
}

export const workloadEndpoints = {
  endpoints: {
    [`GET ${rules}`]: { answers: administrators },
    [`GET ${rules}/:rulename`]: { answers: administrators },
    [`PUT ${rules}/:rulename`]: { answers: administrators, body, isDecisive: true },
    [`DELETE ${rules}/:rulename`]: { answers: administrators, isDecisive: true },
    [`POST ${rules}/test`]: { answers: administrators, body: { token: 'no token' } },
  },
  names: { rulename: [name, 'b-rule'] },
  prepare: (db: D1Database) => [
    db
      .prepare(
        `INSERT INTO workload_rules
           (id, name, issuer, audience, condition, repositories, level, enabled, any_network, updated_at)
         SELECT 'id', ?, ?, 'audience', ?, '[]', ?, 1, 0, 1`,
      )
      .bind(name, body.issuer, body.condition, body.level),
  ],
} satisfies CapabilityEndpoints
