/** Rules that have the keys of an issuer that the registry cannot reach, as those of a cluster behind a firewall. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { host, problemOf, withPassword } from '../../support/client.ts'
import { anOrganization, aPerson, aRepository, type Person } from '../../support/people.ts'
import { answerForIssuers, anIssuer, type Issuer } from '../support/issuer.ts'

let root: Person
let issuer: Issuer
let keySet: { readonly keys: readonly object[] }

beforeEach(async () => {
  answerForIssuers()
  issuer = await anIssuer()
  keySet = await (await issuer.keySet()).json()
  root = await aPerson('root', { isAdmin: true })
  await anOrganization('acme')
  await aRepository('acme/app')
})

afterEach(() => vi.restoreAllMocks())

const put = (fields: object = {}, name = 'deploy'): Promise<Response> =>
  root.ask('PUT', `/api/v0/workloadRules/${name}`, {
    issuer: issuer.url,
    condition: 'claims.project_id == "7"',
    repositories: ['acme/app'],
    ...fields,
  })

const logIn = async (): Promise<Response> =>
  withPassword('_oidc', await issuer.sign({ project_id: '7' }))(
    'GET',
    `/auth/token?service=${host}&scope=repository:acme/app:pull`,
  )

describe('a rule with the keys of its issuer', () => {
  it('lets jobs in without asking the issuer, by these keys alone', async () => {
    expect((await put({ keySet })).status).toBe(201)
    expect((await logIn()).status).toBe(200)
    await issuer.rotate()
    expect((await logIn()).status).toBe(401)
    expect(issuer.asked).toEqual([])
  })

  it('stands beside one of the keys that the issuer publishes', async () => {
    const other = await anIssuer()
    await put({ keySet: await (await other.keySet()).json() })
    expect((await logIn()).status).toBe(401)
    await put({}, 'published')
    expect((await logIn()).status).toBe(200)
  })

  it('lets jobs in while an issuer is away that another rule asks', async () => {
    await put({ keySet })
    await put({}, 'published')
    vi.spyOn(console, 'error').mockReturnValue()
    issuer.keySet = () => Response.error()
    expect((await logIn()).status).toBe(200)
  })

  it('is shown without them, and loses them when it is written without', async () => {
    expect(await (await put({ keySet })).json()).toMatchObject({ hasKeys: true })
    expect(await (await put()).json()).toMatchObject({ hasKeys: false })
  })

  it.each([
    ['no key', () => ({ keys: [] })],
    ['a shared key', () => ({ keys: [{ kty: 'oct', k: 'AAAA' }] })],
    ['a private key', () => ({ keys: keySet.keys.map((key) => Object.assign({ d: 'AAAA' }, key)) })],
  ])('is refused with %s', async (_, keys) => {
    const answer = await put({ keySet: keys() })
    expect(answer.status).toBe(400)
    expect(await problemOf(answer)).toMatchObject({ code: 'INVALID_KEY_SET' })
  })
})
