import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { findRepositories } from '../../../src/registry/search.ts'
import { parseAccountName } from '../../../src/names.ts'
import { problemOf, send, withPassword, type Send } from '../../support/client.ts'
import { rowsReadBy } from '../../support/counting.ts'
import { anAccount, namespaces, viewerOf } from '../../support/people.ts'

const alice = withPassword('alice', 'password of alice')

interface Autocomplete {
  accountResults: { name: string; isOrg: boolean }[]
  repositoryResults: { namespace: string; name: string }[]
}

async function autocomplete(client: Send, query: string): Promise<Autocomplete> {
  const response = await client('GET', `/api/v0/index/autocomplete?${query}`)
  expect([query, response.status]).toEqual([query, 200])
  return response.json<Autocomplete>()
}

/** The names that a search finds, in its order. */
async function found(client: Send, query: string): Promise<string[]> {
  const { repositoryResults } = await autocomplete(client, query)
  return repositoryResults.map(({ namespace, name }) => `${namespace}/${name}`)
}

/** Repositories by name, public ones with a "*", with the number of their pulls. */
async function repositories(pulls: Record<string, number>): Promise<void> {
  const insert = env.DB.prepare(
    `INSERT INTO repositories (name, namespace, visibility, short_description, pulls, created_at)
     VALUES (?, ?, ?, 'what it is', ?, 1)`,
  )
  await env.DB.batch(
    Object.entries(pulls).map(([text, count]) => {
      const name = text.replace('*', '')
      return insert.bind(name, name.split('/')[0], text.endsWith('*') ? 'public' : 'private', count)
    }),
  )
}

beforeEach(async () => {
  await anAccount('alice', 'password of alice')
  await namespaces('acme', 'beta')
})

