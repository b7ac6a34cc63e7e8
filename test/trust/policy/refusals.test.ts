/** What a refused pull leaves: an event of the type FAIL, one for each image, caller and hour. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { withSql } from '../../support/bounds.ts'
import { host, send } from '../../support/client.ts'
import { countRows, pushImage, type Image } from '../../support/content.ts'
import { countingClient, type Counting } from '../../support/counting.ts'
import { aLogin, anOrganization, aPerson, clientOf, type Person } from '../../support/people.ts'
import { aFact, aKeyOf } from '../support/signing.ts'

const repository = 'acme/app'
const policyPath = `/api/v0/repositories/${repository}/signaturePolicy`

let owner: Person
let image: Image

beforeEach(async () => {
  owner = await aPerson('owner')
  await aPerson('sam')
  await aPerson('ray')
  await anOrganization('acme', { owners: ['owner'], teams: { security: ['sam'], qa: [] } })
  image = await pushImage(await clientOf(repository), repository, 'latest')
  await withSql("UPDATE repositories SET visibility = 'public', pulls = 0")
  await aKeyOf('sam', 'key of sam')
  await demand('acme/security', 'acme/qa')
})

const demand = (...teams: string[]): Promise<Response> => owner.ask('PUT', policyPath, { mode: 'enforce', teams })

async function pullerOf(name: string | undefined): Promise<Counting> {
  const login = name === undefined ? send : await aLogin(name)
  const answer = await login('GET', `/auth/token?service=${host}&scope=repository:${repository}:pull`)
  return countingClient((await answer.json<{ token: string }>()).token)
}

async function pull({ client, settle }: Counting, reference: string, method = 'GET'): Promise<number> {
  const { status } = await client(method, `/v2/${repository}/manifests/${reference}`)
  await settle()
  return status
}

async function events(): Promise<object[]> {
  const { results } = await env.DB.prepare(
    "SELECT type, actor, object_type AS of, object_name AS name, content FROM events WHERE type IN ('GET', 'FAIL') ORDER BY id",
  ).all<{ content: string }>()
  return results.map(({ content, ...event }) => Object.assign(event, JSON.parse(content) as object))
}

it('is one event, however often a caller asks, and says which teams are missing', async () => {
  const ray = await pullerOf('ray')
  for (let time = 0; time < 3; time++) expect(await pull(ray, 'latest')).toBe(403)
  expect(await pull(ray, 'latest', 'HEAD')).toBe(403)
  const missingSignatures = ['acme/qa', 'acme/security']
  const refused = { type: 'FAIL', actor: 'ray', of: 'tag', name: 'latest', missingSignatures }
  expect(await events()).toEqual([{ ...refused, count: 4 }])
  await aFact({ repository, digest: image.digest, fingerprint: 'key of sam' })
  expect(await pull(await pullerOf(undefined), 'latest')).toBe(403)
  expect(await events()).toEqual([
    { ...refused, count: 4 },
    { ...refused, actor: '', missingSignatures: ['acme/qa'], count: 1 },
  ])
  expect(await countRows('repositories', 'pulls > 0')).toBe(0)
})

it('stands beside the event of the pulls that went on in the same hour', async () => {
  const anonymous = await pullerOf(undefined)
  expect(await pull(anonymous, image.digest)).toBe(403)
  await owner.ask('DELETE', policyPath)
  expect(await pull(anonymous, image.digest)).toBe(200)
  expect(await pull(anonymous, image.digest)).toBe(200)
  expect(await events()).toMatchObject([
    { type: 'FAIL', count: 1 },
    { type: 'GET', count: 2 },
  ])
})

it('is shown among the events of the repository, where pulls are, and looked at by a replay', async () => {
  expect(await pull(await pullerOf('ray'), 'latest')).toBe(403)
  const shownTo = async (user: Person): Promise<object[]> => {
    const answer = await user.ask('GET', `/api/v0/repositories/${repository}/events?eventType=FAIL`)
    return (await answer.json<{ events: object[] }>()).events
  }
  expect(await shownTo(owner)).toMatchObject([{ type: 'FAIL', actorName: 'ray', object: { type: 'tag' } }])
  // Who pulls what is told to administrators of the repository alone.
  expect(await shownTo(await aPerson('reader'))).toEqual([])
  await aFact({ repository, digest: image.digest, fingerprint: 'key of sam' })
  const replayed = await owner.ask('POST', `${policyPath}/replay`, { days: 1, teams: ['acme/security', 'acme/qa'] })
  expect(await replayed.json()).toMatchObject({ pulls: 1, refused: [{ teams: ['acme/qa'] }] })
})
