/** Replays: what a policy would have refused of the recorded pulls, compared with a model that looks at each of them. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/db/database.ts'
import { parseAccountName, parseDigest, parseRepositoryName, parseTeamName, type Digest } from '../../../src/names.ts'
import { judge } from '../../../src/trust/policy/decision.ts'
import type { PolicyOwner } from '../../../src/trust/policy/policy-store.ts'
import { replaySlice, type RefusedPulls, type Replay } from '../../../src/trust/policy/replay.ts'
import { insertMany, withSql } from '../../support/bounds.ts'
import { rowsReadBy } from '../../support/counting.ts'
import { testContext } from '../../support/context.ts'
import { plansOf } from '../../support/explaining.ts'
import { anOrganization, aPerson, aRepository, namespaces, type Person } from '../../support/people.ts'
import { Random } from '../../support/random.ts'
import { aFact, aKeyOf } from '../support/signing.ts'

const db = openDatabase(env.DB)
const users = ['ada', 'ben', 'cleo', 'dan', 'eve']
const teamNames = ['security', 'qa', 'release']
const repositories = ['acme/app', 'acme/base', 'zoo/tool']
const digests = Array.from({ length: 8 }, (_, at) => parseDigest(`sha256:${String(at).repeat(64)}`))

const aDigest = parseDigest(`sha256:${'a'.repeat(64)}`)

interface World {
  /** By team. */
  readonly members: Readonly<Record<string, readonly string[]>>
  readonly pushers: ReadonlySet<string>
  /** `repository digest user`. */
  readonly signed: ReadonlySet<string>
  /** The indexes that list a digest, by `repository digest`. */
  readonly indexes: ReadonlyMap<string, readonly Digest[]>
  readonly pulls: readonly ModelPull[]
}

interface ModelPull {
  readonly repository: string
  readonly name: string
  readonly digest: Digest
  readonly actor: string
  readonly count: number
  readonly at: number
}

const some = <Item>(random: Random, items: readonly Item[], chance: number): Item[] =>
  items.filter(() => random.below(100) < chance)

