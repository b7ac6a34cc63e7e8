import { describe, expect, test } from 'vitest'
import { lacksClaims, readUser } from '../../../src/identity/oidc/claims.ts'
import { noProvider, whyNoProvider, type ProviderSettings } from '../../../src/identity/oidc/provider-settings.ts'

const settings = (changed: Partial<ProviderSettings> = {}): ProviderSettings => ({ ...noProvider, ...changed })
const read = (changed: Partial<ProviderSettings>, claims: Record<string, unknown>) =>
  readUser(settings(changed), { sub: 'subject', preferred_username: 'carol', ...claims })
const userOf = (changed: Partial<ProviderSettings>, claims: Record<string, unknown>) => {
  const found = read(changed, claims)
  if ('refusal' in found) throw new Error(`refused: ${found.refusal.kind}`)
  return found.user
}

describe('the user of a login', () => {
  test('has the names of the claims that are set', () => {
    expect(userOf({}, { name: 'Carol', sid: 'session' })).toEqual({
      subject: 'subject',
      name: 'carol',
      fullName: 'Carol',
      groups: undefined,
      isAdmin: undefined,
      sid: 'session',
    })
    expect(userOf({ usernameClaim: 'email', usernameBeforeAt: true }, { email: 'dora@acme.com@x' }).name).toBe('dora')
    expect(userOf({ usernameClaim: 'sub' }, {}).name).toBe('subject')
  })

  test('has claims at a path with dots, and a claim of that very name first', () => {
    const at = { adminClaim: 'realm_access.roles', adminValue: 'admin' }
    expect(userOf(at, { realm_access: { roles: ['admin'] } }).isAdmin).toBe(true)
    expect(userOf(at, { 'realm_access.roles': ['user'], realm_access: { roles: ['admin'] } }).isAdmin).toBe(false)
    expect(userOf({ ...at, adminClaim: '__proto__.x' }, {}).isAdmin).toBe(false)
  })

  test.each([
    ['admin', true],
    ['administrator', false],
    [['a', 'admin'], true],
    [{}, false],
    [undefined, false],
  ])('with the role %j is an administrator: %s', (role, isAdmin) => {
    expect(userOf({ adminClaim: 'role', adminValue: 'admin' }, { role }).isAdmin).toBe(isAdmin)
  })

  test('is in the groups of the claim, and in none without it', () => {
    const groups = (value: unknown) => userOf({ groupsClaim: 'groups' }, { groups: value }).groups
    expect(groups(['a', 'b', 'a', '', 7])).toEqual(['a', 'b'])
    expect(groups('a')).toEqual(['a'])
    expect(groups(undefined)).toEqual([])
  })

  test('is refused when the groups are elsewhere', () => {
    const claims = { _claim_names: { groups: 'src1' } }
    const decisive = [
      { groupsClaim: 'groups' },
      { adminClaim: 'groups', adminValue: 'admins' },
      { requiredClaim: 'groups', requiredValue: 'users' },
    ]
    for (const each of decisive) {
      expect(read(each, claims)).toMatchObject({ refusal: { kind: 'groups-elsewhere', claim: 'groups' } })
    }
    expect(read({}, claims)).toHaveProperty('user')
  })

  test('is refused without a name, or without the claim that lets users in', () => {
    expect(readUser(settings(), { sub: 'subject' })).toMatchObject({ refusal: { kind: 'name-missing' } })
    const required = { requiredClaim: 'hd', requiredValue: 'acme.com' }
    expect(read(required, { hd: 'acme.com' })).toHaveProperty('user')
    for (const claims of [{}, { hd: 'evil.com' }, { hd: 'acme.com.evil.com' }]) {
      expect(read(required, claims)).toMatchObject({ refusal: { kind: 'not-admitted' } })
    }
  })

  test('needs the userinfo endpoint when a claim that is set is missing', () => {
    expect(lacksClaims(settings(), { preferred_username: 'carol', name: 'Carol' })).toBe(false)
    expect(lacksClaims(settings({ groupsClaim: 'groups' }), { preferred_username: 'carol', name: 'Carol' })).toBe(true)
  })
})

describe('the settings of a provider', () => {
  const whole = settings({ enabled: true, issuer: 'https://login.example.com', clientID: 'breakwater' })
  const whyNot = (changed: Partial<ProviderSettings>, sent = true, storedFor?: ProviderSettings) =>
    whyNoProvider({ ...whole, ...changed }, { sent, storedFor })

  test('are stored when they are whole', () => {
    expect(whyNot({})).toBeUndefined()
    expect(whyNot({}, false, whole)).toBeUndefined()
    expect(whyNot({ clientAuthMethod: 'none' }, false)).toBeUndefined()
    expect(whyNoProvider(noProvider, { sent: false, storedFor: undefined })).toBeUndefined()
  })

  test.each<[Partial<ProviderSettings>, boolean, ProviderSettings | undefined, object]>([
    [{ issuer: '' }, true, undefined, { kind: 'field-missing', field: 'issuer' }],
    [{ clientID: '' }, true, undefined, { kind: 'field-missing', field: 'clientID' }],
    [{ scopes: ['profile'] }, true, undefined, { kind: 'openid-missing' }],
    [{ adminClaim: 'roles' }, true, undefined, { kind: 'value-missing', field: 'adminValue' }],
    [{ requiredClaim: 'hd' }, true, undefined, { kind: 'value-missing', field: 'requiredValue' }],
    [{}, false, undefined, { kind: 'secret-missing' }],
    [{ issuer: 'https://evil.example.com' }, false, whole, { kind: 'secret-elsewhere' }],
    [{ clientID: 'another' }, false, whole, { kind: 'secret-elsewhere' }],
  ])('%j with a secret sent (%s) are refused', (changed, sent, storedFor, reason) => {
    expect(whyNot(changed, sent, storedFor)).toEqual(reason)
  })
})
