/** Workloads at the floor of authorization: what rules open for them, and what their tokens open. */
import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { identifyClient, identifyUser } from '../../src/auth/authentication.ts'
import { keysFor } from '../../src/auth/keys.ts'
import { requireAccess, requireCatalog, requireIdentity } from '../../src/auth/registry-access.ts'
import { issueToken, secondsOfToken, tokenSeconds, verifyToken } from '../../src/auth/registry-token.ts'
import {
  admitWorkload,
  grantToWorkload,
  type WorkloadAccess,
  type WorkloadLogin,
} from '../../src/auth/workload-login.ts'
import { runBatchBy } from '../../src/db/access/rights.ts'
import { findStandings, type RepositoryStanding } from '../../src/db/access/standings.ts'
import { openDatabase } from '../../src/db/database.ts'
import { isAccountName, isWorkloadName, namespaceOf, parseRepositoryName, workloadNameOf } from '../../src/names.ts'
import { withSql } from '../support/bounds.ts'
import { testContext } from '../support/context.ts'
import { anOrganization, aRepository } from '../support/people.ts'

const db = openDatabase(env.DB)
const workload = { id: 'the id of the rule', name: workloadNameOf('deploy') }
const reader = { id: 'the id of another rule', name: workloadNameOf('read') }
const app = parseRepositoryName('acme/app')
const other = parseRepositoryName('acme/other')
const open = parseRepositoryName('acme/open')
const foreign = parseRepositoryName('umbrella/app')

let standings: readonly RepositoryStanding[]
let namespaceId: string

beforeEach(async () => {
  await anOrganization('acme', { owners: [] })
  await anOrganization('umbrella', { owners: [] })
  for (const name of ['acme/app', 'acme/other', 'umbrella/app']) await aRepository(name)
  await aRepository('acme/open', { visibility: 'public' })
  standings = await findStandings(db, undefined, [app, other, open, foreign, parseRepositoryName('acme/missing')])
  namespaceId = standings[0]?.namespaceId ?? ''
})

const access = (fields: Partial<WorkloadAccess> = {}): WorkloadAccess => ({
  workload,
  namespace: namespaceOf(app),
  namespaceId,
  repository: app,
  level: 'read-write',
  ...fields,
})

/** What the access opens: the actions on each repository, for a client that asks for all of them. */
function opened(...given: WorkloadAccess[]): Record<string, string> {
  const wanted = standings.map(({ name }) => ({ type: 'repository', name, actions: ['*'] }))
  const catalog = { type: 'registry', name: 'catalog', actions: ['*'] }
  const granted = grantToWorkload({ workload, access: given }, [...wanted, catalog], standings)
  return Object.fromEntries(granted.map(({ name, actions }) => [name, actions.join(',')]))
}

describe('a rule opens', () => {
  it('the repository that it names, and what is public', () => {
    expect(opened(access())).toEqual({ 'acme/app': 'pull,push,delete', 'acme/open': 'pull' })
  })

  it('pulls alone, if it is read-only', () => {
    expect(opened(access({ level: 'read-only' }))).toEqual({ 'acme/app': 'pull', 'acme/open': 'pull' })
  })

  it('all repositories of its namespace, and none of another or that is missing', () => {
    expect(opened(access({ repository: undefined, level: 'read-only' }))).toEqual({
      'acme/app': 'pull',
      'acme/other': 'pull',
      'acme/open': 'pull',
    })
  })

  it('nothing of a namespace that another account has taken', () => {
    expect(opened(access({ namespaceId: 'a former owner' }))).toEqual({ 'acme/open': 'pull' })
  })

  it('the highest that rules give together', () => {
    expect(opened(access({ repository: undefined, level: 'read-only', workload: reader }), access())).toEqual({
      'acme/app': 'pull,push,delete',
      'acme/other': 'pull',
      'acme/open': 'pull',
    })
  })

  it('a push together with pulls, on the repository by its id, and never a new one', () => {
    const wanted = [{ type: 'repository', name: 'acme/app', actions: ['push'] }]
    const [granted] = grantToWorkload({ workload, access: [access()] }, wanted, standings)
    expect(granted).toMatchObject({ actions: ['pull', 'push'], creates: false, workload, readsUnsigned: true })
    expect(granted?.ground).toHaveProperty('repositoryId')
  })
})

const isThere = sql`EXISTS (SELECT 1 FROM settings WHERE name = 'the rule')`
const workloads: WorkloadLogin = {
  holderOf: ({ id, name }) => ({ id, name, isLetIn: isThere }),
  admit: async (_context, { token }) =>
    token === 'right' ? { workload, access: [access()], until: Infinity } : { kind: 'unmatched' },
}

