/** DTR's settings document of a directory (`/enzi/v0/config/auth/ldap`), as a request brings it. */
import * as z from 'zod'
import {
  longestDn,
  longestLdapAttribute,
  longestLdapFilter,
  longestReaderPassword,
  longestServerUrl,
  mostDirectoryDomains,
  mostUserSearches,
} from '../../limits.ts'
import { splitDn } from '../links/dn.ts'
import { memberSyncOptions, noMemberSync } from '../sync/member-options.ts'

const isDn = (text: string): boolean => splitDn(text).every((part) => /^\s*[a-z0-9][a-z0-9.-]*\s*=/i.test(part))

const distinguishedName = z
  .string()
  .max(longestDn)
  .refine(isDn, { error: 'it must be a distinguished name, like "ou=people,dc=acme,dc=test"' })

/** Active Directory also lets `reader@acme.test` and `ACME\reader` log in. */
const readerName = z
  .string()
  .max(longestDn)
  .refine((text) => isDn(text) || /[@\\]/.test(text), {
    error: 'it must be a distinguished name, or for Active Directory user@domain or DOMAIN\\user',
  })

/** Empty: none. */
const serverUrl = z
  .string()
  .max(longestServerUrl)
  .regex(/^(?:ldaps?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?\/?)?$/i, {
    error: 'it must be ldap://host:port or ldaps://host:port, without a path',
  })
  .refine((url) => url === '' || URL.canParse(url), { error: 'its port must be a number up to 65535' })

/** Empty: none. */
const attribute = z
  .string()
  .max(longestLdapAttribute)
  .regex(/^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)?$/i, { error: 'it must be the name of an attribute, like "uid"' })

const filter = z.string().max(longestLdapFilter)

const certificatesRefused =
  'this platform verifies certificates against the authorities of browsers and takes no others: leave rootCerts empty; on a machine of your own, name a file of more authorities with NODE_EXTRA_CA_CERTS when you start the registry'
const skippingRefused =
  'certificates are always verified, as who stands between would read every password: set tlsSkipVerify to false, and give the server a certificate that is trusted'

const server = {
  noSimplePagination: z.boolean().default(false),
  startTLS: z.boolean().default(false),
  rootCerts: z.string().max(0, { error: certificatesRefused }).default(''),
  tlsSkipVerify: z
    .boolean()
    .refine((skips) => !skips, { error: skippingRefused })
    .default(false),
  readerDN: readerName.default(''),
  /** Undefined leaves the one that is kept. */
  readerPassword: z.string().max(longestReaderPassword).optional(),
} as const

const userSearch = z
  .strictObject({
    baseDN: distinguishedName,
    scopeSubtree: z.boolean().default(false),
    usernameAttr: attribute.min(1, { error: 'it must be the attribute that has the names' }),
    fullNameAttr: attribute.default(''),
    filter: filter.default(''),
    matchGroup: z.boolean().default(false),
    matchGroupDN: distinguishedName.default(''),
    matchGroupMemberAttr: attribute.default(''),
    matchGroupIterate: z.boolean().default(false),
  })
  .refine(
    ({ matchGroup, matchGroupDN, matchGroupMemberAttr }) =>
      !matchGroup || (matchGroupDN !== '' && matchGroupMemberAttr !== ''),
    {
      error: 'with matchGroup it needs matchGroupDN and matchGroupMemberAttr',
    },
  )

/** DTR's form sent the values before a change along; they mean nothing here. */
const ofForm = { lastReaderDN: z.string().optional(), lastReaderPassword: z.string().optional() }

/** Makes the schema of a list. DTR is written in Go, which gives an empty one as null. */
const listOf = <Item extends z.ZodType>(item: Item, most: number) =>
  z
    .array(item)
    .max(most)
    .nullable()
    .default([])
    .transform((list) => list ?? [])

export const directorySettings = z.strictObject({
  serverURL: serverUrl,
  ...server,
  ...ofForm,
  additionalDomains: listOf(
    z.strictObject({
      // White space alone is the empty name, which is that of the default server.
      domain: distinguishedName.refine((text) => splitDn(text).length > 0, {
        error: 'it must be the end of distinguished names',
      }),
      serverURL: serverUrl.min(1, { error: 'a domain needs a server' }),
      ...server,
      ...ofForm,
    }),
    mostDirectoryDomains,
  ),
  userSearchConfigs: listOf(userSearch, mostUserSearches),
  adminSyncOpts: memberSyncOptions.default(noMemberSync),
  syncSchedule: z.string().max(100).default(''),
  jitUserProvisioning: z.boolean().default(true),
})

export type DirectorySettings = z.infer<typeof directorySettings>

/** The settings of a registry without a directory. */
export const noDirectory: DirectorySettings = directorySettings.parse({ serverURL: '' })
