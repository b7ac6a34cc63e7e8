/** Who a user is, by the NameID and the attributes of an assertion. */
import { describe, expect, it } from 'vitest'
import type { Assertion } from '../../../src/identity/saml/assertion.ts'
import { noSaml, type SamlSettings } from '../../../src/identity/saml/document.ts'
import { nameIdFormats } from '../../../src/identity/saml/name-id.ts'
import { readUser } from '../../../src/identity/saml/user.ts'

const assertionWith = (
  attributes: Readonly<Record<string, readonly string[]>>,
  nameId: Assertion['nameId'] = { value: 'carol', format: nameIdFormats.persistent },
): Assertion => ({ nameId, attributes: new Map(Object.entries(attributes)), sessionIndex: '_session' })

const userOf = (assertion: Assertion, settings: Partial<SamlSettings> = {}) =>
  readUser({ ...noSaml, ...settings }, assertion)

describe('a user', () => {
  it('has what DTR read from an assertion', () => {
    const attributes = { fullname: ['Carol', 'Other'], 'member-of': ['a', 'b', 'a'], 'is-admin': ['whatever'] }
    expect(userOf(assertionWith(attributes))).toEqual({
      user: { subject: 'carol', name: 'carol', fullName: 'Carol', groups: ['a', 'b'], isAdmin: true, sid: '_session' },
    })
  })

  it('without attributes is in no group, and no administrator', () => {
    expect(userOf(assertionWith({}))).toMatchObject({ user: { fullName: '', groups: [], isAdmin: false } })
  })

  it('keeps teams and rights where no attribute is named for them', () => {
    const settings = { groupsAttribute: '', adminAttribute: '' }
    expect(userOf(assertionWith({}), settings)).toMatchObject({ user: { groups: undefined, isAdmin: undefined } })
  })

  it.each([
    ['', ['false'], false],
    ['', ['0'], false],
    ['', ['No'], false],
    ['', [''], false],
    ['', ['true'], true],
    ['admins', ['users'], false],
    ['admins', ['users', 'admins'], true],
  ])('with the value %j set is an administrator by %j: %s', (adminValue, values, isAdmin) => {
    expect(userOf(assertionWith({ 'is-admin': values }), { adminValue })).toMatchObject({ user: { isAdmin } })
  })

  it('is known by an attribute in place of any NameID', () => {
    const transient = { value: '_random', format: nameIdFormats.transient }
    const settings = { subjectAttribute: 'objectGUID', usernameAttribute: 'mail', usernameBeforeAt: true }
    const attributes = { objectGUID: ['4f1c'], mail: ['carol@acme.test'] }
    expect(userOf(assertionWith(attributes, transient), settings)).toMatchObject({
      user: { subject: 'objectGUID=4f1c', name: 'carol' },
    })
    for (const objectGUID of [[], ['a', 'b'], ['a'.repeat(255)]]) {
      expect(userOf(assertionWith({ ...attributes, objectGUID }, transient), settings)).toEqual({
        refusal: { kind: 'id-missing', claim: 'objectGUID' },
      })
    }
  })

  it.each([
    [nameIdFormats.persistent, undefined, 'id-of-other-format'],
    [nameIdFormats.persistent, nameIdFormats.unspecified, 'id-of-other-format'],
    [nameIdFormats.persistent, nameIdFormats.transient, 'id-transient'],
    [nameIdFormats.unspecified, nameIdFormats.transient, 'id-transient'],
    [nameIdFormats.unspecified, undefined, undefined],
    [nameIdFormats.unspecified, 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress', undefined],
  ])('with the format %s set and %s sent is refused: %s', (nameIDFormat, format, kind) => {
    const read = userOf(assertionWith({}, { value: 'carol', format }), { nameIDFormat })
    expect('refusal' in read ? read.refusal.kind : undefined).toBe(kind)
  })

  it('without an ID, a name or a required value is refused', () => {
    expect(userOf(assertionWith({}, { value: '', format: nameIdFormats.persistent }))).toMatchObject({
      refusal: { kind: 'id-missing' },
    })
    expect(userOf(assertionWith({}), { usernameAttribute: 'uid' })).toMatchObject({ refusal: { kind: 'name-missing' } })
    const required = { requiredAttribute: 'department', requiredValue: 'engineering' }
    expect(userOf(assertionWith({ department: ['sales'] }), required)).toMatchObject({
      refusal: { kind: 'not-admitted' },
    })
  })
})
