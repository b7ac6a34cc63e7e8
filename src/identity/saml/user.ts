/** Reads who a user is from an assertion, by the names of attributes that an administrator has set. */
import { longestSubject } from '../../limits.ts'
import { groupsFrom, type ReadUser, type WhyNoUser } from '../sso/user.ts'
import type { Assertion } from './assertion.ts'
import type { SamlSettings } from './document.ts'
import { nameIdFormats } from './name-id.ts'

/** Reads the user of an assertion. */
export function readUser(settings: SamlSettings, assertion: Assertion): ReadUser {
  const { requiredAttribute, requiredValue, usernameAttribute, usernameBeforeAt, groupsAttribute } = settings
  const valuesOf = (name: string): readonly string[] =>
    (assertion.attributes.get(name) ?? []).filter((value) => value !== '')
  if (requiredAttribute !== '' && !valuesOf(requiredAttribute).includes(requiredValue)) {
    return { refusal: { kind: 'not-admitted', claim: requiredAttribute } }
  }
  const subject = subjectOf(settings, assertion, valuesOf(settings.subjectAttribute))
  if ('refusal' in subject) return subject
  const [given = ''] = usernameAttribute === '' ? [assertion.nameId.value] : valuesOf(usernameAttribute)
  const name = usernameBeforeAt ? given.replace(/@.*$/s, '') : given
  if (name === '') return { refusal: { kind: 'name-missing', claim: usernameAttribute } }
  // Providers leave an attribute without values out: who has none is in no group.
  const groups = groupsAttribute === '' ? undefined : groupsFrom(valuesOf(groupsAttribute))
  if (groups !== undefined && 'refusal' in groups) return groups
  const { sessionIndex: sid } = assertion
  const user = {
    subject: subject.id,
    name,
    fullName: valuesOf(settings.fullNameAttribute)[0] ?? '',
    groups: groups?.names,
    isAdmin: isAdminBy(settings, valuesOf(settings.adminAttribute)),
    sid: sid !== undefined && sid.length <= longestSubject ? sid : undefined,
  }
  return { user }
}

function subjectOf(
  { subjectAttribute, nameIDFormat }: SamlSettings,
  { nameId }: Assertion,
  given: readonly string[],
): { readonly id: string } | { readonly refusal: WhyNoUser } {
  if (subjectAttribute !== '') {
    const [id = '', another] = given
    // The kind of the ID goes along, so that an ID of one kind is never that of another.
    const subject = `${subjectAttribute}=${id}`
    const isOne = id !== '' && another === undefined && subject.length <= longestSubject
    return isOne ? { id: subject } : { refusal: { kind: 'id-missing', claim: subjectAttribute } }
  }
  const { value, format = nameIdFormats.unspecified } = nameId
  if (value === '' || value.length > longestSubject) return { refusal: { kind: 'id-missing', claim: 'NameID' } }
  if (format === nameIdFormats.transient) return { refusal: { kind: 'id-transient' } }
  // Core section 8.3.1: "unspecified" leaves the format to the provider.
  const isWanted = format === nameIDFormat || nameIDFormat === nameIdFormats.unspecified
  return isWanted ? { id: value } : { refusal: { kind: 'id-of-other-format', format, wanted: nameIDFormat } }
}

/** What a Boolean of XML, and people, write for no. DTR took any value, also these. */
const no: ReadonlySet<string> = new Set(['false', '0', 'no'])

function isAdminBy({ adminAttribute, adminValue }: SamlSettings, values: readonly string[]): boolean | undefined {
  if (adminAttribute === '') return undefined
  return adminValue === '' ? values.some((value) => !no.has(value.toLowerCase())) : values.includes(adminValue)
}