const pick = <Item>(random: Random, items: readonly Item[]): Item => {
  const item = items[random.below(items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

async function aWorld(seed: number): Promise<World> {
  const random = new Random(seed)
  const members = Object.fromEntries(teamNames.map((team) => [team, some(random, users, 40)]))
  await anOrganization('acme', { teams: members, members: users })
  await namespaces('zoo')
  for (const name of repositories) await aRepository(name, { visibility: 'public' })
  for (const user of some(random, users, 80)) await aKeyOf(user, `key of ${user}`)
  const keyed = (await env.DB.prepare('SELECT fingerprint FROM public_keys').all<{ fingerprint: string }>()).results
  const pushers = new Set(some(random, users, 20))
  for (const user of pushers) {
    await withSql(
      `INSERT INTO teams (id, organization_id, name, namespace_rank, created_at)
       SELECT 'pushers ' || ?1, id, 'pushers-' || ?1, 2, 1 FROM accounts WHERE name = 'acme'`,
      user,
    )
    await withSql(
      `INSERT INTO team_members (team_id, organization_id, user_id)
       SELECT teams.id, teams.organization_id, accounts.id FROM teams, accounts
       WHERE teams.id = 'pushers ' || ?1 AND accounts.name = ?1`,
      user,
    )
  }
  const indexes = new Map<string, Digest[]>()
  for (const repository of repositories) {
    for (const digest of digests) {
      await withSql(
        `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
         SELECT id, ?, 'image', 1, '{}', '', 1 FROM repositories WHERE name = ?`,
        digest,
        repository,
      )
    }
    for (const [at, child] of digests.entries()) {
      const above = some(random, digests.slice(at + 1), 15)
      indexes.set(`${repository} ${child}`, above)
      for (const index of above) {
        await withSql(
          `INSERT INTO manifest_children (repository_id, manifest_digest, child_digest)
           SELECT id, ?, ? FROM repositories WHERE name = ?`,
          index,
          child,
          repository,
        )
      }
    }
  }
  const signed = new Set<string>()
  for (const repository of repositories) {
    for (const digest of some(random, digests, 40)) {
      for (const user of some(random, users, 40)) {
        const fingerprint = `key of ${user}`
        await aFact({ repository, digest, fingerprint })
        if (keyed.some((key) => key.fingerprint === fingerprint)) signed.add(`${repository} ${digest} ${user}`)
      }
    }
  }
  const now = Date.now()
  const pulls = Array.from({ length: 150 }, (): ModelPull => {
    const digest = pick(random, digests)
    return {
      repository: pick(random, repositories),
      digest,
      name: random.below(3) === 0 ? digest : pick(random, ['latest', 'v1']),
      actor: pick(random, [...users, '']),
      count: 1 + random.below(5),
      at: now - random.below(40) * 24 * 3600 * 1000,
    }
  }).toSorted((one, other) => one.at - other.at)
  for (const pull of pulls) await record(pull)
  return { members, pushers, signed, indexes, pulls }
}

const record = ({ repository, name, digest, actor, count, at }: ModelPull): Promise<void> =>
  withSql(
    `INSERT INTO events (published_at, actor_id, actor, type, object_type, object_id, object_name, repository, content)
     VALUES (?1, (SELECT id FROM accounts WHERE name = ?2), ?2, 'GET', iif(?3 = ?4, 'manifest', 'tag'), ?3, ?4, ?5,
       json_object('count', ?6))`,
    at,
    actor,
    digest,
    name,
    repository,
    count,
  )

/** Which of the pulls lack which signatures, by the rules as they are told, one pull after another. */
function modelOf(world: World, wanted: (pull: ModelPull) => boolean, teams: readonly string[]): string[] {
  const above = (repository: string, digest: Digest): Digest[] => [
    digest,
    ...(world.indexes.get(`${repository} ${digest}`) ?? []).flatMap((index) => above(repository, index)),
  ]
  const sums = new Map<string, number>()
  for (const pull of world.pulls.filter(wanted)) {
    const { repository, digest, actor, name } = pull
    const mayPush = repository.startsWith('acme/') && world.pushers.has(actor)
    const missing = teams.filter(
      (team) =>
        !(world.members[team] ?? []).some((user) =>
          above(repository, digest).some((one) => world.signed.has(`${repository} ${one} ${user}`)),
        ),
    )
    if (mayPush || missing.length === 0) continue
    const key = JSON.stringify([repository, name, digest, actor, missing.map((team) => `acme/${team}`).toSorted()])
    sums.set(key, (sums.get(key) ?? 0) + pull.count)
  }
  return [...sums].map(([key, count]) => `${key} ${count}`).toSorted()
}

async function replayAll(replay: Replay, limit: number): Promise<{ refused: string[]; pulls: number; pages: number }> {
  const sums = new Map<string, number>()
  let [pulls, pages] = [0, 0]
  let from: number | undefined
  do {
    const page = await replaySlice(db, replay, { from, limit })
    for (const one of page.refused) sums.set(keyOf(one), (sums.get(keyOf(one)) ?? 0) + one.count)
    pulls += page.pulls
    pages++
    from = page.next
  } while (from !== undefined)
  return { refused: [...sums].map(([key, count]) => `${key} ${count}`).toSorted(), pulls, pages }
}

const keyOf = ({ repository, name, digest, actor, teams }: RefusedPulls): string =>
  JSON.stringify([repository, name, digest, actor, teams])

async function proposedOf(teams: readonly string[]): Promise<Replay['proposed']> {
  const { results } = await env.DB.prepare('SELECT id, name FROM teams').all<{ id: string; name: string }>()
  return results
    .filter(({ name }) => teams.includes(name))
    .map(({ id, name }) => ({ id, organization: parseAccountName('acme'), team: parseTeamName(name) }))
}

const dayMilliseconds = 24 * 3600 * 1000

async function ownerOf(name: string): Promise<PolicyOwner> {
  const row = await env.DB.prepare('SELECT id FROM repositories WHERE name = ?').bind(name).first<{ id: number }>()
  return { kind: 'repository', id: row?.id ?? 0, name: parseRepositoryName(name) }
}

describe('a replay answers as the model', () => {
  beforeEach(async () => {
    for (const user of users) await aPerson(user)
  })

  it.each([1, 2, 3, 4])('in world %i, in pages of any size', async (seed) => {
    const world = await aWorld(seed)
    const since = Date.now() - 30 * dayMilliseconds
    const isRecent = ({ at }: ModelPull): boolean => at >= since
    for (const teams of [['security'], ['qa', 'release'], teamNames]) {
      const proposed = await proposedOf(teams)
      const expected = modelOf(world, isRecent, teams)
      for (const limit of [7, 1000]) {
        const replayed = await replayAll({ owner: undefined, since, proposed }, limit)
        expect([limit, replayed.refused]).toEqual([limit, expected])
        expect(replayed.pulls).toBe(world.pulls.filter(isRecent).reduce((sum, { count }) => sum + count, 0))
      }
      const ofBase = (pull: ModelPull): boolean => isRecent(pull) && pull.repository === 'acme/base'
      const one = await replayAll({ owner: await ownerOf('acme/base'), since, proposed }, 11)
      expect(one.refused).toEqual(modelOf(world, ofBase, teams))
      const ofAcme = (pull: ModelPull): boolean => isRecent(pull) && pull.repository.startsWith('acme/')
      const acme: PolicyOwner = { kind: 'namespace', name: parseAccountName('acme') }
      expect((await replayAll({ owner: acme, since, proposed }, 13)).refused).toEqual(modelOf(world, ofAcme, teams))
    }
  })

  it('of the present policies says what a pull meets now', async () => {
    const world = await aWorld(5)
    await withSql(`INSERT INTO trust_policies (id, repository_id, mode, updated_at)
      SELECT 'p', id, 'enforce', 1 FROM repositories WHERE name = 'acme/app'`)
    await withSql(`INSERT INTO trust_policy_teams (policy_id, team_id, team_name)
      SELECT 'p', id, 'acme/' || name FROM teams WHERE name IN ('security', 'qa')`)
    const ofApp = ({ repository }: ModelPull): boolean => repository === 'acme/app'
    const { refused } = await replayAll({ owner: undefined, since: 0, proposed: undefined }, 50)
    expect(refused).toEqual(modelOf(world, ofApp, ['qa', 'security']))
    const owner = await ownerOf('acme/app')
    const refusedDigests = digests.filter((digest) => refused.some((line) => line.includes(digest)))
    expect(refusedDigests.length).toBeGreaterThan(0)
    const repositoryId = owner.kind === 'repository' ? owner.id : 0
    for (const digest of refusedDigests) {
      const pulled = { repositoryId, repository: parseRepositoryName('acme/app'), digest }
      const { refusal } = await judge(testContext(), pulled)
      expect(refusal?.message).toContain('demands a signature by acme/')
    }
  })
})

describe('a replay', () => {
  let root: Person

  beforeEach(async () => {
    root = await aPerson('root', { isAdmin: true })
    await anOrganization('acme', { owners: ['root'], teams: { security: ['root'] } })
    await aRepository('acme/app')
  })

  it('of 100,000 pulls is read in bounded slices', async () => {
    const now = Date.now()
    await insertMany(
      100_000,
      `INSERT INTO events (published_at, actor, type, object_type, object_id, object_name, repository, content)
       SELECT ?, '', 'GET', 'tag', 'sha256:' || printf('%064d', i % 5000), 't' || (i % 10), 'acme/app', '{"count":2}' FROM n`,
      now,
    )
    const replay: Replay = { owner: undefined, since: now - dayMilliseconds, proposed: await proposedOf(['security']) }
    const rows = await rowsReadBy((counting) => replaySlice(counting, replay, { from: undefined, limit: 5000 }))
    expect(rows).toBeLessThan(100_000)
    const { refused, pulls, pages } = await replayAll(replay, 5000)
    expect(pulls).toBe(200_000)
    expect(pages).toBe(20)
    expect(refused).toHaveLength(5000)
    expect(refused.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(200_000)
  })

  it('finds its rows by indexes', async () => {
    const owners = [undefined, await ownerOf('acme/app')]
    await record({
      repository: 'acme/app',
      name: 'a',
      digest: aDigest,
      actor: 'root',
      count: 1,
      at: Date.now(),
    })
    for (const owner of owners) {
      for (const proposed of [undefined, await proposedOf(['security'])]) {
        const plans = await plansOf((explaining) =>
          replaySlice(explaining, { owner, since: 1, proposed }, { from: undefined, limit: 10 }),
        )
        const scans = [...plans.values()].flat().filter((step) => step.startsWith('SCAN '))
        expect(
          scans.filter(
            (step) => !/^SCAN (asked|team|wanted|looked|signed|layer|matching|trust_roots|CONSTANT|\()/.test(step),
          ),
        ).toEqual([])
      }
    }
  })

  it('is asked over the API, for a repository, a namespace and the registry, and forgets repositories that are gone', async () => {
    const now = Date.now()
    const pull = { name: 'v1', digest: aDigest, actor: '', count: 3, at: now }
    await record({ ...pull, repository: 'acme/app', at: now - 40 * dayMilliseconds })
    await record({ ...pull, repository: 'acme/app' })
    await record({ ...pull, repository: 'acme/gone' })
    for (const path of [
      '/api/v0/repositories/acme/app/signaturePolicy/replay',
      '/api/v0/repositoryNamespaces/acme/signaturePolicy/replay',
      '/api/v0/trust/replay',
    ]) {
      const answer = await root.ask('POST', path, { teams: ['acme/security'] })
      const { lastPulledAt: _, ...refused } = {
        repository: 'acme/app',
        name: 'v1',
        digest: pull.digest,
        caller: '',
        teams: ['acme/security'],
        count: 3,
        lastPulledAt: '',
      }
      expect([path, await answer.json()]).toMatchObject([path, { refused: [refused], pulls: 3 }])
      expect(await (await root.ask('POST', path, {})).json()).toEqual({ refused: [], pulls: 3 })
      expect((await root.ask('POST', path, { teams: ['acme/none'] })).status).toBe(404)
    }
  })
})
