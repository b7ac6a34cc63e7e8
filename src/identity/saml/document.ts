/** DTR's settings document of SAML (`/enzi/v0/config/auth/saml`), with what its defaults leave out. */
import * as z from 'zod'
import { longestClaimName, longestSamlMetadata, longestUrl } from '../../limits.ts'
import { mayName } from '../issuers/issuer-url.ts'
import { nameIdFormats } from './name-id.ts'

const attribute = z.string().max(longestClaimName)

const certificatesRefused =
  'this platform verifies certificates against the authorities of browsers and takes no others: leave rootCerts empty, and give the metadata as a text in idpMetadata'
const skippingRefused =
  'certificates are always verified, as the server of the metadata decides who gets in: set tlsSkipVerify to false, or give the metadata as a text in idpMetadata'

export const samlFields = {
  enabled: z.boolean().default(false).describe('whether users can log in by SAML'),
  idpMetadataURL: z
    .string()
    .max(longestUrl)
    .refine((url) => url === '' || mayName(url, url), { error: 'it must be a URL that begins with https://' })
    .default('')
    .describe('where the metadata of the identity provider are; empty for a text'),
  idpMetadata: z
    .string()
    .max(longestSamlMetadata)
    .default('')
    .describe('the metadata of the identity provider as a text, for one that serves none'),
  spHost: z
    .string()
    .max(longestUrl)
    .default('')
    .describe('the host of this registry, as DTR had it: that of publicOrigin, or empty'),
  rootCerts: z.string().max(0, { error: certificatesRefused }).default('').describe('empty, always'),
  tlsSkipVerify: z
    .boolean()
    .refine((skips) => !skips, { error: skippingRefused })
    .default(false)
    .describe('false, always'),
  nameIDFormat: z
    .string()
    .max(longestClaimName)
    .refine((format) => format !== nameIdFormats.transient, {
      error: 'a transient NameID is another one at each login: use the persistent format, or a subjectAttribute',
    })
    .default(nameIdFormats.persistent)
    .describe('the format of the NameID that is asked for, and by which users are known without a subjectAttribute'),
  subjectAttribute: attribute
    .default('')
    .describe('attribute with the ID that a user never loses and no other gets; empty for the NameID'),
  usernameAttribute: attribute
    .default('')
    .describe('attribute with the name of a new account; empty for the NameID, as DTR did'),
  usernameBeforeAt: z
    .boolean()
    .default(false)
    .describe('whether the name of a new account is what stands before the first "@"'),
  fullNameAttribute: attribute.default('fullname').describe('attribute with the full name; empty for none'),
  groupsAttribute: attribute
    .default('member-of')
    .describe('attribute with the groups, which teams may be linked to; empty to leave teams alone'),
  adminAttribute: attribute
    .default('is-admin')
    .describe('attribute that makes administrators of the registry; empty to appoint them here'),
  adminValue: attribute
    .default('')
    .describe('the value of "adminAttribute" that makes an administrator; empty for any but false, 0 and no'),
  requiredAttribute: attribute.default('').describe('attribute without which no user is let in; empty for none'),
  requiredValue: attribute.default('').describe('the value that "requiredAttribute" must have'),
  jitUserProvisioning: z.boolean().default(true).describe('whether the first login of a user makes an account'),
}

const document = z.object(samlFields)

export type SamlSettings = z.infer<typeof document>

/** Reads a stored document; fields of later releases are left out, and missing ones have their defaults. */
export const parseSaml = (stored: unknown): SamlSettings => document.parse(stored)

/** The settings of a registry without SAML. */
export const noSaml = parseSaml({})
