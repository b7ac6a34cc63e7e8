/** What a job that proves a backup is called, and what it may be told. */
import * as z from 'zod'

export const proveAction = 'prove'

/** Completes the refusal of a caller who has proven no password: the second database has all hashes meanwhile. */
export const proveBackups = 'prove a backup'

export const proofParameters = z.strictObject({
  /** The id of a backup. */
  backup: z.string().regex(/^[0-9a-f-]{1,64}$/, { error: 'it must be the id of a backup' }),
  /** Checks the hashes of its parts, and restores nothing. */
  onlyHashes: z.boolean().default(false),
})

export type ProofOrder = z.infer<typeof proofParameters>
