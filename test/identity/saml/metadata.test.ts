/** The metadata of an identity provider: what they must say, and how long they count. */
import { beforeAll, describe, expect, it } from 'vitest'
import { readMetadata } from '../../../src/identity/saml/metadata.ts'
import { KnownMetadata } from '../../../src/identity/saml/known-metadata.ts'
import { aSamlKey, entityId, metadataWith, ssoUrl, type SamlKey } from '../support/saml-provider.ts'

const reader = { origin: 'https://registry.example.com', now: Date.UTC(2030, 0, 1) }
let key: SamlKey
let next: SamlKey

beforeAll(async () => {
  key = await aSamlKey()
  next = await aSamlKey()
})

describe('metadata', () => {
  it('have the provider, the place of logins and the keys, alone or among others', async () => {
    const document = metadataWith(key, next)
    for (const text of [
      document,
      `<?xml version="1.0"?>\n<!-- of Acme --><a:EntitiesDescriptor xmlns:a="urn:oasis:names:tc:SAML:2.0:metadata">${document}</a:EntitiesDescriptor>`,
    ]) {
      const read = await readMetadata(text, reader)
      expect(read).toMatchObject({ metadata: { entityId, ssoUrl, wantsSignedRequests: false } })
      expect('metadata' in read && read.metadata.keys.map(({ subject }) => subject)).toEqual([
        'CN=idp.example.com',
        'CN=idp.example.com',
      ])
    }
  })

  it.each<readonly [string, (document: string) => string]>([
    ['xml', () => 'no XML'],
    ['xml', (document) => `<!DOCTYPE a>${document}`],
    ['no-provider', (document) => document.replaceAll('IDPSSODescriptor', 'SPSSODescriptor')],
    [
      'several-providers',
      (document) =>
        `<a:EntitiesDescriptor xmlns:a="urn:oasis:names:tc:SAML:2.0:metadata">${document.repeat(2)}</a:EntitiesDescriptor>`,
    ],
    ['expired', (document) => document.replace(' entityID', ' validUntil="2029-12-31T00:00:00Z" entityID')],
    ['expired', (document) => document.replace(' entityID', ' validUntil="never" entityID')],
    ['no-entity-id', (document) => document.replace(entityId, '')],
    ['no-redirect', (document) => document.replace('HTTP-Redirect', 'SOAP')],
    ['unsafe-url', (document) => document.replace('https://idp.example.com/sso', 'http://idp.example.com/sso')],
    ['unsafe-url', (document) => document.replace('https://idp.example.com/sso', 'javascript:alert(1)')],
    ['no-key', (document) => document.replace('use="signing"', 'use="encryption"')],
    ['no-key', (document) => document.replace(/MII/, 'AAA')],
  ])('are refused: %s', async (kind, change) => {
    expect(await readMetadata(change(metadataWith(key)), reader)).toMatchObject({ refusal: { kind } })
  })

  it('are refused with keys that are too short', async () => {
    expect(await readMetadata(metadataWith(await aSamlKey(1024)), reader)).toMatchObject({
      refusal: { kind: 'no-key' },
    })
  })
})

describe('known metadata', () => {
  const minute = 60_000
  const source = { idpMetadataURL: 'https://idp.example.com/metadata', idpMetadata: '' }

  function aServer() {
    const server = { time: 0, asked: 0, answer: () => new Response(metadataWith(key)) }
    const known = new KnownMetadata(
      async () => {
        server.asked += 1
        return server.answer()
      },
      () => server.time,
    )
    return { server, known }
  }
  const pemsOf = ({ keys }: { readonly keys: readonly { readonly pem: string }[] }) => keys.map(({ pem }) => pem)

  it('are asked for once an hour, and again for an unknown key, at most once a minute', async () => {
    const { server, known } = aServer()
    const before = pemsOf(await known.find(source, reader))
    server.answer = () => new Response(metadataWith(next))
    server.time = minute / 2
    expect(pemsOf(await known.renew(source, reader))).toEqual(before)
    expect(server.asked).toBe(1)
    server.time = 2 * minute
    expect(pemsOf(await known.find(source, reader))).toEqual(before)
    const after = pemsOf(await known.renew(source, reader))
    expect(after).not.toEqual(before)
    expect(pemsOf(await known.find(source, reader))).toEqual(after)
    expect(server.asked).toBe(2)
    server.time = 63 * minute
    await known.find(source, reader)
    expect(server.asked).toBe(3)
  })

  it.each([
    ['an error', () => new Response('', { status: 500 })],
    ['a redirect', () => Response.redirect('https://other.example.com/metadata')],
    ['another document', () => new Response('<html/>')],
    ['too much', () => new Response('a'.repeat(300_000))],
  ])('go on for a day while the server answers with %s', async (_, answer) => {
    const { server, known } = aServer()
    await known.find(source, reader)
    server.answer = answer
    server.time = 23 * 60 * minute
    expect(await known.find(source, reader)).toMatchObject({ entityId })
    server.time = 25 * 60 * minute
    await expect(known.find(source, reader)).rejects.toThrow(/./)
  })

  it('that are given as a text are asked for nowhere', async () => {
    const { server, known } = aServer()
    const given = { idpMetadataURL: '', idpMetadata: metadataWith(key) }
    expect(pemsOf(await known.renew(given, reader))).toEqual(pemsOf(await known.find(given, reader)))
    expect(server.asked).toBe(0)
  })
})