describe('a search for repositories', () => {
  it('finds what has words that begin as asked, the most pulled first', async () => {
    await repositories({ 'acme/web-server*': 5, 'acme/server_tools*': 7, 'acme/observer*': 9, 'beta/x.servers/y*': 5 })
    const expected = ['acme/server_tools', 'acme/web-server', 'beta/x.servers/y']
    expect(await found(send, 'query=server')).toEqual(expected)
    expect(await found(send, 'query=%20SERV%20')).toEqual(expected)
    expect(await found(send, 'query=server&limit=1')).toEqual(['acme/server_tools'])
    expect(await found(send, 'query=erver')).toEqual([])
    expect(await found(send, 'query=be')).toEqual(['beta/x.servers/y'])
  })

  it('for several words finds what has them all, in any order', async () => {
    await repositories({ 'acme/web-server*': 1, 'acme/server-web-old*': 2, 'acme/server*': 3 })
    const both = ['acme/server-web-old', 'acme/web-server']
    for (const query of ['web%20server', 'server%20web', 'web-serv', 'we%2Eserver_acme', 'web%20web%20serv']) {
      expect(await found(send, `query=${query}`)).toEqual(both)
    }
    expect(await found(send, 'query=web%20nothing')).toEqual([])
  })

  it('with a slash finds full names by their beginning, and without anything whatever there is', async () => {
    await repositories({ 'acme/web*': 1, 'acme/webhook*': 2, 'acme/a/web*': 3, 'beta/web*': 4 })
    expect(await found(send, 'query=acme/we')).toEqual(['acme/web', 'acme/webhook'])
    expect(await found(send, 'query=ACME/')).toEqual(['acme/a/web', 'acme/web', 'acme/webhook'])
    expect(await found(send, 'query=cme/web')).toEqual([])
    expect(await found(send, 'query=')).toEqual(['acme/a/web', 'acme/web', 'acme/webhook', 'beta/web'])
    expect(await found(send, 'query=&limit=2')).toEqual(['acme/a/web', 'acme/web'])
  })

  it('finds a repository by any part of its path without its namespace, after what the query names from its beginning', async () => {
    await repositories({ 'acme/beta/api*': 1, 'alice/x/beta/api/v2*': 2, 'beta/app*': 3, 'acme/beta/db': 4 })
    expect(await found(send, 'query=beta/api')).toEqual(['alice/x/beta/api/v2', 'acme/beta/api'])
    expect(await found(send, 'query=beta/a')).toEqual(['beta/app', 'alice/x/beta/api/v2', 'acme/beta/api'])
    expect(await found(send, 'query=beta/a&limit=1')).toEqual(['beta/app'])
    expect(await found(send, 'query=beta/a&limit=2')).toEqual(['beta/app', 'alice/x/beta/api/v2'])
    expect(await found(send, 'query=beta/a&namespace=acme')).toEqual(['acme/beta/api'])
    expect(await found(send, 'query=/api/v2')).toEqual(['alice/x/beta/api/v2'])
    expect(await found(send, 'query=eta/api')).toEqual([])
    // A full name is found once.
    expect(await found(send, 'query=acme/beta/')).toEqual(['acme/beta/api'])
    await env.DB.prepare("UPDATE repositories SET visibility = 'private' WHERE name = 'acme/beta/api'").run()
    expect(await found(send, 'query=beta/api')).toEqual(['alice/x/beta/api/v2'])
  })

  it('may be limited to a namespace', async () => {
    await repositories({ 'acme/web*': 1, 'acme/api*': 2, 'beta/web*': 4 })
    expect(await found(send, 'query=web&namespace=acme')).toEqual(['acme/web'])
    expect(await found(send, 'query=&namespace=acme')).toEqual(['acme/api', 'acme/web'])
    expect(await found(send, 'query=acme/a&namespace=acme')).toEqual(['acme/api'])
    expect(await found(send, 'query=beta/w&namespace=acme')).toEqual([])
    for (const namespace of ['gamma', 'Not a name', 'acme/web']) {
      expect(await found(send, `query=web&namespace=${encodeURIComponent(namespace)}`)).toEqual([])
    }
  })

  it('of signs alone, of letters that no name has, and with wildcards finds nothing', async () => {
    await repositories({ 'acme/web*': 1 })
    for (const query of ['---', 'ü', '%25', '*', "'", '~', '/', "' OR 1=1 --", '"] --']) {
      expect([query, await found(send, `query=${encodeURIComponent(query)}`)]).toEqual([query, []])
    }
  })

  it('finds what its caller may see, and nothing else', async () => {
    await repositories({
      'acme/app-open*': 1,
      'acme/app-given': 2,
      'acme/app-closed': 3,
      'alice/app': 4,
      'beta/app': 5,
    })
    const { results } = await env.DB.prepare('SELECT name, id FROM accounts').all<{ name: string; id: string }>()
    const id = Object.fromEntries(results.map((row) => [row.name, row.id]))
    const member = env.DB.prepare('INSERT INTO members (organization_id, user_id, is_admin) VALUES (?, ?, ?)')
    await env.DB.batch([
      member.bind(id['acme'], id['alice'], 0),
      env.DB.prepare(
        "INSERT INTO teams (id, organization_id, name, created_at) VALUES ('team', ?, 'developers', 1)",
      ).bind(id['acme']),
      env.DB.prepare("INSERT INTO team_members (team_id, organization_id, user_id) VALUES ('team', ?, ?)").bind(
        id['acme'],
        id['alice'],
      ),
      env.DB.prepare(
        "INSERT INTO repository_grants SELECT id, 'team', 1 FROM repositories WHERE name = 'acme/app-given'",
      ),
    ])
    expect(await found(send, 'query=app')).toEqual(['acme/app-open'])
    expect(await found(alice, 'query=app')).toEqual(['alice/app', 'acme/app-given', 'acme/app-open'])
    await env.DB.prepare("UPDATE teams SET namespace_rank = 1 WHERE id = 'team'").run()
    expect(await found(alice, 'query=app')).toEqual(['alice/app', 'acme/app-closed', 'acme/app-given', 'acme/app-open'])
    await env.DB.batch([env.DB.prepare("DELETE FROM teams WHERE id = 'team'"), member.bind(id['beta'], id['alice'], 1)])
    expect(await found(alice, 'query=app')).toEqual(['beta/app', 'alice/app', 'acme/app-open'])
    await env.DB.prepare("UPDATE accounts SET is_admin = 1 WHERE name = 'alice'").run()
    expect(await found(alice, 'query=app')).toHaveLength(5)
  })

  it('costs no more in a larger registry, and looks at a bounded number of matches', async () => {
    const fill = async (prefix: string, count: number) =>
      env.DB.prepare(
        `WITH RECURSIVE series (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM series WHERE at + 1 < ?2)
         INSERT INTO repositories (name, namespace, visibility, created_at)
         SELECT 'acme/' || ?1 || '-' || at, 'acme', 'public', 1 FROM series`,
      )
        .bind(prefix, count)
        .run()
    const cost = (query: string, namespace?: string) =>
      rowsReadBy(async (db) =>
        findRepositories(db, await viewerOf('alice'), {
          query,
          namespace: namespace === undefined ? undefined : parseAccountName(namespace),
          limit: 25,
        }),
      )
    await repositories({ 'beta/rare-thing': 1, 'alice/rare': 1, 'alice/deep/rare': 1 })
    const queries = ['rare', 'rare thing', 'beta/ra', 'deep/ra', 'nothing', '']
    await fill('other', 50)
    const before = await Promise.all(queries.map((query) => cost(query)))
    await fill('further', 3000)
    expect(await Promise.all(queries.map((query) => cost(query)))).toEqual(before)
    expect(Math.max(...before)).toBeLessThan(300)
    // The rarest word leads, wherever it stands.
    expect(await cost('acme thing')).toBeLessThan(3200)
    expect(await cost('rare', 'beta')).toBeLessThan(50)
    await fill('third', 6000)
    expect(await cost('acme')).toBeLessThan(60_000)
    expect(await cost('acme')).toBeGreaterThan(5000)
  })
})

