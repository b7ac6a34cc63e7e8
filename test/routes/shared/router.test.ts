import { describe, expect, it } from 'vitest'
import { problemOf, send } from '../../support/client.ts'
import { bytesOf, streamOf } from '../../support/content.ts'
import { aPerson } from '../../support/people.ts'

const json = { 'content-type': 'application/json' }

describe('a parameter that is not valid', () => {
  it('is refused with where it stands', async () => {
    const { client } = await aPerson('alice')
    for (const [path, place, parameter] of [
      ['/api/v0/repositories/-acme/app', 'path', 'namespace'],
      ['/enzi/v0/accounts/acme/teams/-x', 'path', 'teamname'],
      ['/api/v0/repositories?pageSize=x', 'query', 'pageSize'],
      ['/api/v0/api_tokens?pageStart=x', 'query', 'pageStart'],
      ['/api/v0/api_tokens?username=-x', 'query', 'username'],
    ] as const) {
      const response = await client('GET', path)
      const { code, message, detail } = await problemOf(response)
      expect([path, response.status, code]).toEqual([path, 400, 'INVALID_PARAMETERS'])
      expect(message).toContain(`the ${place} parameter "${parameter}" is not valid`)
      expect(detail).toMatchObject({ place, parameter })
    }
  })

  it('is not reported to anonymous callers, except at public endpoints', async () => {
    for (const [method, path] of [
      ['GET', '/api/v0/repositories/-acme/app/events'],
      ['GET', '/api/v0/events?pageSize=x'],
      ['GET', '/api/v0/api_tokens?pageStart=x'],
      ['PATCH', '/api/v0/repositories/-acme/app'],
      ['DELETE', '/api/v0/repositories/-acme/app/tags/latest'],
      ['GET', '/enzi/v0/accounts?limit=x'],
    ] as const) {
      expect([path, (await send(method, path)).status]).toEqual([path, 401])
    }
    for (const path of [
      '/api/v0/repositories?pageSize=x',
      '/api/v0/repositories/-acme',
      '/api/v0/repositories/-acme/app',
      '/api/v0/repositories/acme/app/tags?pageSize=x',
      '/api/v0/repositories/acme/app/manifests?pageSize=x',
      '/api/v0/index/autocomplete?limit=x',
      '/v1/search?n=x',
    ]) {
      expect([path, (await send('GET', path)).status]).toEqual([path, 400])
    }
  })
})

describe('a body', () => {
  it('is no concern of those who have not logged in', async () => {
    for (const [method, path] of [
      ['POST', '/api/v0/repositories/acme'],
      ['POST', '/api/v0/api_tokens'],
      ['POST', '/api/v0/meta/settings'],
      ['POST', '/enzi/v0/accounts'],
    ] as const) {
      for (const sending of [
        { headers: json, body: '{' },
        { headers: json, body: '[]' },
        { headers: { 'content-type': 'text/plain' }, body: 'x' },
        { headers: json, body: `"${'x'.repeat(70_000)}"` },
      ]) {
        expect([path, (await send(method, path, sending)).status]).toEqual([path, 401])
      }
    }
  })

  it('must be JSON, say so, and have an end that is announced', async () => {
    const { client } = await aPerson('alice')
    const statusOf = async (headers: Record<string, string>, body: string | ReadableStream | null) =>
      (await client('POST', '/api/v0/api_tokens', { headers, body })).status
    const body = '{"tokenLabel":"x"}'
    expect(await statusOf(json, body)).toBe(200)
    expect(await statusOf({ 'content-type': 'text/plain' }, body)).toBe(415)
    // What the framework alone would not take, and answer as if the registry had failed.
    expect(await statusOf({ 'content-type': 'text/plain' }, null)).toBe(415)
    expect(await statusOf({ 'content-type': 'application/json ; charset=utf-8' }, body)).toBe(415)
    expect(await statusOf(json, `{"tokenLabel":"${'x'.repeat(70_000)}"}`)).toBe(400)
    expect(await statusOf(json, streamOf(bytesOf(body)))).toBe(400)
    expect(await statusOf({ ...json, accept: 'text/html' }, body)).toBe(406)
  })
})

describe('a path that means nothing', () => {
  it('is told to those who have logged in, with a code of ours', async () => {
    const { client } = await aPerson('alice')
    for (const path of ['/api/v0/nothing', '/api/v0/workers', '/enzi/v0/nothing']) {
      const response = await client('GET', path)
      const { code, message } = await problemOf(response)
      expect([path, response.status, code]).toEqual([path, 404, 'UNSUPPORTED'])
      expect(message).toContain('/apidocs')
      expect([path, (await send('GET', path)).status]).toEqual([path, 401])
    }
  })
})
