import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { header, problemOf, send, type Send } from '../support/client.ts'
import { anImage, countRows, pushImage, putManifest } from '../support/content.ts'
import { events } from '../support/events.ts'
import { deletionsOver } from '../support/jobs.ts'
import { anOrganization, aPerson, asking, clientOf, type Ask, type Person } from '../support/people.ts'

const repository = 'acme/tools/app'
const at = '/api/v0/repositories/acme/tools%2Fapp/pruningPolicies'
const never = '0001-01-01T00:00:00Z'

interface Policy {
  id: string
  repository: string
  enabled: boolean
  rules: unknown[]
  lastPrunedAt: string
  tagsSince?: string
}

let owner: Person
let reader: Person
let writer: Person
let stranger: Person
let client: Send
const anonymous: Ask = asking(send)

beforeEach(async () => {
  owner = await aPerson('owner')
  reader = await aPerson('reader')
  writer = await aPerson('writer')
  stranger = await aPerson('stranger')
  await anOrganization('acme', { owners: ['owner'], teams: { readers: ['reader'], writers: ['writer'] } })
  await env.DB.prepare("UPDATE teams SET namespace_rank = CASE name WHEN 'readers' THEN 1 ELSE 2 END").run()
  client = await clientOf(repository)
  await pushImage(client, repository, 'nightly-1')
})

/** What a change has begun goes on after its answer. */
const jobsAreOver = () =>
  vi.waitFor(async () => expect(await countRows('jobs', 'ended_at IS NULL')).toBe(0), { timeout: 5000 })

afterEach(jobsAreOver)

const nightly = { rules: [{ field: 'tag', operator: 'sw', values: ['nightly-'] }] }

async function made(body: object = nightly, query = ''): Promise<Policy> {
  const response = await owner.ask('POST', `${at}${query}`, body)
  expect(response.status).toBe(201)
  return response.json<Policy>()
}

async function outcomeOf(response: Response): Promise<[number, string]> {
  return [response.status, (await problemOf(response)).code]
}

