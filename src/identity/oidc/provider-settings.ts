/** The OpenID provider that users log in at, as an administrator has set it. */
import * as z from 'zod'
import { longestClaimName, longestClientId, longestClientSecret, longestIssuer, mostSsoScopes } from '../../limits.ts'
import { issuerRefusal } from '../issuers/failures.ts'
import { whyNoIssuer } from '../issuers/issuer-url.ts'

const claim = z.string().max(longestClaimName)

const issuer = z
  .string()
  .max(longestIssuer)
  .superRefine((text, check) => {
    const reason = text === '' ? undefined : whyNoIssuer(text)
    if (reason !== undefined) check.addIssue({ code: 'custom', message: issuerRefusal(reason) })
  })

/** RFC 6749 section 3.3. */
const scope = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/, { error: 'it must be one scope without spaces' })

/** The fields that anyone who administers the registry may read. */
export const providerFields = {
  enabled: z.boolean().default(false).describe('whether users can log in at the provider'),
  issuer: issuer.default('').describe('URL of the provider, as its discovery document says it'),
  clientID: z.string().max(longestClientId).default('').describe('the ID of this registry at the provider'),
  clientAuthMethod: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic')
    .describe('how the registry proves to the provider who it is'),
  scopes: z.array(scope).max(mostSsoScopes).default(['openid', 'profile', 'email']).describe('what is asked for'),
  usernameClaim: claim.min(1).default('preferred_username').describe('claim with the name of a new account'),
  usernameBeforeAt: z
    .boolean()
    .default(false)
    .describe('whether the name of a new account is what stands before the first "@" of the claim'),
  fullNameClaim: claim.default('name').describe('claim with the full name; empty for none'),
  groupsClaim: claim.default('').describe('claim with the groups, which teams may be linked to; empty for none'),
  adminClaim: claim.default('').describe('claim that makes administrators of the registry; empty to appoint them here'),
  adminValue: claim.default('').describe('the value of "adminClaim" that makes an administrator'),
  requiredClaim: claim.default('').describe('claim without which no user is let in; empty for none'),
  requiredValue: claim.default('').describe('the value that "requiredClaim" must have'),
  jitUserProvisioning: z.boolean().default(true).describe('whether the first login of a user makes an account'),
}

/** A secret is written and never read. */
export const clientSecretField = z
  .string()
  .min(1)
  .max(longestClientSecret)
  .optional()
  .describe('the secret of this registry at the provider; omitted to keep the one that is stored')

const document = z.object(providerFields)

export type ProviderSettings = z.infer<typeof document>

/** The claims by which a user is read. */
export type ClaimSettings = Pick<
  ProviderSettings,
  | 'usernameClaim'
  | 'usernameBeforeAt'
  | 'fullNameClaim'
  | 'groupsClaim'
  | 'adminClaim'
  | 'adminValue'
  | 'requiredClaim'
  | 'requiredValue'
>

/** Reads a stored document; fields of later releases are left out, and missing ones have their defaults. */
export const parseProvider = (stored: unknown): ProviderSettings => document.parse(stored)

/** The settings of a registry that has none. */
export const noProvider = parseProvider({})

/** What is wrong with settings that each field for itself would allow. */
export type WhyNoProvider =
  | { readonly kind: 'field-missing'; readonly field: string }
  | { readonly kind: 'openid-missing' }
  | { readonly kind: 'value-missing'; readonly field: string }
  | { readonly kind: 'secret-missing' }
  | { readonly kind: 'secret-elsewhere' }

/**
 * Tells why settings cannot be stored; undefined for those that can.
 *
 * @param secret whether one is sent, whether one is stored, and for which provider
 */
export function whyNoProvider(
  settings: ProviderSettings,
  { sent, storedFor }: { readonly sent: boolean; readonly storedFor: ProviderSettings | undefined },
): WhyNoProvider | undefined {
  const { enabled, issuer: url, clientID, clientAuthMethod, scopes, adminClaim, requiredClaim } = settings
  if (adminClaim !== '' && settings.adminValue === '') return { kind: 'value-missing', field: 'adminValue' }
  if (requiredClaim !== '' && settings.requiredValue === '') return { kind: 'value-missing', field: 'requiredValue' }
  // A secret that was given for one provider must not be sent to another one.
  if (!sent && storedFor !== undefined && (storedFor.issuer !== url || storedFor.clientID !== clientID)) {
    return { kind: 'secret-elsewhere' }
  }
  if (!enabled) return undefined
  if (url === '') return { kind: 'field-missing', field: 'issuer' }
  if (clientID === '') return { kind: 'field-missing', field: 'clientID' }
  if (!scopes.includes('openid')) return { kind: 'openid-missing' }
  const needsSecret = clientAuthMethod !== 'none'
  return needsSecret && !sent && storedFor === undefined ? { kind: 'secret-missing' } : undefined
}
