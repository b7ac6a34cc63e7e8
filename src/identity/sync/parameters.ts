/** The parameters of the job `ldap-sync`. */
import * as z from 'zod'

export const syncParameters = z.strictObject({
  /** Says what a sync would do, and changes nothing. */
  dryRun: z.boolean().default(false),
  /** Believes a directory that shows far less than before. */
  force: z.boolean().default(false),
})
