/** How far a restoration is, as its row keeps it: each slice can be done again from there. */
import * as z from 'zod'

/** The steps in their order. Up to and with `verify` nothing is changed. */
export const steps = ['verify', 'prepare', 'load', 'content', 'images', 'finish'] as const
export type StepName = (typeof steps)[number]

const member = z.object({ id: z.string(), location: z.string() })

const progressSchema = z.object({
  step: z.enum(steps),
  /** The checkpoint of the loader; null before each of its steps. */
  loader: z.unknown(),
  /** Known from the end of `verify` on (see `fences.ts`). */
  fences: z.object({ token: z.int(), formerReplicas: z.array(member) }).nullable(),
  content: z.object({
    /** The segment after which the comparison with R2 goes on; null when it is done. */
    segmentsAfter: z.string().nullable(),
    blobsAfter: z.string(),
    /** The objects that R2 lacks, or has with another size. */
    missing: z.int(),
  }),
  images: z.object({
    after: z.tuple([z.int(), z.string()]),
    /** Those that lost content, and how many lists of them are stored. */
    lost: z.int(),
    lists: z.int(),
  }),
  /** Of the step, for those who watch. */
  done: z.int(),
  total: z.int(),
})
export type Progress = z.infer<typeof progressSchema>

export const progressOf = (text: string): Progress => progressSchema.parse(JSON.parse(text))

export const beginning: Progress = {
  step: 'verify',
  loader: null,
  fences: null,
  content: { segmentsAfter: '', blobsAfter: '', missing: 0 },
  images: { after: [0, ''], lost: 0, lists: 0 },
  done: 0,
  total: 0,
}

/** Goes on to the next step. */
export const nextStep = (at: Progress, step: StepName): Progress => ({ ...at, step, loader: null, done: 0, total: 0 })

const wantedSchema = z.object({
  /** Access tokens that were revoked after the backup work again. */
  keepRevokedTokens: z.boolean(),
  /** The data key of an encrypted backup, under the registry's secret; null for a backup that is not. */
  sealedKey: z.string().nullable(),
})
/** What the operator ordered. */
export type Wanted = z.infer<typeof wantedSchema>

export const wantedOf = (text: string): Wanted => wantedSchema.parse(JSON.parse(text))
