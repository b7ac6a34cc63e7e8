import type { CapabilityEndpoints } from '../support/capability-endpoints.ts'
import { aPublishedCollection } from './support/collection.ts'
import { exported, importOf } from './support/exported.ts'
import { aSmallSigstore } from './support/keyless.ts'

const keys = '/enzi/v0/accounts/:accountNameOrID/publicKeys'
const identities = '/api/v0/trust/identities'
const roots = '/api/v0/trust/roots'
const ofRepository = '/api/v0/repositories/:namespace/:reponame/signaturePolicy'
const restatements = '/api/v0/repositories/:namespace/:reponame/restatements'
const ofNamespace = '/api/v0/repositoryNamespaces/:namespace/signaturePolicy'

/** ECDSA P-256, of which nothing knows the private half. */
const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhnVBWnD548yGVMFC+zBtW8B1XjQL
3ykdrknqywWY0BwMsSKnvexLckYi04PBjXchffxxEcwnukeW9sA4SghlLw==
-----END PUBLIC KEY-----
`
const identity = { account: 'root', issuer: 'https://issuer.example', subject: 'root@example.com' }
const policy = { mode: 'report', teams: ['acme/developers'] }
const oldGun = 'old.example.com/acme/app'
const old = await aPublishedCollection({ gun: oldGun, targets: { v1: 'a'.repeat(64) } })
const trustedRoot = { kind: 'sigstore', document: JSON.stringify((await aSmallSigstore()).root) }

export const capabilityEndpoints: CapabilityEndpoints = {
  endpoints: {
    [`GET ${ofRepository}`]: { answers: [401, 404, 403] },
    [`PUT ${ofRepository}`]: { answers: [401, 404, 403], body: policy },
    [`DELETE ${ofRepository}`]: { answers: [401, 404, 403] },
    [`GET ${ofNamespace}`]: { answers: [401, 404, 403] },
    [`PUT ${ofNamespace}`]: { answers: [401, 404, 403], body: policy },
    [`DELETE ${ofNamespace}`]: { answers: [401, 404, 403] },
    [`POST ${ofRepository}/replay`]: { answers: [401, 404, 403], body: {} },
    [`POST ${ofNamespace}/replay`]: { answers: [401, 404, 403], body: {} },
    'POST /api/v0/trust/replay': { answers: [401, 403, 403], body: {} },
    [`GET ${keys}`]: { answers: [401, 404, 404] },
    [`POST ${keys}`]: { answers: [401, 404, 404], body: { publicKey, label: 'laptop' }, isDecisive: true },
    [`GET ${keys}/:keyID`]: { answers: [401, 404, 404] },
    [`PATCH ${keys}/:keyID`]: { answers: [401, 404, 404], body: { label: 'laptop' } },
    [`DELETE ${keys}/:keyID`]: { answers: [401, 404, 404] },
    [`GET ${identities}`]: { answers: [401, 403, 403] },
    [`POST ${identities}`]: { answers: [401, 403, 403], body: identity, isDecisive: true },
    [`DELETE ${identities}/:identityID`]: { answers: [401, 403, 403] },
    [`GET ${roots}`]: { answers: [401, 403, 403] },
    [`GET ${roots}/:rootname`]: { answers: [401, 403, 403] },
    [`PUT ${roots}/:rootname`]: { answers: [401, 403, 403], body: trustedRoot, isDecisive: true },
    [`DELETE ${roots}/:rootname`]: { answers: [401, 403, 403] },
    [`GET ${restatements}`]: { answers: [401, 404, 403] },
    [`POST ${restatements}`]: { answers: [401, 404, 403] },
    'POST /api/v0/trust/restatements': { answers: [401, 403, 403] },
    'GET /api/v0/trust/registryKey': { answers: [401, 'shown', 'shown'] },
    'POST /api/v0/trust/registryKey': { answers: [401, 403, 403], isDecisive: true },
    'POST /api/v0/trust/imports': {
      answers: [401, 403, 403],
      body: importOf(oldGun, exported(old.server)),
    },
  },
  names: {
    keyID: ['a0b1c2d3e4f5', '5f4e3d2c1b0a'],
    identityID: ['b0b1c2d3e4f5', '5f4e3d2c1b0b'],
    rootname: ['public-good', 'publicgoods'],
  },
  prepare: (db) => [
    db.prepare(
      `INSERT INTO public_keys (id, account_id, fingerprint, public_key, label, created_at)
       SELECT 'a0b1c2d3e4f5', id, 'of no key', 'x', 'label', 1 FROM accounts WHERE name = 'root'`,
    ),
    db.prepare(
      `INSERT INTO trust_policies (id, repository_id, mode, updated_at) SELECT 'app', id, 'report', 1 FROM repositories`,
    ),
    db.prepare(
      `INSERT INTO trust_policies (id, namespace_id, mode, updated_at)
       SELECT 'acme', id, 'report', 1 FROM accounts WHERE name = 'acme'`,
    ),
    db.prepare(
      `INSERT INTO trust_policy_teams (policy_id, team_id, team_name)
       SELECT trust_policies.id, teams.id, 'acme/developers' FROM trust_policies, teams WHERE teams.name = 'developers'`,
    ),
    db.prepare(
      `INSERT INTO signer_identities (id, account_id, issuer, subject, created_at)
       SELECT 'b0b1c2d3e4f5', id, 'issuer', 'subject', 1 FROM accounts WHERE name = 'root'`,
    ),
    db.prepare(
      `INSERT INTO trust_roots (name, kind, document, created_at) VALUES ('public-good', 'sigstore', '{}', 1)`,
    ),
  ],
  open: ['GET /_notary_server/health', 'GET /trust/registry.pem', 'GET /trust/registry.crt'],
  distribution: [
    'DELETE /v2/:name{.+}/_trust/tuf',
    'GET /v2/:name{.+}/_trust/changefeed',
    'GET /v2/:name{.+}/_trust/tuf/:file{.+}',
    'GET /v2/_trust/changefeed',
    'POST /v2/:name{.+}/_trust/tuf',
    'POST /v2/:name{.+}/_trust/tuf/:file{.+}',
  ],
}