describe('a search for accounts', () => {
  it('finds users and organizations by the beginning of their names, for those who have logged in', async () => {
    const { accountResults } = await autocomplete(alice, 'query=A')
    expect(accountResults).toEqual([
      { id: expect.any(String), name: 'acme', fullName: '', isOrg: true },
      { id: expect.any(String), name: 'alice', fullName: '', isOrg: false },
    ])
    expect((await autocomplete(alice, 'query=al')).accountResults.map(({ name }) => name)).toEqual(['alice'])
    expect((await autocomplete(alice, 'query=&limit=2')).accountResults).toHaveLength(2)
    expect((await autocomplete(send, 'query=a')).accountResults).toEqual([])
  })

  it('and one for repositories can be left out', async () => {
    await repositories({ 'alice/alice': 1 })
    const all = { accountResults: [{ name: 'alice' }], repositoryResults: [{ name: 'alice' }] }
    expect(await autocomplete(alice, 'query=al')).toMatchObject(all)
    expect(await autocomplete(alice, 'query=al&includeAccounts=false')).toMatchObject({ ...all, accountResults: [] })
    const without = await autocomplete(alice, 'query=al&includeRepositories=false')
    expect(without).toMatchObject({ ...all, repositoryResults: [] })
  })
})

describe('a search', () => {
  it('answers in the form of `docker search`', async () => {
    await repositories({ 'acme/web*': 5, 'acme/web-closed': 7 })
    const response = await send('GET', '/api/v0/index/dockersearch?q=web')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      num_results: 1,
      query: 'web',
      results: [{ name: 'acme/web', description: 'what it is', is_official: false, is_trusted: false, star_count: 0 }],
    })
  })

  it('answers in the form of DTR', async () => {
    await repositories({ 'acme/web/api*': 5 })
    const { repositoryResults } = await autocomplete(send, 'query=api')
    expect(repositoryResults).toEqual([
      expect.objectContaining({
        id: expect.any(String),
        namespace: 'acme',
        namespaceType: 'organization',
        name: 'web/api',
        shortDescription: 'what it is',
        visibility: 'public',
        pulls: 5,
      }),
    ])
  })

  it('is refused when it makes no sense', async () => {
    for (const query of ['limit=0', 'limit=many', 'limit=1.5', 'includeAccounts=maybe', `query=${'x'.repeat(256)}`]) {
      const response = await send('GET', `/api/v0/index/autocomplete?${query}`)
      expect([query, response.status]).toEqual([query, 400])
      expect((await problemOf(response)).code).toBe('INVALID_PARAMETERS')
    }
  })

  it('with a wrong password is refused', async () => {
    const wrong = withPassword('alice', 'wrong')
    for (const path of ['/api/v0/index/autocomplete?query=a', '/api/v0/index/dockersearch?q=a']) {
      expect((await wrong('GET', path)).status).toBe(401)
    }
  })
})