describe('a pruning policy', () => {
  it('is made, listed, looked at, changed and deleted', async () => {
    const first = await made()
    expect(first).toEqual({
      id: first.id,
      repository,
      enabled: true,
      ...nightly,
      lastPrunedAt: never,
      tagsSince: expect.stringMatching(/Z$/),
    })
    const second = await made({ ...nightly, enabled: false }, '?initialEvaluation=true')
    expect(second).toMatchObject({ enabled: false })
    expect(second).not.toHaveProperty('tagsSince')
    const list = await owner.ask('GET', at)
    expect([list.status, (await list.json<Policy[]>()).map(({ id }) => id).sort()]).toEqual([
      200,
      [first.id, second.id].sort(),
    ])
    const shown = await owner.ask('GET', `${at}/${first.id}`)
    expect([shown.status, await shown.json()]).toEqual([200, first])

    const rules = [{ field: 'updated_at_duration', operator: 'bf', values: ['720h'] }]
    const changed = await owner.ask('PUT', `${at}/${first.id}`, { ...first, rules })
    expect([changed.status, await changed.json()]).toEqual([200, { ...first, rules }])
    const off = await owner.ask('PUT', `${at}/${first.id}?initialEvaluation=true`, { enabled: false })
    const { tagsSince: _, ...forAll } = first
    expect([off.status, await off.json()]).toEqual([200, { ...forAll, rules, enabled: false }])

    expect((await owner.ask('DELETE', `${at}/${first.id}`)).status).toBe(204)
    expect(await outcomeOf(await owner.ask('DELETE', `${at}/${first.id}`))).toEqual([404, 'NO_SUCH_PRUNING_POLICY'])
    expect(await countRows('pruning_policies')).toBe(1)
  })

  it('leaves events, with what it was', async () => {
    const { id } = await made()
    await owner.ask('PUT', `${at}/${id}`, { enabled: false })
    await owner.ask('DELETE', `${at}/${id}`)
    await owner.ask('DELETE', `${at}/${id}`)
    const event = { actor: 'owner', objectType: 'policy', objectName: id, repository }
    const content = { kind: 'pruning', ...nightly }
    expect(await events("object_type = 'policy'")).toEqual([
      { ...event, type: 'CREATE', content: { ...content, enabled: true } },
      { ...event, type: 'UPDATE', content: { ...content, enabled: false } },
      { ...event, type: 'DELETE', content: { ...content, enabled: false } },
    ])
  })

  it('leaves events that only administrators of the repository are told', async () => {
    await made()
    const told = async ({ ask }: Person): Promise<string> =>
      (await ask('GET', '/api/v0/repositories/acme/tools%2Fapp/events?objectType=policy')).text()
    expect(await told(owner)).toContain('nightly-')
    expect(await told(writer)).not.toContain('nightly-')
  })

  it('that is long is told of by how many rules it has', async () => {
    const values = Array.from({ length: 100 }, (_, index) => 'x'.repeat(120) + String(index))
    await made({ rules: [{ field: 'tag', operator: 'oo', values }] })
    expect(await events("object_type = 'policy'")).toMatchObject([{ content: { rules: 1 } }])
  })

  it('is for those who may administer the repository', async () => {
    const { id } = await made()
    const endpoints: ReadonlyArray<readonly [string, string, unknown?]> = [
      ['GET', at],
      ['POST', at, nightly],
      ['POST', `${at}/test`, nightly],
      ['GET', `${at}/${id}`],
      ['PUT', `${at}/${id}`, nightly],
      ['DELETE', `${at}/${id}`],
    ]
    for (const [method, path, body] of endpoints) {
      expect(await outcomeOf(await anonymous(method, path, body))).toEqual([401, 'NOT_AUTHENTICATED'])
      expect(await outcomeOf(await stranger.ask(method, path, body))).toEqual([404, 'NO_SUCH_REPOSITORY'])
      for (const { ask } of [reader, writer]) {
        expect(await outcomeOf(await ask(method, path, body))).toEqual([403, 'NOT_AUTHORIZED'])
      }
    }
    expect(await countRows('pruning_policies')).toBe(1)
  })

  it('of another repository is not there', async () => {
    const { id } = await made()
    await pushImage(await clientOf('acme/other'), 'acme/other', 'latest')
    const other = `/api/v0/repositories/acme/other/pruningPolicies/${id}`
    for (const [method, body] of [['GET'], ['PUT', nightly], ['DELETE']] as const) {
      expect(await outcomeOf(await owner.ask(method, other, body))).toEqual([404, 'NO_SUCH_PRUNING_POLICY'])
    }
    expect((await owner.ask('GET', `${at}/${id}`)).status).toBe(200)
  })

  it('goes with its repository', async () => {
    await made()
    expect((await owner.ask('DELETE', '/api/v0/repositories/acme/tools%2Fapp')).status).toBe(204)
    await deletionsOver()
    expect(await countRows('pruning_policies')).toBe(0)
  })

  it('is refused with what is wrong with it', async () => {
    const refused = async (body: unknown, path = at): Promise<[string, string]> => {
      const response = await owner.ask('POST', path, body)
      expect(response.status).toBe(400)
      const { code, message } = await problemOf(response)
      return [code, message]
    }
    for (const path of [at, `${at}/test`]) {
      for (const [body, why] of [
        [{ rules: [] }, 'rules: a policy without rules would match every tag'],
        [{}, 'rules: '],
        [{ rules: [{ field: 'license.name', operator: 'oo', values: ['MIT'] }] }, 'does not scan images'],
        [
          { rules: [...nightly.rules, { field: 'tag', operator: 'is', values: ['x'] }] },
          'rules.1: "tag" has no such operator',
        ],
      ] as const) {
        expect(await refused(body, path)).toEqual(['INVALID_PRUNING_POLICY', expect.stringContaining(why)])
      }
    }
    const { id } = await made()
    expect(await outcomeOf(await owner.ask('PUT', `${at}/${id}`, { rules: [] }))).toEqual([
      400,
      'INVALID_PRUNING_POLICY',
    ])
    expect(await outcomeOf(await owner.ask('POST', `${at}?initialEvaluation=maybe`, nightly))).toEqual([
      400,
      'INVALID_PARAMETERS',
    ])
  })

  it('is one of 25 at most', async () => {
    for (let count = 0; count < 25; count++) await made()
    expect(await outcomeOf(await owner.ask('POST', at, nightly))).toEqual([409, 'TOO_MANY_PRUNING_POLICIES'])
    expect(await countRows('events', "object_type = 'policy'")).toBe(25)
    await pushImage(await clientOf('acme/other'), 'acme/other', 'latest')
    expect((await owner.ask('POST', '/api/v0/repositories/acme/other/pruningPolicies', nightly)).status).toBe(201)
  })
})

