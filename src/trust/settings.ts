/** The settings of content trust. */
import * as z from 'zod'
import { longestHost, mostTrustHosts } from '../limits.ts'
import type { SettingFields } from '../settings/fields.ts'

const host = z
  .string()
  .max(longestHost)
  .regex(/^[a-z0-9.-]+(?::\d{1,5})?$/, { error: 'it must be a host in lower case, with its port if it has one' })

export const trustSettings = {
  trustHosts: z
    .array(host)
    .max(mostTrustHosts)
    .describe(
      'hosts whose trust data is served, beside the host that a client asks: other names of this registry, and those of a registry it replaces',
    )
    .default([]),
  // SQL statements read this setting themselves (`bridge/restatement-store.ts`).
  trustBridge: z
    .boolean()
    .describe(
      'whether what Notary signs is restated for cosign and notation with the key of the registry; false withdraws it',
    )
    .default(true),
} as const satisfies SettingFields
