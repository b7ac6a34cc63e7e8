/** The settings of garbage collection. */
import * as z from 'zod'
import { durationOf, type SettingFields } from '../settings/fields.ts'

/** A push that takes longer than this from its first blob to its manifest may lose content. */
const grace = durationOf(
  1000,
  'it must be one second or more, in days, hours, minutes and seconds, like "24h" or "1h30m"',
)

export const gcSettings = {
  gcGrace: grace
    .describe('the grace period: content pushed, mounted or confirmed to a pusher this recently is kept, used or not')
    .default('24h'),
  gcKeepUntaggedManifests: z.boolean().describe('whether garbage collection keeps untagged manifests').default(false),
  gcDeleteReferrers: z
    .boolean()
    .describe('whether garbage collection deletes referrers, such as signatures, with their image')
    .default(true),
} as const satisfies SettingFields