describe('a pruning policy that was made or changed', () => {
  const tags = () => countRows('tags', "name = 'nightly-1'")
  const jobs = () => countRows('jobs')

  it('is evaluated at once when it is for all tags', async () => {
    const { id } = await made(nightly, '?initialEvaluation=true')
    await jobsAreOver()
    expect([await jobs(), await tags()]).toEqual([1, 0])
    const shown = await owner.ask('GET', `${at}/${id}`)
    expect((await shown.json<Policy>()).lastPrunedAt).not.toBe(never)
    const job = await env.DB.prepare('SELECT action, parameters, status FROM jobs').first()
    expect(job).toEqual({ action: 'tag_pruning', parameters: JSON.stringify({ repository }), status: 'done' })
    const lines = await env.DB.prepare('SELECT group_concat(data) AS lines FROM job_logs').first<string>('lines')
    expect(lines).toContain('looked at 1 tag of acme/tools/app, deleted 1')
  })

  it('is not while it is for tags to come, or is switched off', async () => {
    const { id } = await made()
    await made({ ...nightly, enabled: false }, '?initialEvaluation=true')
    await owner.ask('PUT', `${at}/${id}?initialEvaluation=false`, nightly)
    await owner.ask('PUT', `${at}/${id}`, { enabled: false })
    expect([await jobs(), await tags()]).toEqual([0, 1])
    await owner.ask('PUT', `${at}/${id}?initialEvaluation=true`, { enabled: true })
    await jobsAreOver()
    expect([await jobs(), await tags()]).toEqual([1, 0])
  })

  it('makes no second job while one waits', async () => {
    await env.DB.prepare(
      `INSERT INTO jobs (id, status, action, scheduled_at, last_updated, retries_left, retries_total, capacity_map,
         parameters, deadline, stop_timeout, attempt, deaths, line_count)
       VALUES ('waiting', 'waiting', 'tag_pruning', 1, 1, 0, 0, '{}', ?, '', '', 0, 0, 0)`,
    )
      .bind(JSON.stringify({ repository }))
      .run()
    await made(nightly, '?initialEvaluation=true')
    await jobsAreOver()
    expect([await jobs(), await tags()]).toEqual([1, 0])
  })

  it('makes one job that waits, however many policies are changed at once while another one runs', async () => {
    await env.DB.prepare(
      `INSERT INTO jobs (id, status, action, scheduled_at, last_updated, retries_left, retries_total, capacity_map,
         parameters, deadline, stop_timeout, lease_until, attempt, deaths, line_count)
       VALUES ('running', 'running', 'tag_pruning', 1, 1, 0, 0, '{}', ?, '', '', ?, 1, 0, 0)`,
    )
      .bind(JSON.stringify({ repository }), Date.now() + 60_000)
      .run()
    await Promise.all(Array.from({ length: 10 }, () => made(nightly, '?initialEvaluation=true')))
    expect(await jobs()).toBe(2)
    expect(await countRows('jobs', "status = 'waiting'")).toBe(1)
    expect(await countRows('events', "object_type = 'job'")).toBe(1)
    await env.DB.prepare('DELETE FROM jobs').run()
  })
})

describe('the test of a pruning policy', () => {
  const test = async (body: object = nightly, query = ''): Promise<[names: string[], next: string]> => {
    const response = await owner.ask('POST', `${at}/test${query}`, body)
    expect(response.status).toBe(200)
    const found = await response.json<Array<{ name: string; digest: string }>>()
    return [found.map(({ name }) => name), header(response, 'x-next-page-start')]
  }

  it('says which tags it would delete, and deletes none', async () => {
    const { digest } = await pushImage(client, repository, 'nightly-2', 2)
    await pushImage(client, repository, 'v1', 3)
    const response = await owner.ask('POST', `${at}/test`, { ...nightly, enabled: true })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject([{ name: 'nightly-1' }, { name: 'nightly-2', digest }])
    expect([await countRows('tags'), await countRows('pruning_policies')]).toEqual([3, 0])
  })

  it('leaves out tags that no policy deletes', async () => {
    const { digest } = await pushImage(client, repository, 'nightly-2', 2)
    await pushImage(client, repository, `${digest.replace(':', '-')}.sig`, 3)
    expect(await test()).toEqual([['nightly-1'], ''])
    await env.DB.prepare('UPDATE repositories SET immutable_tags = 1').run()
    expect(await test()).toEqual([[], ''])
  })

  it('comes in pages, which may be short', async () => {
    const { digest, manifest } = await anImage(client, repository)
    await putManifest(client, repository, digest, manifest)
    const names = Array.from({ length: 1500 }, (_, index) => `t${String(index).padStart(4, '0')}`)
    await env.DB.prepare(
      `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
       SELECT repositories.id, value, ?, 'alice', 5 FROM repositories, json_each(?)`,
    )
      .bind(digest, JSON.stringify(names))
      .run()
    const some = { rules: [{ field: 'tag', operator: 'oo', values: ['t0001', 't0002', 't0003', 't1400'] }] }
    expect(await test(some, '?pageSize=2')).toEqual([['t0001', 't0002'], 't0003'])
    expect(await test(some, '?pageSize=2&pageStart=t0003')).toEqual([['t0003'], 't1003'])
    expect(await test(some, '?pageSize=2&pageStart=t1003')).toEqual([['t1400'], ''])
  })
})
