/** What an administrator decides about garbage collection. */
import * as z from 'zod'
import { durationOf, type SettingFields } from '../settings/fields.ts'

/** A push that takes longer than this from its first blob to its manifest may lose what it brought. */
const grace = durationOf(
  1000,
  'it must be one second or more, in days, hours, minutes and seconds, like "24h" or "1h30m"',
)

export const gcSettings = {
  /** What was pushed, mounted or asked for so recently by somebody who may push stays, used or not. */
  gcGrace: grace.default('24h'),
  /** Manifests without a tag stay. */
  gcKeepUntaggedManifests: z.boolean().default(false),
  /** What is about a deleted image, as its signatures, goes with it. */
  gcDeleteReferrers: z.boolean().default(true),
} as const satisfies SettingFields
