/** The settings of garbage collection. */
import * as z from 'zod'
import { durationOf, type SettingFields } from '../settings/fields.ts'

/** A push that takes longer than this from its first blob to its manifest may lose content. */
const grace = durationOf(
  1000,
  'it must be one second or more, in days, hours, minutes and seconds, like "24h" or "1h30m"',
)

export const gcSettings = {
  /** The grace period: content pushed, mounted or confirmed to a pusher this recently is kept, used or not. */
  gcGrace: grace.default('24h'),
  /** Whether garbage collection keeps untagged manifests. */
  gcKeepUntaggedManifests: z.boolean().default(false),
  /** Whether garbage collection deletes referrers, such as signatures, with their image. */
  gcDeleteReferrers: z.boolean().default(true),
} as const satisfies SettingFields
