/** Every text that one person writes and another reads holds nothing that a terminal obeys or that reads otherwise. */
import { beforeEach, describe, expect, it } from 'vitest'
import { problemOf } from '../support/client.ts'
import { anOrganization, aPerson, aRepository, type Person } from '../support/people.ts'

let admin: Person

beforeEach(async () => {
  admin = await aPerson('root', { isAdmin: true })
  await anOrganization('acme', { owners: ['root'], teams: { developers: [] } })
  await aRepository('acme/app')
})

interface Field {
  readonly method: string
  readonly path: string
  readonly body: (text: string) => object
  /** It may have several lines. */
  readonly hasLines?: boolean
}

const password = 'a password that is long enough'

const fields: Readonly<Record<string, Field>> = {
  'the short description of a new repository': {
    method: 'POST',
    path: '/api/v0/repositories/acme',
    body: (shortDescription) => ({ name: 'new', shortDescription, visibility: 'public' }),
  },
  'the short description of a repository': {
    method: 'PATCH',
    path: '/api/v0/repositories/acme/app',
    body: (shortDescription) => ({ shortDescription }),
  },
  'the long description of a repository': {
    method: 'PATCH',
    path: '/api/v0/repositories/acme/app',
    body: (longDescription) => ({ longDescription }),
    hasLines: true,
  },
  'the full name of a new user': {
    method: 'POST',
    path: '/enzi/v0/accounts',
    body: (fullName) => ({ name: 'alice', password, fullName }),
  },
  'the full name of a new organization': {
    method: 'POST',
    path: '/enzi/v0/accounts',
    body: (fullName) => ({ name: 'beta', isOrg: true, fullName }),
  },
  'the full name of an account': {
    method: 'PATCH',
    path: '/enzi/v0/accounts/acme',
    body: (fullName) => ({ fullName }),
  },
  'the description of a new team': {
    method: 'POST',
    path: '/enzi/v0/accounts/acme/teams',
    body: (description) => ({ name: 'writers', description }),
    hasLines: true,
  },
  'the description of a team': {
    method: 'PATCH',
    path: '/enzi/v0/accounts/acme/teams/developers',
    body: (description) => ({ description }),
    hasLines: true,
  },
  'the label of an access token': {
    method: 'POST',
    path: '/api/v0/api_tokens',
    body: (tokenLabel) => ({ tokenLabel }),
  },
  'the reason of read-only mode': {
    method: 'POST',
    path: '/api/v0/admin/read_only',
    body: (reason) => ({ on: false, reason }),
  },
  'a key of the capacity map of a job': {
    method: 'POST',
    path: '/api/v0/jobs',
    body: (key) => ({ action: 'sleep', parameters: { seconds: 0 }, capacityMap: { [key]: 1 } }),
  },
  'a key of the capacity map of a schedule': {
    method: 'POST',
    path: '/api/v0/crons',
    body: (key) => ({ action: 'sleep', schedule: '@daily', capacityMap: { [key]: 1 } }),
  },
}

const refusedAnywhere = {
  ESC: '\u001B[31m',
  BEL: '\u0007',
  CR: '\r',
  NUL: '\0',
  DEL: '\u007F',
  'C1 CSI': '\u009B31m',
  'line separator': '\u2028',
  'right-to-left override': '\u202E',
  'left-to-right isolate': '\u2066',
  'half a character': '\uD83D',
}

describe('a text that people read', () => {
  for (const [name, { method, path, body, hasLines }] of Object.entries(fields)) {
    const ask = (text: string) => admin.ask(method, path, body(`a${text}b`))

    it(`has no control characters and no turns of direction: ${name}`, async () => {
      for (const [what, text] of Object.entries(refusedAnywhere)) {
        const response = await ask(text)
        expect([what, response.status]).toEqual([what, 400])
        expect((await problemOf(response)).message).toContain('a control character')
      }
      for (const text of ['\n', '\t']) expect((await ask(text)).status === 400).toBe(hasLines !== true)
    })
  }

  for (const [name, { method, path, body }] of Object.entries(fields)) {
    it(`may have all other letters of the world: ${name}`, async () => {
      const text = 'Müller & Söhne, 上海, مثال\u200F, 👩\u200D💻'
      expect((await admin.ask(method, path, body(text))).status).toBeLessThan(300)
    })
  }

  it('of several lines keeps their ends as line feeds', async () => {
    const response = await admin.ask('PATCH', '/api/v0/repositories/acme/app', { longDescription: '# App\r\n\r\nText' })
    expect(await response.json()).toMatchObject({ longDescription: '# App\n\nText' })
  })

  it('is refused in the schedule of an action', async () => {
    const response = await admin.ask('POST', '/api/v0/crons', { action: 'sleep', schedule: '0 0\r1 * * 6' })
    expect([response.status, (await problemOf(response)).message]).toEqual([
      400,
      expect.stringContaining('a control character'),
    ])
  })
})
