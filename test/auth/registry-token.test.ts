import { decodeJwt, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { keysFor } from '../../src/auth/keys.ts'
import { issueToken, tokenSeconds, verifyToken } from '../../src/auth/registry-token.ts'
import { parseAccountName } from '../../src/names.ts'

const now = Date.UTC(2026, 0, 1)
const [older, newer] = ['an older secret of at least 32 characters', 'a newer secret of at least 32 characters']
const grant = {
  account: { id: 'the id of alice', name: parseAccountName('alice') },
  access: [
    {
      type: 'repository',
      name: 'alice/app',
      actions: ['pull', 'push'],
      ground: { namespaceId: 'the id of alice' },
      creates: true,
    },
    { type: 'repository', name: 'acme/app', actions: ['pull'], ground: { repositoryId: 7 }, creates: false },
    { type: 'registry', name: 'catalog', actions: ['*'], creates: false },
  ],
}
const anonymous = { account: undefined, access: [] }
const keys = (current: string, previous?: string) => keysFor({ current, previous }, 'token')
const refusal = { name: 'DeadTokenError' }

it('a token gives back what it was issued for', async () => {
  const token = await issueToken(await keys(newer), 'host', grant, now)
  expect(await verifyToken(await keys(newer), 'host', token, now)).toEqual(grant)
})

it('an anonymous token has no account', async () => {
  const token = await issueToken(await keys(newer), 'host', anonymous, now)
  expect(await verifyToken(await keys(newer), 'host', token, now)).toEqual(anonymous)
})

it('a token ends after five minutes, and begins when it was issued', async () => {
  const token = await issueToken(await keys(newer), 'host', grant, now)
  const verify = async (at: number) => verifyToken(await keys(newer), 'host', token, at)
  expect(tokenSeconds).toBe(300)
  expect(decodeJwt(token)).toMatchObject({ iat: now / 1000, nbf: now / 1000, exp: now / 1000 + 300 })
  expect(await verify(now + 299_000)).toEqual(grant)
  await expect(verify(now + 300_000)).rejects.toMatchObject(refusal)
  await expect(verify(now - 60_000)).rejects.toMatchObject(refusal)
})

/** Signs a token with a known secret. */
async function signed(secret: string, times: { iat?: number; exp: number }): Promise<string> {
  const { current } = await keys(secret)
  const token = new SignJWT({ accountId: grant.account.id, access: grant.access, ...times })
  return token
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('breakwater')
    .setSubject('alice')
    .setAudience('host')
    .sign(current)
}

it('a token lives five minutes from when it says that it was made, whatever end it says', async () => {
  const seconds = now / 1000
  const tenYears = seconds + 10 * 365 * 24 * 3600
  const verify = async (token: string, at = now) => verifyToken(await keys(newer), 'host', token, at)
  const fresh = await signed(newer, { iat: seconds, exp: tenYears })
  expect(await verify(fresh, now + 299_000)).toEqual(grant)
  await expect(verify(fresh, now + 300_000)).rejects.toMatchObject(refusal)
  // Also of a token that was never verified before.
  await expect(verify(await signed(newer, { iat: seconds - 300, exp: tenYears }))).rejects.toMatchObject(refusal)
  await expect(verify(await signed(newer, { exp: tenYears }))).rejects.toMatchObject(refusal)
  await expect(verify(await signed(newer, { iat: seconds + 60, exp: tenYears }))).rejects.toMatchObject(refusal)
})

it('a token of the previous secret is accepted for a while after a rotation, and no longer', async () => {
  const token = await issueToken(await keys(older), 'host', grant, now)
  expect(await verifyToken(await keys(newer, older), 'host', token, now)).toEqual(grant)
  await expect(verifyToken(await keys(newer), 'host', token, now)).rejects.toMatchObject(refusal)
})

it('a token for another host is refused, also when its own host has verified it', async () => {
  const own = await keys(newer)
  const token = await issueToken(own, 'host', grant, now)
  expect(await verifyToken(own, 'host', token, now)).toEqual(grant)
  await expect(verifyToken(own, 'other', token, now)).rejects.toMatchObject(refusal)
})

describe('a signed token', () => {
  const seconds = now / 1000
  const good = {
    iss: 'breakwater',
    sub: 'alice',
    aud: 'host',
    iat: seconds,
    exp: seconds + 300,
    accountId: grant.account.id,
    access: grant.access,
  }
  const verified = async (claims: object, at = now) => {
    const own = await keys(newer)
    const token = await new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(own.current)
    return verifyToken(own, 'host', token, at)
  }

  it('with all claims is good', async () => {
    expect(await verified(good)).toEqual(grant)
  })

  const [scope] = grant.access
  const bad: Record<string, object> = {
    'of another issuer': { ...good, iss: 'somebody' },
    'without an issuer': { ...good, iss: undefined },
    'for another host': { ...good, aud: 'other' },
    'without an audience': { ...good, aud: undefined },
    'without an end': { ...good, exp: undefined },
    'without a beginning': { ...good, iat: undefined },
    'without a subject': { ...good, sub: undefined },
    'that is not valid yet': { ...good, nbf: seconds + 60 },
    'without access': { ...good, access: undefined },
    'with a claim that does not say whether it creates': { ...good, access: [{ ...scope, creates: undefined }] },
    'with a claim without actions': { ...good, access: [{ ...scope, actions: undefined }] },
    'with a claim that was given on something else': { ...good, access: [{ ...scope, ground: {} }] },
  }
  for (const [what, claims] of Object.entries(bad)) {
    it(`${what} is refused`, async () => {
      await expect(verified(claims)).rejects.toMatchObject(refusal)
    })
  }

  it('ends when it says, if that is sooner than five minutes, however often it was verified', async () => {
    const short = { ...good, exp: seconds + 60 }
    expect(await verified(short, now + 59_000)).toEqual(grant)
    await expect(verified(short, now + 60_000)).rejects.toMatchObject(refusal)
    await expect(verified({ ...short, jti: 'another' }, now + 60_000)).rejects.toMatchObject(refusal)
  })

  it('of a subject without an id, or of an id without a name, has no account', async () => {
    for (const claims of [
      { ...good, accountId: undefined },
      { ...good, sub: '' },
      { ...good, sub: 'NOT A NAME' },
    ]) {
      expect((await verified(claims)).account).toBeUndefined()
    }
  })
})

it('a token for another host, of another purpose or without a signature is refused', async () => {
  const own = await keys(newer)
  const elsewhere = await issueToken(own, 'other', grant, now)
  const upload = await issueToken(
    await keysFor({ current: newer, previous: undefined }, 'upload-session'),
    'host',
    grant,
    now,
  )
  const [head = '', body = ''] = (await issueToken(own, 'host', grant, now)).split('.')
  const unsigned = `${btoa('{"alg":"none","typ":"JWT"}').replaceAll('=', '')}.${body}.`
  const stranger = await new SignJWT({ access: [] })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('somebody')
    .setSubject('alice')
    .setAudience('host')
    .setExpirationTime(Math.floor(now / 1000) + 60)
    .sign(own.current)
  for (const token of [elsewhere, upload, unsigned, stranger, `${head}.${body}.AAAA`, 'nonsense', '']) {
    await expect(verifyToken(own, 'host', token, now)).rejects.toMatchObject(refusal)
  }
})
