/** The settings of backups. */
import * as z from 'zod'
import { accessFields, durationOf, type SettingFields } from '../settings/fields.ts'

const age = durationOf(
  3600 * 1000,
  'it must be one hour or more, in days, hours, minutes and seconds, like "2d", "48h" or "36h30m"',
)

/** Fewer backups that are kept are backups that are deleted. */
const decides = { decides: 'what becomes of backups' } as const

export const backupSettings = {
  backupKeepLast: z
    .int()
    .min(1)
    .max(100)
    .describe('how many of the newest backups are kept')
    .default(3)
    .register(accessFields, decides),
  backupKeepDays: z
    .int()
    .min(0)
    .max(366)
    .describe('for how many days the newest backup of each day is kept')
    .default(7)
    .register(accessFields, decides),
  backupKeepWeeks: z
    .int()
    .min(0)
    .max(260)
    .describe('for how many weeks the newest backup of each week is kept')
    .default(5)
    .register(accessFields, decides),
  backupContent: z
    .boolean()
    .describe('whether backups have the content of images too, which is not encrypted')
    .default(false),
  backupProve: z.boolean().describe('whether each backup is proven after it is made').default(true),
  backupProvenWithin: age.describe('an alert tells when the newest proven backup is older').default('48h'),
} as const satisfies SettingFields