async function tokenOf(until?: number): Promise<string> {
  const context = testContext()
  const wanted = [{ type: 'repository', name: 'acme/app', actions: ['pull', 'push'] }]
  const granted = grantToWorkload({ workload, access: [access()] }, wanted, standings)
  const keys = await keysFor(context.secrets, 'token')
  return issueToken(keys, 'host', { account: undefined, workload, access: granted }, context.now, until)
}

const caller = async (known: WorkloadLogin | undefined = workloads) =>
  identifyClient(testContext(), 'host', `Bearer ${await tokenOf()}`, known)

describe('the token of a workload', () => {
  it('opens its repository and no other, nor the list of repositories', async () => {
    const workloadCaller = await caller()
    requireIdentity(workloadCaller)
    const { right } = await requireAccess(db, workloadCaller, 'push', app)
    expect(right.holder).toMatchObject(workload)
    await expect(requireAccess(db, workloadCaller, 'delete', app)).rejects.toThrow(/ci:deploy may not/)
    await expect(requireAccess(db, workloadCaller, 'pull', other)).rejects.toThrow(/ci:deploy may not/)
    expect(() => requireCatalog(workloadCaller)).toThrow(/ci:deploy may not/)
  })

  it('changes nothing once its rule is gone', async () => {
    const { right } = await requireAccess(db, await caller(), 'push', app)
    const change = async () => runBatchBy(db, right, { one: sql<{ one: number }>`SELECT 1 AS one` })
    await expect(change()).rejects.toThrow(/your access to acme\/app has ended/)
    await withSql("INSERT INTO settings (name, value) VALUES ('the rule', '1')")
    expect((await change()).one.first).toEqual({ one: 1 })
    await withSql("DELETE FROM settings WHERE name = 'the rule'")
    await expect(change()).rejects.toThrow(/your access to acme\/app has ended/)
  })

  it('is dead where no capability knows workloads', async () => {
    const deadCaller = await identifyClient(testContext(), 'host', `Bearer ${await tokenOf()}`)
    expect(deadCaller).toEqual({ kind: 'dead-token', reason: 'unverified' })
  })

  it('ends no later than what the workload showed', async () => {
    const { secrets, now } = testContext()
    expect(secondsOfToken(now)).toBe(tokenSeconds)
    expect(secondsOfToken(now, now + 20_999)).toBe(20)
    expect(secondsOfToken(now, now - 1)).toBe(0)
    const token = await tokenOf(now + 20_000)
    const verify = async (at: number) => verifyToken(await keysFor(secrets, 'token'), 'host', token, at)
    await expect(verify(now + 18_000)).resolves.toMatchObject({ workload, account: undefined })
    await expect(verify(now + 30_000)).rejects.toMatchObject({ reason: 'expired' })
  })

  it('is no login to anything else', async () => {
    const basic = `Basic ${btoa('_oidc:right')}`
    await expect(identifyClient(testContext(), 'host', basic, workloads)).rejects.toThrow(/exchange it/)
    await expect(identifyUser(testContext(), basic)).rejects.toThrow(/exchange it/)
    await expect(identifyUser(testContext(), `Bearer ${await tokenOf()}`)).rejects.toThrow(/session has ended/)
  })
})

describe('a token that opens nothing', () => {
  const admit = (token: string, known: WorkloadLogin | undefined = workloads) =>
    admitWorkload(known, testContext(), { token, as: 'password' })

  it('is refused with the reason, and counted', async () => {
    await expect(admit('wrong')).rejects.toThrow(/no rule lets in a workload with its claims/)
    const events = await env.DB.prepare("SELECT content FROM events WHERE type = 'FAIL'").all<{ content: string }>()
    expect(events.results.map(({ content }) => content)).toEqual([expect.stringContaining('"workload":"unmatched"')])
  })

  it('makes its sender wait after fifty', async () => {
    for (let at = 0; at < 50; at++) await expect(admit('wrong')).rejects.toThrow(/opens nothing/)
    await expect(admit('wrong')).rejects.toThrow(/too many failed logins/)
    await expect(admit('right')).resolves.toMatchObject({ workload })
  })

  it('is any where no capability knows workloads', async () => {
    const refused = admitWorkload(undefined, testContext(), { token: 'right', as: 'exchange' })
    await expect(refused).rejects.toThrow(/no rule of this registry knows/)
  })
})

it('no name of a workload is that of an account', () => {
  expect(isWorkloadName('ci:deploy')).toBe(true)
  expect(isAccountName('ci:deploy')).toBe(false)
  expect(['deploy', 'ci:', 'ci:a b', 'ci:-', `ci:${'a'.repeat(61)}`].some(isWorkloadName)).toBe(false)
})
