/** The public keys of users: what is taken, whose it is, and who may register it. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { aLogin, anOrganization, aPerson, asking, type Person } from '../../support/people.ts'
import { fromBase64 } from '../../../src/trust/tuf/base64.ts'
import { fingerprintOf } from '../../../src/trust/tuf/keys.ts'
import { aCertifiedKey } from '../support/keys.ts'
import { aPublicKey, pemOf } from '../support/pem.ts'

const keysOf = (name: string): string => `/enzi/v0/accounts/${name}/publicKeys`

interface Key {
  readonly id: string
  readonly label: string
  readonly publicKey: string
  readonly fingerprint: string
}

let root: Person
let alice: Person
let bob: Person

beforeEach(async () => {
  root = await aPerson('root', { isAdmin: true })
  alice = await aPerson('alice')
  bob = await aPerson('bob')
})

const register = (by: Person, name: string, publicKey: string): Promise<Response> =>
  by.ask('POST', keysOf(name), { publicKey, label: 'laptop' })

async function refusalOf(answer: Promise<Response>): Promise<[number, string]> {
  const response = await answer
  const { errors } = await response.json<{ errors: Array<{ code: string }> }>()
  return [response.status, errors[0]?.code ?? '']
}

describe('a public key', () => {
  it.each(['P-256', 'Ed25519', { rsaBits: 2048 }] as const)(
    'of %o is taken, with its fingerprint',
    async (algorithm) => {
      const { pem, fingerprint } = await aPublicKey(algorithm)
      const answer = await register(alice, 'alice', pem)
      expect(answer.status).toBe(201)
      expect(await answer.json()).toMatchObject({
        publicKey: pem,
        label: 'laptop',
        certificates: [],
        fingerprint,
        accountID: alice.id,
      })
    },
  )

  it('in the file that docker trust makes, with a header that names it, is taken as it is', async () => {
    const { pem, fingerprint } = await aPublicKey()
    const file = pem.replace('-----\n', '-----\nrole: alice\n\n')
    const answer = await register(alice, 'alice', file)
    expect([answer.status, await answer.json()]).toEqual([
      201,
      expect.objectContaining({ publicKey: file, fingerprint }),
    ])
  })

  it('in a certificate has the fingerprint of the key', async () => {
    const { publicKey } = await aCertifiedKey('alice')
    const answer = await register(alice, 'alice', new TextDecoder().decode(publicKey.bytes))
    expect(await answer.json()).toMatchObject({ fingerprint: await fingerprintOf(publicKey) })
  })

  it('that is private, weak, of another curve, or no key is refused', async () => {
    const { pem } = await aPublicKey()
    const der = fromBase64(pem.split('\n')[1] ?? '') ?? new Uint8Array()
    const longer = pemOf(Uint8Array.from([...der, 0]))
    const refused = [
      (await aPublicKey({ rsaBits: 1024 })).pem,
      (await aPublicKey('P-384')).pem,
      pem.replaceAll('PUBLIC', 'PRIVATE'),
      longer,
      `${pem}${pem}`,
      pem.replace('-----\n', '-----\nrole alice\n\n'),
      'ssh-ed25519 AAAA',
      '',
    ]
    for (const text of refused) {
      expect([text, ...(await refusalOf(register(alice, 'alice', text)))]).toEqual([text, 400, 'INVALID_PUBLIC_KEY'])
    }
  })

  it('is registered once by an account, and by another one too', async () => {
    const { pem } = await aPublicKey()
    expect((await register(alice, 'alice', pem)).status).toBe(201)
    expect(await refusalOf(register(alice, 'alice', pem))).toEqual([409, 'PUBLIC_KEY_EXISTS'])
    expect((await register(bob, 'bob', pem)).status).toBe(201)
  })

  it('is none of an organization', async () => {
    await anOrganization('acme')
    const { pem } = await aPublicKey()
    expect(await refusalOf(register(root, 'acme', pem))).toEqual([400, 'NOT_A_USER'])
  })
})

describe('the public keys of a user', () => {
  it('are listed in pages, renamed and deleted, with an event each', async () => {
    for (let at = 0; at < 3; at++) await register(alice, 'alice', (await aPublicKey()).pem)
    const first = await (
      await alice.ask('GET', `${keysOf('alice')}?limit=2`)
    ).json<{ accountPublicKeys: Key[]; nextPageStart: string; resourceCount: number }>()
    expect(first).toMatchObject({ resourceCount: 3 })
    const rest = await (
      await alice.ask('GET', `${keysOf('alice')}?start=${first.nextPageStart}`)
    ).json<{ accountPublicKeys: Key[]; nextPageStart: string }>()
    expect([...first.accountPublicKeys, ...rest.accountPublicKeys]).toHaveLength(3)
    expect(rest.nextPageStart).toBe('')
    const [key] = first.accountPublicKeys
    const path = `${keysOf('alice')}/${key?.id}`
    expect(await (await alice.ask('PATCH', path, { label: 'yubikey' })).json()).toEqual({ ...key, label: 'yubikey' })
    expect(await (await alice.ask('GET', path)).json()).toEqual({ ...key, label: 'yubikey' })
    expect((await alice.ask('DELETE', path)).status).toBe(204)
    expect(await refusalOf(alice.ask('GET', path))).toEqual([404, 'NO_SUCH_PUBLIC_KEY'])
    const { results } = await env.DB.prepare(
      "SELECT type, actor, object_name AS name FROM events WHERE object_type = 'publicKey' AND object_id = ? ORDER BY id",
    )
      .bind(key?.fingerprint)
      .all()
    expect(results).toEqual([
      { type: 'CREATE', actor: 'alice', name: 'alice/laptop' },
      { type: 'UPDATE', actor: 'alice', name: 'alice/yubikey' },
      { type: 'DELETE', actor: 'alice', name: 'alice/yubikey' },
    ])
  })

  it('are for the user and for administrators, and unknown to strangers', async () => {
    const { pem } = await aPublicKey()
    const { id } = await (await register(root, 'alice', pem)).json<Key>()
    const path = `${keysOf('alice')}/${id}`
    expect((await root.ask('GET', path)).status).toBe(200)
    for (const ask of [
      () => register(bob, 'alice', pem),
      () => bob.ask('GET', keysOf('alice')),
      () => bob.ask('GET', path),
      () => bob.ask('PATCH', path, { label: 'x' }),
      () => bob.ask('DELETE', path),
    ]) {
      expect(await refusalOf(ask())).toEqual([404, 'NO_SUCH_ACCOUNT'])
    }
    expect(await refusalOf(bob.ask('GET', `${keysOf('bob')}/${id}`))).toEqual([404, 'NO_SUCH_PUBLIC_KEY'])
  })

  it('are seen and not changed by a member of the same organization', async () => {
    await anOrganization('acme', { owners: ['bob'], members: ['alice'] })
    expect(await refusalOf(bob.ask('GET', keysOf('alice')))).toEqual([403, 'NOT_AUTHORIZED'])
  })

  it('are not registered by an access token, which may delete them', async () => {
    const byToken = asking(await aLogin('alice'))
    const { pem } = await aPublicKey()
    expect(await refusalOf(byToken('POST', keysOf('alice'), { publicKey: pem }))).toEqual([403, 'PASSWORD_NEEDED'])
    const { id } = await (await register(alice, 'alice', pem)).json<Key>()
    expect((await byToken('DELETE', `${keysOf('alice')}/${id}`)).status).toBe(204)
  })
})
