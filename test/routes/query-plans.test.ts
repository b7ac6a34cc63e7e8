/**
 * How D1 finds the rows of each statement that a request sends: by an index, never by a scan of a table that grows. The
 * requests are those of every endpoint of the app, so a new endpoint fails here until it is among them.
 */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { forgetHealth } from '../../src/replicas/health-check.ts'
import { forgetClusterView } from '../../src/replicas/view-cache.ts'
import { distributionOfCapabilities, withoutTablesOfCapabilities } from '../support/capability-endpoints.ts'
import { header, send, tokenFor, type Send } from '../support/client.ts'
import { contentOf, digestOf, json, pushImage, type Image } from '../support/content.ts'
import { endpointOf, operations } from '../support/endpoints.ts'
import { explainRequests } from '../support/explaining-requests.ts'
import type { Plans } from '../support/explaining.ts'
import { aMember, anAccount, anOrganization, aTeam, aTeamMember, clientOf } from '../support/people.ts'
import { dropCluster, ownCluster, withCluster } from '../support/replicas.ts'
import { findingsIn } from '../support/statement-comments.ts'
import { works } from '../support/statement-works.ts'
import { unnamedWays, unusedWays, withoutPlan } from '../support/statements.ts'
import { bodyOf, existing, targetOf, whatRequestsName } from '../support/valid-requests.ts'

/**
 * Tables that stay small: one row, or as many as a deployment has settings, replicas, schedules, consumers, rules, types of events
 * and keys of its own.
 */
const small = new Set([
  'cluster',
  'crons',
  'event_consumers',
  'event_counts',
  'gc_fence',
  'registry_keys',
  'replica_heartbeats',
  'settings',
  'sqlite_sequence',
  'trust_roots',
  'workload_rules',
  'write_gate',
])

/**
 * Partial indexes of what there are few of: administrators, jobs to do, repositories that a job is deleting, collections in
 * which the registry cannot sign.
 */
const smallIndexes = new Set(['accounts_admins', 'jobs_unfinished', 'repositories_deleted', 'trust_delegates_stuck'])

/** Pages of a whole table: its index is read in order until the page is full. And what is to be done for all, on demand. */
const pages = [
  /^SCAN (?:measured|read)(?: USING (?:COVERING )?INDEX \w+)?: .* ORDER BY .* LIMIT \?$/s,
  /^SCAN d1_migrations: .* ORDER BY id (?:DESC )?LIMIT 1$/s,
  /^SCAN bridged_repositories: UPDATE bridged_repositories SET due_at = 0, .* WHERE true$/s,
  /^SCAN events: .* FROM events WHERE true ORDER BY id DESC LIMIT /s,
  /^SCAN sqlite_schema: SELECT type, name, /s,
  /^SCAN revocations: .* ORDER BY id LIMIT \?$/s,
  /^SCAN jobs USING (COVERING )?INDEX jobs_by_time: .* ORDER BY scheduled_at DESC, id DESC LIMIT /s,
]

/** Whether a step reads no table but what the query itself has: values of the request, rows that another step found. */
function isOfTheQuery(name: string, statement: string): boolean {
  const isExpression = new RegExp(String.raw`\b${name}\b(\s*\([^)]*\))?\s+AS\s+((NOT\s+)?MATERIALIZED\s+)?\(`, 'i')
  const isSubquery = new RegExp(String.raw`\)\s*AS\s+${name}\b`, 'i')
  if (name === 'CONSTANT' || name.startsWith('(')) return true
  if (isExpression.test(statement) || isSubquery.test(statement)) return true
  const [, aliased] = new RegExp(String.raw`\bFROM\s+(\w+)\s+AS\s+${name}\b`, 'i').exec(statement) ?? []
  return aliased !== undefined && aliased !== name && isOfTheQuery(aliased, statement)
}

