/**
 * How far a sync has come. It gathers the whole picture first, then judges it, and only then changes anything: until
 * `found` nothing has happened, however the run ends.
 */
import * as z from 'zod'

/** The phases in their order. `held` follows `judge` in place of the rest. */
export const phases = [
  'sweep',
  'users',
  'targets',
  'judge',
  'held',
  'found',
  'vanished',
  'administrators',
  'teams',
  'owners',
  'finish',
  'clean',
] as const
export type Phase = (typeof phases)[number]

const counts = z.object({
  created: z.int().default(0),
  updated: z.int().default(0),
  reactivated: z.int().default(0),
  deactivated: z.int().default(0),
  promoted: z.int().default(0),
  demoted: z.int().default(0),
  joined: z.int().default(0),
  left: z.int().default(0),
})
export type Counts = z.infer<typeof counts>

export const checkpointSchema = z.object({
  phase: z.enum(phases),
  /** The settings that decide what is gathered: other ones begin a new picture. */
  fingerprint: z.string(),
  startedAt: z.int().default(0),
  /** The parts of the searches that are through, in their order. */
  parts: z.array(z.object({ part: z.string(), search: z.string(), found: z.int() })).default([]),
  /** How often the search in progress has begun. */
  starts: z.int().default(0),
  targetsPart: z.string().default(''),
  /** The place in the phase: the last id of the slice before. */
  after: z.string().default(''),
  /** In `found`: the index of the part. */
  at: z.int().default(0),
  /** In `teams` and `owners`: the targets of the page whose changes are under way, and the last change. */
  targets: z.array(z.string()).default([]),
  change: z.object({ target: z.string(), userId: z.string() }).default({ target: '', userId: '' }),
  /** Why the sync is held back. */
  reasons: z.array(z.string()).default([]),
  /** Teams, owners and administrators that stay as they are, as the directory cannot be right about them. */
  left: z.object({ count: z.int(), first: z.array(z.string()) }).default({ count: 0, first: [] }),
  counts: counts.default(counts.parse({})),
})
export type Checkpoint = z.infer<typeof checkpointSchema>

/** Returns the beginning of a sync. */
export const beginning = (fingerprint: string, startedAt: number): Checkpoint =>
  checkpointSchema.parse({ phase: 'sweep', fingerprint, startedAt })

/** Returns the checkpoint at the beginning of a phase. */
export const enter = (checkpoint: Checkpoint, phase: Phase): Checkpoint => ({
  ...checkpoint,
  phase,
  after: '',
  at: 0,
  targets: [],
  change: { target: '', userId: '' },
})

/** Returns the checkpoint with more counted. */
export function counting(checkpoint: Checkpoint, more: Partial<Counts>): Checkpoint {
  const before = checkpoint.counts
  return {
    ...checkpoint,
    counts: {
      created: before.created + (more.created ?? 0),
      updated: before.updated + (more.updated ?? 0),
      reactivated: before.reactivated + (more.reactivated ?? 0),
      deactivated: before.deactivated + (more.deactivated ?? 0),
      promoted: before.promoted + (more.promoted ?? 0),
      demoted: before.demoted + (more.demoted ?? 0),
      joined: before.joined + (more.joined ?? 0),
      left: before.left + (more.left ?? 0),
    },
  }
}

/** What an alert tells of the targets that were left as they are: the rest is in the log. */
const mostTold = 5

/** Returns the checkpoint with more targets that are left as they are. @param lines which ones, and why */
export const leaving = (checkpoint: Checkpoint, lines: readonly string[]): Checkpoint => {
  const { count, first } = checkpoint.left
  return { ...checkpoint, left: { count: count + lines.length, first: [...first, ...lines].slice(0, mostTold) } }
}

/** Tells whether a phase comes before anything was changed. */
export const isGathering = (phase: Phase): boolean => phases.indexOf(phase) < phases.indexOf('judge')

/** The result of one step. */
export interface Step {
  readonly checkpoint: Checkpoint
  readonly lines: readonly string[]
}
