/** Each search goes to the server of the longest domain that its base ends with. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressOf, serverFor, type ServerConfiguration } from '../../../src/identity/ldap/configuration.ts'
import { splitDn } from '../../../src/identity/links/dn.ts'

const server = (serverURL: string): ServerConfiguration => ({
  serverURL,
  noSimplePagination: false,
  startTLS: false,
  rootCerts: '',
  readerDN: '',
  readerPassword: '',
})

const of = (...domains: readonly string[]) => ({
  ...server('ldap://default'),
  additionalDomains: domains.map((domain) => Object.assign(server(`ldap://${domain}`), { domain })),
})

describe('the server of an entry', () => {
  it.each([
    ['ou=people,dc=acme,dc=test', 'ldap://dc=acme,dc=test'],
    ['OU=People, DC=Sub, DC=Acme, DC=Test', 'ldap://dc=sub,dc=acme,dc=test'],
    ['dc=acme,dc=test', 'ldap://dc=acme,dc=test'],
    ['dc=badacme,dc=test', 'ldap://default'],
    [String.raw`ou=a\,dc=acme,dc=test`, 'ldap://default'],
    ['', 'ldap://default'],
  ])('%j is %s', (dn, url) => {
    expect(serverFor(of('dc=acme,dc=test', 'dc=sub,dc=acme,dc=test', 'dc=test2'), dn).serverURL).toBe(url)
  })

  it('is that of the longest domain that it ends with, in whatever order they are listed', () => {
    const part = fc.constantFrom('dc=a', 'dc=b', 'ou=c')
    const dn = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(','))
    const domains = fc.uniqueArray(
      dn.filter((text) => text !== ''),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(dn, domains, (wanted, known) => {
        const parts = splitDn(wanted)
        const endings = parts.map((_, at) => parts.slice(at).join(','))
        const longest = endings.find((ending) => known.includes(ending))
        const url = longest === undefined ? 'ldap://default' : `ldap://${longest}`
        expect(serverFor(of(...known), wanted).serverURL).toBe(url)
        expect(serverFor(of(...known.toReversed()), wanted).serverURL).toBe(url)
      }),
    )
  })
})

describe('the address of a server', () => {
  it.each([
    ['ldap://ldap.acme.test', { hostname: 'ldap.acme.test', port: 389, isSecure: false }],
    ['ldaps://ldap.acme.test', { hostname: 'ldap.acme.test', port: 636, isSecure: true }],
    ['ldaps://[2001:db8::1]:1636', { hostname: '2001:db8::1', port: 1636, isSecure: true }],
  ])('%s', (url, address) => {
    expect(addressOf(server(url))).toEqual(address)
  })
})