/** @returns the steps that read a whole table or a whole index */
function scansOf(plans: Plans): string[] {
  return [...plans].flatMap(([statement, steps]) =>
    steps
      .filter((step) => {
        // For an index that SQLite makes for the one statement it reads the whole table first.
        const [, name] = /^(?:SCAN|SEARCH(?= .* AUTOMATIC )) (\S+)/.exec(step) ?? []
        if (name === undefined || step.includes('VIRTUAL TABLE')) return false
        const [, index = ''] = /INDEX (\S+)$/.exec(step) ?? []
        return !small.has(name) && !smallIndexes.has(index) && !isOfTheQuery(name, statement)
      })
      .map((step) => `${step}: ${statement}`)
      .filter((scan) => !pages.some((page) => page.test(scan))),
  )
}

/** Of these a repository may have a hundred thousand. */
const allOfRepository =
  /^SEARCH (tags|manifests|manifest_blobs|manifest_children|repository_blobs|pins) USING .*\(repository_id=\?\)/

/**
 * SQLite looks whether a new repository has anything already, a deleted one is taken apart in bounded pieces, and a publication
 * of trust data compares its pins as it compares its targets, of which there are as many.
 */
const takesFew = /^\s*INSERT INTO repositories\b|\bINDEXED BY repositories_deleted\b|^\s*DELETE FROM pins\b/

/** @returns the steps that read all that a repository has of something, also in the order of an index */
const walksOf = (plans: Plans): string[] =>
  [...plans].flatMap(([statement, steps]) =>
    takesFew.test(statement)
      ? []
      : steps.filter((step) => allOfRepository.test(step)).map((step) => `${step}: ${statement}`),
  )

const costlyIn = (plans: Plans): string[] => [...scansOf(plans), ...walksOf(plans)]

/** Of all requests so far. */
const seen = new Map<string, readonly string[]>()

/** Expects that indexes find the rows, and those that the comments of the statements name. */
async function expectServed(plans: Plans): Promise<void> {
  for (const [statement, steps] of plans) seen.set(statement, steps)
  expect(costlyIn(plans)).toEqual([])
  const { findings, schema } = await findingsIn('src/')
  expect(unnamedWays(findings, schema, plans)).toEqual([])
}

const root = { username: 'root', password: 'password of root' }
const basic = { authorization: `Basic ${btoa(`${root.username}:${root.password}`)}` }

let image: Image
let layerDigest: string
let authorization: string
let registryToken: string

const explain = (ask: (client: Send) => Promise<unknown>): Promise<Plans> => explainRequests(authorization, ask)

beforeEach(async () => {
  await anAccount(root.username, root.password, true)
  const reader = { name: 'reader' }
  await anAccount('reader', 'password of reader')
  const acme = await anOrganization('acme')
  const team = await aTeam(acme, 'developers')
  await aMember(acme, reader)
  await aTeamMember(team, reader)
  image = await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
  layerDigest = image.layers[0]?.digest ?? ''
  await whatRequestsName()
  authorization = ''
  const login = async (client: Send): Promise<void> => {
    const response = await client('POST', '/auth/login', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(root),
    })
    const { auth_token: token } = await response.json<{ auth_token: string }>()
    authorization = `Bearer ${token}`
  }
  await expectServed(await explain(login))
  const access = [{ type: 'repository', name: 'acme/app', actions: ['pull', 'push', 'delete'] }]
  registryToken = `Bearer ${await tokenFor('root', access)}`
})

const uploads = '/v2/acme/app/blobs/uploads/'
const start = async (client: Send): Promise<string> => header(await client('POST', uploads), 'location')
const chunk = contentOf(1000, 7)

