/** How far a restoration is, as its row keeps it: each slice can be done again from there. */
import * as z from 'zod'
import { beginPuttingBack, putBackProgress } from '../content/putting-back.ts'
import { loadProgress } from '../load/loading.ts'

const member = z.object({ id: z.string(), location: z.string() })

/** What a restoration keeps above what survives it (see `fences.ts`). */
const fencesSchema = z.object({
  /** Above all tokens of the write gate and of the lock that were ever given; the next epoch begins above it. */
  token: z.int(),
  /** The replicas that the replaced database named. */
  formerReplicas: z.array(member),
})
export type Fences = z.infer<typeof fencesSchema>

const revokedSchema = z.object({
  /** The object of the journal after which it goes on. */
  after: z.string().nullable(),
  /** How many were taken away, and how many lists of them are stored. */
  found: z.int(),
  lists: z.int(),
  /** Objects of the journal that cannot be read, and why the replaced database does not tell. */
  unreadable: z.array(z.string()),
})

const contentSchema = z.object({
  /** The segment after which the comparison with R2 goes on; null when it is done. */
  after: z.string().nullable(),
  compared: z.int(),
  /** The objects that R2 lacks, or has with another size. */
  missing: z.int(),
})
export type ContentProgress = z.infer<typeof contentSchema>

const imagesSchema = z.object({
  /** The manifest after which the search goes on. */
  after: z.tuple([z.int(), z.string()]),
  searched: z.int(),
  /** How many lost content, and how many lists of them are stored. */
  lost: z.int(),
  lists: z.int(),
})
export type ImagesProgress = z.infer<typeof imagesSchema>

const progressSchema = z.object({
  step: z.enum(['load', 'revoked', 'put-back', 'content', 'images', 'finish']),
  /** Null before it begins. */
  loader: loadProgress.nullable(),
  /** Null until the tables are about to go away. */
  fences: fencesSchema.nullable(),
  revoked: revokedSchema,
  putBack: putBackProgress,
  content: contentSchema,
  images: imagesSchema,
})
export type Progress = z.infer<typeof progressSchema>

/** What a restoration that begins again has to keep: the replaced database told it, which is gone. */
const keptSchema = z.object({
  fences: fencesSchema
    .extend({ formerReplicas: z.array(member).catch([]) })
    .nullable()
    .catch(null),
  revoked: z.object({ unreadable: z.array(z.string()) }).catch({ unreadable: [] }),
})

/** Reads how far a restoration is. One that another release wrote begins again, and keeps its fences. */
export function progressOf(text: string): Progress {
  const written: unknown = JSON.parse(text)
  const { data } = progressSchema.safeParse(written)
  if (data !== undefined) return data
  const { fences, revoked } = keptSchema.parse(written)
  return beginning(fences, revoked.unreadable)
}

/**
 * Returns the progress of a restoration that begins.
 *
 * @param fences of the one that it is done in place of
 * @param unreadable what is not known of revocations in the replaced database
 */
export const beginning = (fences: Fences | null, unreadable: readonly string[] = []): Progress => ({
  step: 'load',
  loader: null,
  fences,
  revoked: { after: null, found: 0, lists: 0, unreadable: [...unreadable] },
  putBack: beginPuttingBack(),
  content: { after: '', compared: 0, missing: 0 },
  images: { after: [0, ''], searched: 0, lost: 0, lists: 0 },
})

/** What is shown of a step: up to and with `verify` nothing is changed. */
export const shownSteps = ['verify', 'prepare', 'load', 'revoked', 'put-back', 'content', 'images', 'finish'] as const

export interface ShownStep {
  readonly step: (typeof shownSteps)[number]
  /** How much of it is done. */
  readonly done: number
  /** Zero where it is not known. */
  readonly total: number
}

/** Tells those who watch how far it is. */
export function shown({ step, loader, revoked, putBack, content, images }: Progress): ShownStep {
  switch (step) {
    case 'revoked':
      return { step, done: revoked.found, total: 0 }
    case 'put-back':
      return { step, done: putBack.segments, total: 0 }
    case 'content':
      return { step, done: content.compared, total: 0 }
    case 'images':
      return { step, done: images.searched, total: 0 }
    case 'finish':
      return { step, done: 0, total: 0 }
    case 'load':
      return loader === null ? { step: 'verify', done: 0, total: 0 } : shownPhase(loader)
  }
}

function shownPhase({ phase, done, of: total }: z.infer<typeof loadProgress>): ShownStep {
  switch (phase) {
    case 'verify':
      return { step: 'verify', done, total }
    case 'survey':
    case 'prepare':
      return { step: 'prepare', done: 0, total: 0 }
    case 'load':
      return { step: 'load', done, total }
    case 'count':
    case 'loaded':
      return { step: 'load', done: total, total }
  }
}

const wantedSchema = z.object({
  /** Access tokens that were revoked after the backup work again. */
  keepRevokedTokens: z.boolean(),
  /** The data key of an encrypted backup, under the secret of the registry; null where none was given. */
  keptKey: z.string().nullable(),
})
/** What the operator ordered. */
export type Wanted = z.infer<typeof wantedSchema>

/** Reads what was ordered. What another release wrote in another form was not: the same command orders it again. */
export const wantedOf = (text: string): Wanted =>
  wantedSchema.safeParse(JSON.parse(text)).data ?? { keepRevokedTokens: false, keptKey: null }
