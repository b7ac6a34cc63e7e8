/** Reads who a user is from the claims of an OpenID provider, by the names of claims that an administrator has set. */
import type { JWTPayload } from 'jose'
import { longestSubject } from '../../limits.ts'
import { groupsFrom, type ReadUser } from '../sso/user.ts'
import type { ClaimSettings } from './provider-settings.ts'

type Claims = Readonly<Record<string, unknown>>

/** Reads the user of an ID token, and of the answer of the userinfo endpoint where that was asked. */
export function readUser(settings: ClaimSettings, claims: JWTPayload & { readonly sub: string }): ReadUser {
  const { requiredClaim, requiredValue, usernameClaim, usernameBeforeAt, groupsClaim, adminClaim, adminValue } =
    settings
  const elsewhere = [requiredClaim, groupsClaim, adminClaim].find((claim) => isElsewhere(claims, claim))
  if (elsewhere !== undefined) return { refusal: { kind: 'groups-elsewhere', claim: elsewhere } }
  if (requiredClaim !== '' && !valuesAt(claims, requiredClaim).includes(requiredValue)) {
    return { refusal: { kind: 'not-admitted', claim: requiredClaim } }
  }
  const [given = ''] = valuesAt(claims, usernameClaim)
  const name = usernameBeforeAt ? given.replace(/@.*$/s, '') : given
  if (name === '') return { refusal: { kind: 'name-missing', claim: usernameClaim } }
  const groups = groupsClaim === '' ? undefined : groupsFrom(valuesAt(claims, groupsClaim))
  if (groups !== undefined && 'refusal' in groups) return groups
  const user = {
    subject: claims.sub,
    name,
    fullName: valuesAt(claims, settings.fullNameClaim)[0] ?? '',
    groups: groups?.names,
    isAdmin: adminClaim === '' ? undefined : valuesAt(claims, adminClaim).includes(adminValue),
    sid: valuesAt(claims, 'sid').find((sid) => sid !== '' && sid.length <= longestSubject),
  }
  return { user }
}

/** Tells whether a claim that is set is not in the ID token, so that the userinfo endpoint has to be asked. */
export const lacksClaims = (settings: ClaimSettings, claims: Claims): boolean =>
  [
    settings.usernameClaim,
    settings.fullNameClaim,
    settings.groupsClaim,
    settings.adminClaim,
    settings.requiredClaim,
  ].some((name) => name !== '' && claimAt(claims, name) === undefined)

/**
 * Tells whether a claim is somewhere else (OpenID Connect Core 1.0 section 5.6.2), as Entra ID does with the groups of users
 * who are in more than 200. To take such users out of all teams, or their rights as administrators from them, would be as
 * wrong as to leave them what they have lost.
 */
const isElsewhere = (claims: Claims, claim: string): boolean =>
  claim !== '' &&
  claimAt(claims, claim) === undefined &&
  isObject(claims['_claim_names']) &&
  Object.hasOwn(claims['_claim_names'], claim)

/** Returns the texts of a claim: one text, or those of a list. */
function valuesAt(claims: Claims, name: string): readonly string[] {
  const value = claimAt(claims, name)
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.flatMap((one) => {
    if (typeof one === 'string') return [one]
    return typeof one === 'boolean' ? [String(one)] : []
  })
}

/** Finds a claim by its name, or by a path with dots: Keycloak has roles at `realm_access.roles`. */
function claimAt(claims: Claims, name: string): unknown {
  if (name === '') return undefined
  if (Object.hasOwn(claims, name)) return claims[name]
  let at: unknown = claims
  for (const part of name.split('.')) {
    if (!isObject(at) || !Object.hasOwn(at, part)) return undefined
    at = at[part]
  }
  return at
}

const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