/** What each endpoint of the distribution API is asked, and the token endpoint. */
const distribution: Record<string, (client: Send) => Promise<unknown>> = {
  'DELETE /v2/:name{.+}/blobs/:digest': async (client) => {
    const digest = await digestOf(chunk)
    await client('POST', `${uploads}?digest=${digest}`, { body: chunk })
    return client('DELETE', `/v2/acme/app/blobs/${digest}`)
  },
  'DELETE /v2/:name{.+}/blobs/uploads/:id': async (client) => client('DELETE', await start(client)),
  'DELETE /v2/:name{.+}/manifests/:reference': async (client) => {
    await client('DELETE', '/v2/acme/app/manifests/latest')
    await client('DELETE', `/v2/acme/app/manifests/${await digestOf(image.manifest)}`)
  },
  'GET /v2/:name{.+}/blobs/:digest': async (client) => {
    for (const method of ['HEAD', 'GET']) await client(method, `/v2/acme/app/blobs/${layerDigest}`)
  },
  'GET /v2/:name{.+}/blobs/uploads/:id': async (client) => {
    const location = await start(client)
    await client('PATCH', location, { body: new Response(chunk).body })
    await client('GET', location)
  },
  'GET /v2/:name{.+}/manifests/:reference': async (client) => {
    for (const reference of ['latest', await digestOf(image.manifest)]) {
      for (const method of ['HEAD', 'GET']) await client(method, `/v2/acme/app/manifests/${reference}`)
    }
  },
  'GET /v2/:name{.+}/referrers/:digest': async (client) => {
    const path = `/v2/acme/app/referrers/${await digestOf(image.manifest)}`
    for (const query of ['', '?artifactType=text/x&n=1']) await client('GET', `${path}${query}`)
  },
  'GET /v2/:name{.+}/tags/list': async (client) => {
    for (const query of ['', '?n=10&last=a']) await client('GET', `/v2/acme/app/tags/list${query}`)
  },
  'GET /v2/_catalog': async (client) => {
    const headers = { authorization: basic.authorization }
    for (const query of ['', '?n=10&last=a']) await client('GET', `/v2/_catalog${query}`, { headers })
  },
  'PATCH /v2/:name{.+}/blobs/uploads/:id': async (client) => {
    const location = await start(client)
    for (let turn = 0; turn < 2; turn++) await client('PATCH', location, { body: new Response(chunk).body })
  },
  'POST /v2/:name{.+}/blobs/uploads': async (client) => {
    for (const query of ['', `?mount=${layerDigest}&from=acme/app`, `?mount=${layerDigest}`]) {
      await client('POST', `${uploads}${query}`)
      await client('POST', `${uploads}${query}`, { headers: basic })
    }
  },
  'PUT /v2/:name{.+}/blobs/uploads/:id': async (client) => {
    const location = await start(client)
    for (let at = 0; at < 10; at++) await client('PATCH', location, { body: chunk.slice(at, at + 1) })
    const closing = `${location}?digest=${await digestOf(chunk.slice(0, 10))}`
    for (let turn = 0; turn < 2; turn++) await client('PUT', closing)
  },
  'PUT /v2/:name{.+}/manifests/:reference': async (client) => {
    const { manifest } = image
    await client('PUT', '/v2/acme/app/manifests/other', { body: manifest })
    const document = JSON.parse(new TextDecoder().decode(manifest)) as { mediaType: string }
    const subject = { mediaType: document.mediaType, digest: await digestOf(manifest), size: manifest.length }
    await client('PUT', '/v2/acme/app/manifests/signed', { body: json({ ...document, subject }) })
    const large = json({ ...document, annotations: { large: 'x'.repeat(200_000) } })
    await client('PUT', '/v2/acme/app/manifests/large', { body: large })
    await client('GET', '/v2/acme/app/manifests/large')
  },
  'GET /auth/token': (client) =>
    client('GET', '/auth/token?service=registry.test&scope=repository:acme/app:pull,push', { headers: basic }),
  'POST /auth/token': (client) => {
    const form = { grant_type: 'password', ...root, scope: 'repository:acme/app:pull', service: 'x', client_id: 'x' }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return client('POST', '/auth/token', { headers, body: new URLSearchParams(form).toString() })
  },
}

