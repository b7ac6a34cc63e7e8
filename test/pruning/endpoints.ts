import type { CapabilityEndpoints, EndpointFacts } from '../support/capability-endpoints.ts'

const policies = '/api/v0/repositories/:namespace/:reponame/pruningPolicies'
const id = 'f0e1d2c3b4a5'
const body = { rules: [{ field: 'tag', operator: 'sw', values: ['nightly-'] }] }
const answers: EndpointFacts['answers'] = [401, 404, 403]

export const capabilityEndpoints: CapabilityEndpoints = {
  endpoints: {
    [`GET ${policies}`]: { answers },
    [`POST ${policies}`]: { answers, body },
    [`POST ${policies}/test`]: { answers, body },
    [`GET ${policies}/:pruningpolicyid`]: { answers },
    [`PUT ${policies}/:pruningpolicyid`]: { answers, body },
    [`DELETE ${policies}/:pruningpolicyid`]: { answers },
  },
  names: { pruningpolicyid: [id, '5a4b3c2d1e0f'] },
  prepare: (db) => [
    db
      .prepare(
        `INSERT INTO pruning_policies (id, repository_id, enabled, rules, created_at, version, tags_since)
         SELECT ?, id, 1, ?, 1, 1, 0 FROM repositories`,
      )
      .bind(id, JSON.stringify(body.rules)),
  ],
}
