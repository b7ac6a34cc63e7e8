/** What a request says of its client, and what it may not say. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { answerRequest } from '../../src/answer.ts'
import { origin } from '../support/client.ts'
import { anAccount } from '../support/people.ts'

const ownMachine = { ...env, DISK: { fetch: async () => new Response('1000000000') } }

describe('the address of a client', () => {
  beforeEach(() => anAccount('alice', 'password of alice'))

  function guess(at: number, bindings: typeof env, peer: string): Promise<Response> {
    const authorization = `Basic ${btoa(`alice:guess ${at}`)}`
    const headers = { authorization, 'cf-connecting-ip': `192.0.2.${at}` }
    const request = new Request(new URL('/auth/token', origin), { headers, cf: { clientIp: peer } })
    return answerRequest(request, bindings, createExecutionContext())
  }

  async function guesses(bindings: typeof env, peerOf: (at: number) => string): Promise<number[]> {
    const statuses: number[] = []
    for (let at = 1; at <= 10; at++) statuses.push((await guess(at, bindings, peerOf(at))).status)
    return statuses
  }

  it.each(['198.51.100.7:40000', '[2001:db8::7]:40000'])(
    'on a machine of its own is that of the connection from %s, whatever a header says',
    async (peer) => {
      expect(await guesses(ownMachine, () => peer)).toContain(429)
    },
  )

  it('on a machine of its own differs for different connections', async () => {
    expect(await guesses(ownMachine, (at) => `198.51.100.${at}:40000`)).not.toContain(429)
  })

  it('on Cloudflare is what the edge says', async () => {
    expect(await guesses(env, () => '198.51.100.7:40000')).not.toContain(429)
  })
})

describe('the origin of a registry', () => {
  async function answerTo(headers: Record<string, string>): Promise<Headers> {
    const request = new Request('http://registry.test/v2/', { headers })
    return (await answerRequest(request, ownMachine, createExecutionContext())).headers
  }

  it('is https behind a proxy that ends TLS', async () => {
    const [plain, proxied] = [await answerTo({}), await answerTo({ 'x-forwarded-proto': 'https' })]
    expect(plain.get('www-authenticate')).toContain('"http://registry.test/auth/token"')
    expect(plain.has('strict-transport-security')).toBe(false)
    expect(proxied.get('www-authenticate')).toContain('"https://registry.test/auth/token"')
    expect(proxied.has('strict-transport-security')).toBe(true)
  })
})
