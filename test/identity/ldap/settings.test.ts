/** The settings of the directory: DTR's document, whose passwords are written and never shown. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { resealSecrets, secretsInDanger } from '../../../src/identity/documents/secrets.ts'
import { passwordAlerts, readConfiguration } from '../../../src/identity/ldap/settings.ts'
import { testContext } from '../../support/context.ts'
import { events } from '../../support/events.ts'
import { aPerson, type Person } from '../../support/people.ts'

const path = '/enzi/v0/config/auth/ldap'
const search = { baseDN: 'ou=people,dc=acme,dc=test', scopeSubtree: true, usernameAttr: 'uid' }
const document = {
  serverURL: 'ldap://ldap.acme.test',
  startTLS: true,
  readerDN: 'cn=reader,dc=acme,dc=test',
  readerPassword: 'password of the reader',
  userSearchConfigs: [search],
  additionalDomains: [
    {
      domain: 'dc=sub,dc=test',
      serverURL: 'ldaps://sub.acme.test',
      readerDN: 'cn=reader,dc=sub,dc=test',
      readerPassword: 'password of the other reader',
    },
  ],
}

let root: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
})

async function answerTo(method: string, body?: unknown): Promise<{ status: number; text: string }> {
  const response = await root.ask(method, path, body)
  return { status: response.status, text: await response.text() }
}

describe('the settings', () => {
  it('are those of no directory at first', async () => {
    const { status, text } = await answerTo('GET')
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ serverURL: '', jitUserProvisioning: true, userSearchConfigs: [] })
    expect(await readConfiguration(testContext())).toBeUndefined()
  })

  it('are shown without passwords, which stay when the document is sent back', async () => {
    expect((await answerTo('PUT', document)).status).toBe(200)
    const { text } = await answerTo('GET')
    expect(text).not.toContain('password of')
    expect((await answerTo('PUT', { ...JSON.parse(text), jitUserProvisioning: false })).status).toBe(200)
    const configuration = await readConfiguration(testContext())
    expect(configuration).toMatchObject({ readerPassword: document.readerPassword, jitUserProvisioning: false })
    expect(configuration?.additionalDomains[0]?.readerPassword).toBe('password of the other reader')
  })

  it('may have null for an empty list, as those that were exported from a DTR', async () => {
    const exported = { ...document, additionalDomains: null }
    const unset = { serverURL: '', additionalDomains: null, userSearchConfigs: null }
    for (const each of [exported, unset]) expect((await answerTo('PUT', each)).status).toBe(200)
    const { text } = await answerTo('GET')
    expect(JSON.parse(text)).toMatchObject({ additionalDomains: [], userSearchConfigs: [] })
  })

  it('are stored with sealed passwords, and the event has none', async () => {
    await answerTo('PUT', document)
    const row = await env.DB.prepare(`SELECT * FROM settings_documents WHERE name = 'ldap'`).first()
    expect(JSON.stringify(row)).not.toContain('password of')
    const [event] = await events(`object_type = 'directory'`)
    expect(JSON.stringify(event)).not.toContain('password of')
    expect(event).toMatchObject({ type: 'UPDATE', actor: 'root' })
  })

  it('send no kept password to another server, nor for another reader', async () => {
    await answerTo('PUT', document)
    const { readerPassword: _, ...without } = document
    for (const changed of [{ serverURL: 'ldap://evil.test' }, { readerDN: 'cn=other,dc=test' }]) {
      const { status, text } = await answerTo('PUT', { ...without, ...changed })
      expect(status).toBe(400)
      expect(text).toContain('send readerPassword')
    }
    expect((await answerTo('PUT', without)).status).toBe(200)
  })

  it('send no kept password in clear text that was given for an encrypted connection', async () => {
    await answerTo('PUT', document)
    const { readerPassword: _, ...without } = document
    const { status, text } = await answerTo('PUT', { ...without, startTLS: false })
    expect(status).toBe(400)
    expect(text).toContain('send readerPassword')
  })

  // A domain without a name would have the place of the default server, and give that one its password.
  it.each([' ', '\u00a0', '\t'])('know no domain %j that stands for the default server', async (domain) => {
    await answerTo('PUT', document)
    const { serverURL, startTLS, readerDN } = document
    const { status, text } = await answerTo('PUT', {
      ...document,
      serverURL: 'ldap://evil.test',
      readerPassword: 'whatever',
      additionalDomains: [{ domain, serverURL, startTLS, readerDN }],
    })
    expect(await readConfiguration(testContext())).toMatchObject({ serverURL, readerPassword: document.readerPassword })
    expect(status).toBe(400)
    expect(text).toContain('it must be the end of distinguished names')
  })

  it.each([
    [{ tlsSkipVerify: true }, 'certificates are always verified'],
    [{ rootCerts: '-----BEGIN CERTIFICATE-----' }, 'NODE_EXTRA_CA_CERTS'],
    [{ serverURL: 'http://ldap.acme.test' }, 'it must be ldap://host:port'],
    [{ serverURL: 'ldap://ldap.acme.test/dc=test' }, 'without a path'],
    [{ serverURL: 'ldap://user@ldap.acme.test' }, 'it must be ldap://host:port'],
    [{ serverURL: 'ldap://ldap.acme.test:99999' }, 'up to 65535'],
    [{ readerDN: 'reader' }, 'it must be a distinguished name'],
    [{ userSearchConfigs: [] }, 'without a search there are no users'],
    [
      { userSearchConfigs: [search, { ...search, filter: '(cn=a' }] },
      'userSearchConfigs.1.filter: the filter (RFC 4515) is wrong at character 6: put \\")\\" there',
    ],
    [
      { adminSyncOpts: { enableSync: true, searchBaseDN: 'dc=test', searchFilter: '(&(cn=a)(!title=b))' } },
      'adminSyncOpts.searchFilter: the filter (RFC 4515) is wrong at character 11: put \\"(\\" there',
    ],
    [{ userSearchConfigs: [{ ...search, usernameAttr: 'uid)(' }] }, 'the name of an attribute'],
    [{ userSearchConfigs: [{ ...search, matchGroup: true }] }, 'matchGroupDN'],
    [{ syncSchedule: 'now and then' }, 'syncSchedule'],
    [{ unknown: 1 }, 'unknown'],
  ])('refuse %j with what to do', async (changes, words) => {
    const { status, text } = await answerTo('PUT', { ...document, ...changes })
    expect(status).toBe(400)
    expect(text).toContain(words)
  })
})

describe('the passwords of readers', () => {
  const secrets = { current: 'c'.repeat(40), previous: undefined }
  const rotated = { current: 'd'.repeat(40), previous: secrets.current }

  it('are sealed again after a change of the secret, and an alert tells when they are lost', async () => {
    await answerTo('PUT', document)
    const before = testContext().secrets
    const after = testContext({ secrets: { current: rotated.current, previous: before.current } })
    expect(await secretsInDanger(after)).toBe(1)
    await resealSecrets(after)
    expect(await secretsInDanger(after)).toBe(0)
    expect((await readConfiguration(after))?.readerPassword).toBe(document.readerPassword)
    expect(await passwordAlerts(after)).toEqual([])
    const lost = testContext({ secrets })
    expect(await passwordAlerts(lost)).toMatchObject([{ id: 'directory_passwords_lost' }])
    await expect(readConfiguration(lost)).rejects.toMatchObject({ failure: { kind: 'directory-passwords-lost' } })
  })
})
