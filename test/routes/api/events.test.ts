import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AccountRecord } from '../../../src/db/accounts/accounts.ts'
import { header, problemOf, send, withPassword, type Send } from '../../support/client.ts'
import { anAccount } from '../../support/people.ts'

interface ShownEvent {
  id: string
  publishedAt: string
  actor: string
  actorName: string
  actorType: string
  type: string
  object: { id: string; type: string; name: string; content?: string }
  repository: string
}

const alice = withPassword('alice', 'password of alice')
const bob = withPassword('bob', 'password of bob')
const root = withPassword('root', 'password of root')

const hour = 3600 * 1000
const start = Date.UTC(2026, 0, 1)

let aliceAccount: AccountRecord

/** Two repositories of alice, one public, with their events, the first of them an hour after the start. */
beforeEach(async () => {
  aliceAccount = await anAccount('alice', 'password of alice')
  await anAccount('bob', 'password of bob')
  const repository = env.DB.prepare(
    "INSERT INTO repositories (name, namespace, visibility, created_at) VALUES (?, 'alice', ?, 1)",
  )
  const event = env.DB.prepare(
    `INSERT INTO events (published_at, actor_id, actor, type, object_type, object_id, object_name, repository, content)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const { id } = aliceAccount
  await env.DB.batch([
    env.DB.prepare('DELETE FROM events'),
    repository.bind('alice/open', 'public'),
    repository.bind('alice/closed', 'private'),
    event.bind(start + hour, id, 'alice', 'CREATE', 'repository', '1', 'alice/open', 'alice/open', null),
    event.bind(start + 2 * hour, id, 'alice', 'CREATE', 'tag', 'sha256:a', 'latest', 'alice/open', null),
    event.bind(start + 3 * hour, null, '', 'GET', 'tag', 'sha256:a', 'latest', 'alice/open', '{"count":3}'),
    event.bind(start + 4 * hour, id, 'alice', 'UPDATE', 'access', '2', 'developers', 'alice/open', null),
    event.bind(start + 5 * hour, id, 'alice', 'CREATE', 'tag', 'sha256:b', 'latest', 'alice/closed', null),
    event.bind(start + 6 * hour, null, '', 'FAIL', 'login', '', 'alice', null, '{"address":"192.0.2.1"}'),
  ])
})

async function listed(client: Send, path: string): Promise<ShownEvent[]> {
  const response = await client('GET', path)
  expect([path, response.status]).toEqual([path, 200])
  return (await response.json<{ events: ShownEvent[] }>()).events
}

const short = ({ type, object }: ShownEvent): string => `${type} ${object.type} ${object.name}`

describe('the events of a repository', () => {
  const path = '/api/v0/repositories/alice/open/events'

  it('are told newest first to its administrators, pulls and grants included', async () => {
    const events = await listed(alice, path)
    expect(events.map(short)).toEqual([
      'UPDATE access developers',
      'GET tag latest',
      'CREATE tag latest',
      'CREATE repository alice/open',
    ])
    expect(events[1]).toEqual({
      id: expect.stringMatching(/^\d+$/),
      publishedAt: '2026-01-01T03:00:00.000Z',
      actor: '',
      actorName: '',
      actorType: 'user',
      type: 'GET',
      object: { id: 'sha256:a', type: 'tag', name: 'latest', content: '{"count":3}' },
      repository: 'alice/open',
    })
    expect(events[2]).toMatchObject({ actor: aliceAccount.id, actorName: 'alice' })
    expect(events[2]?.object).not.toHaveProperty('content')
  })

  it('are told without pulls and grants to others who may see it, whatever they ask for', async () => {
    for (const query of ['', '?excludePull=false', '?eventType=CREATE']) {
      const events = await listed(bob, `${path}${query}`)
      expect(events.map(short)).toEqual(['CREATE tag latest', 'CREATE repository alice/open'])
    }
    for (const query of ['?eventType=GET', '?objectType=access']) {
      expect(await listed(bob, `${path}${query}`)).toEqual([])
    }
  })

  it('are told to its administrators alone where no installed capability declares their type', async () => {
    await env.DB.prepare(
      `INSERT INTO events (published_at, actor, type, object_type, object_id, object_name, repository)
       VALUES (?, 'alice', 'UPDATE', 'of a capability that was taken out', '1', 'secret', 'alice/open')`,
    )
      .bind(start + 7 * hour)
      .run()
    const seenBy = async (client: Send) => (await listed(client, path)).map(({ object }) => object.name)
    expect(await seenBy(alice)).toContain('secret')
    expect(await seenBy(bob)).not.toContain('secret')
  })

  it('are hidden without a login, and reported as not found to a stranger of a private one', async () => {
    const response = await send('GET', path)
    expect(response.status).toBe(401)
    expect((await problemOf(response)).code).toBe('NOT_AUTHENTICATED')
    expect(await listed(alice, '/api/v0/repositories/alice/closed/events')).toHaveLength(1)
    const [closed, missing] = await Promise.all(
      ['closed', 'nothin'].map(async (name) => {
        const refused = await bob('GET', `/api/v0/repositories/alice/${name}/events`)
        return { status: refused.status, text: await refused.text() }
      }),
    )
    expect(closed?.status).toBe(404)
    expect(closed?.text.replaceAll('closed', 'nothin')).toBe(missing?.text)
  })

  it('are those of the repository that is there, not of one that had its name before', async () => {
    await env.DB.prepare("UPDATE repositories SET created_at = ? WHERE name = 'alice/open'")
      .bind(start + 3 * hour)
      .run()
    expect((await listed(alice, path)).map(short)).toEqual(['UPDATE access developers', 'GET tag latest'])
  })

  it('are filtered by time, actor, type and kind of object', async () => {
    const found = async (query: string) => (await listed(alice, `${path}?${query}`)).map(short)
    expect(await found('excludePull=true&pageSize=1')).toEqual(['UPDATE access developers'])
    expect(await found('excludePull=true')).toHaveLength(3)
    expect(await found('eventType=GET')).toEqual(['GET tag latest'])
    expect(await found('eventType=SCAN')).toEqual([])
    expect(await found('objectType=repository')).toEqual(['CREATE repository alice/open'])
    expect(await found(`actorId=${aliceAccount.id}&objectType=tag`)).toEqual(['CREATE tag latest'])
    expect(await found('actorId=nobody')).toEqual([])
    expect(await found('publishedBefore=2026-01-01T03:00:00Z')).toEqual([
      'CREATE tag latest',
      'CREATE repository alice/open',
    ])
    // With a bare plus, which a form takes for a space.
    expect(await found('publishedBefore=2026-01-01T04:00:00+01:00')).toEqual(
      await found('publishedBefore=2026-01-01T03:00:00Z'),
    )
    expect(await found('publishedAfter=2026-01-01T02:00:00Z&publishedBefore=2026-01-01T05:00:00%2B01:00')).toEqual([
      'GET tag latest',
    ])
  })

  it('come page by page, without gaps and repetitions while more happens', async () => {
    const seen: string[] = []
    let next = ''
    do {
      const response = await alice('GET', `${path}?pageSize=2&pageStart=${next}&count=true`)
      const { events } = await response.json<{ events: ShownEvent[] }>()
      seen.push(...events.map(({ id }) => id))
      expect(Number(header(response, 'x-resource-count'))).toBeGreaterThanOrEqual(4)
      next = header(response, 'x-next-page-start')
      await env.DB.prepare(
        `INSERT INTO events (published_at, actor, type, object_type, object_id, object_name, repository)
         VALUES (?, 'alice', 'CREATE', 'tag', 'sha256:c', 'newer', 'alice/open')`,
      )
        .bind(start + 9 * hour)
        .run()
    } while (next !== '')
    expect(seen).toHaveLength(4)
    expect(seen.toSorted((one, other) => Number(other) - Number(one))).toEqual(seen)
    expect(new Set(seen).size).toBe(4)
  })

  for (const query of [
    'publishedBefore=yesterday',
    'publishedAfter=2026-13-01T00:00:00Z',
    'eventType=CREATED',
    'objectType=thing',
    'excludePull=maybe',
    'pageStart=latest',
    'pageSize=0',
  ]) {
    it(`are not looked for by ${query}`, async () => {
      const response = await alice('GET', `${path}?${query}`)
      expect(response.status).toBe(400)
      const { code, message } = await problemOf(response)
      expect(code).toBe('INVALID_PARAMETERS')
      expect(message).toContain(query.split('=')[0])
    })
  }
})

describe('the events of the registry', () => {
  it('are told to system administrators, of all repositories and of none', async () => {
    await anAccount('root', 'password of root', true)
    // An account of the tests was made when time began.
    await env.DB.prepare('DELETE FROM events WHERE published_at = 1').run()
    const events = await listed(root, '/api/v0/events?excludePull=true&publishedAfter=2026-01-01T04:00:00Z')
    expect(events.map(short)).toEqual(['FAIL login alice', 'CREATE tag latest'])
    expect(events[0]).toMatchObject({ repository: '', actor: '' })
    const ofAlice = await listed(root, `/api/v0/events?actorId=${aliceAccount.id}`)
    expect(ofAlice.map(({ repository }) => repository)).toEqual([
      'alice/closed',
      'alice/open',
      'alice/open',
      'alice/open',
    ])
  })

  it('are hidden from all others', async () => {
    const refused = await alice('GET', '/api/v0/events')
    expect(refused.status).toBe(403)
    expect((await problemOf(refused)).code).toBe('NOT_AUTHORIZED')
    expect((await send('GET', '/api/v0/events')).status).toBe(401)
  })
})
