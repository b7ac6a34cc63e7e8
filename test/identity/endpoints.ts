import type { CapabilityEndpoints } from '../support/capability-endpoints.ts'
import { workloadEndpoints } from './workloads/endpoints.ts'

const owners = '/enzi/v0/accounts/:orgname/adminMemberSyncConfig'
const team = '/enzi/v0/accounts/:orgname/teams/:teamname/memberSyncConfig'
const body = { enableSync: false }

const ldap = '/enzi/v0/config/auth/ldap'
const oidc = '/enzi/v0/config/auth/oidc'
const saml = '/enzi/v0/config/auth/saml'
const groupLink = '/enzi/v0/accounts/:orgname/teams/:teamname/groupLinkConfig'
const identities = '/enzi/v0/accounts/:accountNameOrID/identities'

const settings = { issuer: 'https://login.example.com', clientID: 'breakwater' }
/** A server that nothing answers at. */
const directory = {
  serverURL: 'ldap://127.0.0.1:1',
  readerDN: 'cn=reader,dc=acme,dc=test',
  readerPassword: 'password of the reader',
  userSearchConfigs: [{ baseDN: 'ou=people,dc=acme,dc=test', scopeSubtree: true, usernameAttr: 'uid' }],
}
const code = { code: 'a'.repeat(43), verifier: 'b'.repeat(43) }

const openEndpoints = [
  'GET /enzi/v0/sso',
  'POST /enzi/v0/sso/device',
  'POST /enzi/v0/sso/token',
  'GET /enzi/v0/saml/metadata',
  'GET /enzi/v0/saml/login',
  'POST /enzi/v0/saml/acs',
  'GET /auth/oidc/login',
  'GET /auth/oidc/callback',
  'GET /auth/sso/device',
  'POST /auth/sso/device',
  'POST /auth/sso/approve',
  'POST /auth/oidc/backchannel-logout',
]

export const capabilityEndpoints: CapabilityEndpoints = {
  endpoints: {
    [`GET ${ldap}`]: { answers: [401, 403, 403] },
    [`PUT ${ldap}`]: { answers: [401, 403, 403], body: directory, isDecisive: true },
    [`POST ${ldap}/test`]: {
      answers: [401, 403, 403],
      body: { username: 'anna', password: 'password of anna', settings: directory },
      isDecisive: true,
    },
    [`PUT ${identities}/ldap`]: { answers: [401, 403, 403], body: { username: 'anna' }, isDecisive: true },
    [`GET ${owners}`]: { answers: [401, 404, 403] },
    [`PUT ${owners}`]: { answers: [401, 404, 403], body, isDecisive: true },
    [`GET ${team}`]: { answers: [401, 404, 403] },
    [`PUT ${team}`]: { answers: [401, 404, 403], body, isDecisive: true },
    'POST /enzi/v0/jobs': { answers: [401, 403, 403], body: { action: 'ldap-sync' }, isDecisive: true },
    [`GET ${oidc}`]: { answers: [401, 403, 403] },
    [`PUT ${oidc}`]: { answers: [401, 403, 403], body: settings, isDecisive: true },
    [`POST ${oidc}/test`]: { answers: [401, 403, 403], body: settings, isDecisive: true },
    [`GET ${saml}`]: { answers: [401, 403, 403] },
    [`PUT ${saml}`]: { answers: [401, 403, 403], body: {}, isDecisive: true },
    [`POST ${saml}/test`]: {
      answers: [401, 403, 403],
      body: { idpMetadataURL: 'https://login.example.com/metadata' },
      isDecisive: true,
    },
    [`GET ${groupLink}`]: { answers: [401, 404, 403] },
    [`PUT ${groupLink}`]: {
      answers: [401, 404, 403],
      body: { enableLink: true, groupName: 'engineers' },
      isDecisive: true,
    },
    [`GET ${identities}`]: { answers: [401, 404, 404] },
    [`POST ${identities}`]: { answers: [401, 404, 404], body: code, isDecisive: true },
    [`DELETE ${identities}`]: { answers: [401, 404, 404], isDecisive: true },
    ...workloadEndpoints.endpoints,
  },
  names: { ...workloadEndpoints.names },
  prepare: (db) => workloadEndpoints.prepare(db),
  // What a provider has to answer first, or a login that is under way: `statement-plans.test.ts` has their statements.
  withoutTables: [
    `PUT ${identities}/ldap`,
    `POST ${oidc}/test`,
    `POST ${saml}/test`,
    `POST ${identities}`,
    `DELETE ${identities}`,
    ...openEndpoints,
  ],
  open: openEndpoints,
  foreignForms: ['POST /enzi/v0/saml/acs'],
}
