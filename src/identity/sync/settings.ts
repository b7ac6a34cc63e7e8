/** The settings of the sync, beside DTR's own document. */
import * as z from 'zod'
import type { SettingFields } from '../../settings/fields.ts'

export const syncSettings = {
  ldapSyncMinimumShare: z
    .int()
    .min(0)
    .max(100)
    .describe(
      'the share of what it found before, in percent, that a search of the directory has to find for a sync to change anything; one that finds nothing changes nothing in any case',
    )
    .default(50),
} as const satisfies SettingFields
