/** Tokens for trust data: the users and roles of the repository, under the GUN and for nothing else. */
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ResourceScope } from '../../src/auth/scope.ts'
import { host, withToken, type Send } from '../support/client.ts'
import { pushImage } from '../support/content.ts'
import { aLogin, aPerson, aUser, clientOf, type Person } from '../support/people.ts'

const repository = 'alice/app'
const gun = `${host}/${repository}`

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  await pushImage(await clientOf(repository), repository, 'latest')
})

async function ask(client: Send, scope: string): Promise<{ token: string; access: readonly ResourceScope[] }> {
  const response = await client('GET', `/auth/token?service=${host}&scope=${encodeURIComponent(scope)}`)
  const { token } = await response.json<{ token: string }>()
  const { access } = decodeJwt<{ access: readonly ResourceScope[] }>(token)
  return { token, access }
}

const actionsOf = async (client: Send, scope: string): Promise<readonly string[]> =>
  (await ask(client, scope)).access.flatMap(({ actions }) => actions)

describe('a token for a GUN', () => {
  it('grants the owner all actions', async () => {
    const { access } = await ask(await aLogin('alice'), `repository:${gun}:pull,push,*`)
    expect(access).toMatchObject([{ type: 'repository', name: gun, actions: ['pull', 'push', '*'], facet: 'trust' }])
  })

  it('grants a stranger nothing, and nothing of a repository that does not exist', async () => {
    const bob = await aUser('bob')
    expect(await actionsOf(bob, `repository:${gun}:pull`)).toEqual([])
    expect(await actionsOf(bob, `repository:${host}/alice/none:pull`)).toEqual([])
  })

  it('grants pull alone to others where the repository is public', async () => {
    await root.ask('PATCH', `/api/v0/repositories/${repository}`, { visibility: 'public' })
    expect(await actionsOf(await aUser('bob'), `repository:${gun}:pull,push,*`)).toEqual(['pull'])
  })

  it('opens nothing of the repository', async () => {
    const { token } = await ask(await aLogin('alice'), `repository:${gun}:pull,push,*`)
    const client = withToken(token)
    expect((await client('GET', `/v2/${repository}/manifests/latest`)).status).toBe(401)
    expect((await client('GET', `/v2/${repository}/tags/list`)).status).toBe(401)
    expect((await client('POST', `/v2/${repository}/blobs/uploads/`)).status).toBe(401)
    expect((await client('GET', `/v2/${gun}/manifests/latest`)).status).toBe(401)
    expect((await client('GET', '/v2/_catalog')).status).toBe(401)
  })

  it('is for a host that the registry answers to', async () => {
    const alice = await aLogin('alice')
    const other = `old.example.com/${repository}`
    expect(await actionsOf(alice, `repository:${other}:pull`)).toEqual([])
    await root.ask('POST', '/api/v0/meta/settings', { trustHosts: ['old.example.com'] })
    expect(await actionsOf(alice, `repository:${other}:pull`)).toEqual(['pull'])
  })
})