/** Endpoints whose answers ask D1 nothing of their own, and the logins, which each test begins with. */
const asksNothing = new Set([
  'GET /apidocs',
  'GET /apidocs/start.js',
  'GET /apidocs/swagger-ui-bundle.js',
  'GET /apidocs/swagger-ui.css',
  'GET /api/v0/openapi.json',
  'GET /v1/_ping',
  'GET /v2',
  'POST /auth/login',
  'POST /enzi/v0/auth/login',
])

interface Preparation {
  /** In place of the names that requests have. */
  readonly names?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly prepare?: () => Promise<unknown>
}

/** What some endpoints need so that the request succeeds. */
const preparations: Record<string, Preparation> = {
  'GET /health': { prepare: healthyCluster },
  'GET /_ping': { prepare: healthyCluster },
  'DELETE /api/v0/jobs/:jobID': {
    prepare: () => env.DB.prepare(`UPDATE jobs SET status = 'done', ended_at = 1`).run(),
  },
  'DELETE /enzi/v0/accounts/:accountNameOrID': { prepare: () => anAccount('other', 'password of other', true) },
  'POST /api/v0/admin/replicas/:id/emergency_repair': { body: { force: true } },
  'GET /api/v0/repositoryNamespaces/:namespace/teamAccess/:teamname': {
    prepare: () => env.DB.prepare('UPDATE teams SET namespace_rank = 1').run(),
  },
  'POST /enzi/v0/accounts/:username/changePassword': { names: { username: 'reader' } },
}

/** Replicas that were made for an earlier test may not have looked around yet. */
async function healthyCluster(): Promise<void> {
  const statusNow = async (): Promise<number> => {
    forgetHealth(env.REPLICAS)
    forgetClusterView(env.REPLICAS)
    return (await send('GET', '/health')).status
  }
  await expect.poll(statusNow, { timeout: 60_000, interval: 500 }).toBe(200)
}

const changesReplicas = (operation: string): boolean => /^(POST|DELETE) .*\/replicas/.test(operation)

it.each([
  ['a scan of a table', 'SCAN tags'],
  ['an index that is made for one statement', 'SEARCH tags USING AUTOMATIC COVERING INDEX (digest=?)'],
  ['all tags of a repository', 'SEARCH tags USING INDEX tags_by_age (repository_id=?)'],
])('%s is noticed', (_, step) => {
  expect(costlyIn(new Map([['SELECT 1 FROM tags', [step]]]))).toHaveLength(1)
})

describe('no scan of a table that grows, and no walk through all that a repository has,', () => {
  const known = (operation: string): boolean =>
    !asksNothing.has(operation) &&
    !distributionOfCapabilities.has(operation) &&
    !withoutTablesOfCapabilities.has(operation)
  for (const operation of operations.filter(known)) {
    it(`is needed for ${operation}`, async () => {
      const ask = distribution[operation]
      if (ask !== undefined) {
        authorization = registryToken
        await expectServed(await explain(ask))
        return
      }
      if (changesReplicas(operation)) {
        const [first = ''] = await ownCluster(3)
        existing['id'] = first
        onTestFinished(async () => {
          await dropCluster()
          await withCluster()
        })
      }
      const { names = {}, body: special, prepare } = preparations[operation] ?? {}
      await prepare?.()
      const { method } = endpointOf(operation)
      const target = targetOf(operation, { ...existing, ...names })
      const body = special === undefined ? (bodyOf(operation) ?? null) : JSON.stringify(special)
      const headers: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' }
      const plans = await explain((client) => client(method, target, { headers, body }))
      await expectServed(plans)
    })
  }
})

it('each statement of the core has a plan, and each index that its comment names is in the plan', async () => {
  const { findings, schema } = await findingsIn('src/db/')
  const sentByRequests = findings.filter(({ place }) => works[place] === undefined)
  expect(withoutPlan(sentByRequests, seen)).toEqual([])
  expect(unusedWays(sentByRequests, schema, seen)).toEqual([])
})
