/** The types of jobs: the interface between the runner, which decides when, and the actions, which know what to do. */
import type * as z from 'zod'
import type { LastingContext } from '../context.ts'

/** The context of workers and schedules: they outlive a request, so they have a clock and no `now`. */
export interface JobsContext extends LastingContext {
  readonly jobTypes: JobTypes
}

/** The context of one job. */
export interface JobContext extends JobsContext {
  readonly job: {
    readonly id: string
    /** The time at which its first slice began, in any worker. */
    readonly startedAt: number
    /** The parameters, checked when the job was made. */
    readonly parameters: unknown
    /** The number of turns in a row that came to nothing. */
    readonly deaths: number
  }
}

export interface JobSlice {
  /** The place where the next slice continues: any JSON value. */
  readonly checkpoint: unknown
  readonly isDone: boolean
  /** Lines for the log of the job. */
  readonly lines: readonly string[]
}

/** One worker's turn at a job: from taking it until the job or the worker's time ends. */
export interface Turn {
  /** The first lines of the turn in the log. */
  readonly lines: readonly string[]
  /** Does the next slice. Undefined if there is nothing to do: the job ends, and the lines say why. */
  readonly slice: ((checkpoint: unknown) => Promise<JobSlice>) | undefined
  /** Renews the locks of the job every ten seconds, also while a slice runs, and once more when the worker's time ends. */
  beat(): Promise<void>
  /** Releases the locks when the job ends, in any way. */
  end(): Promise<void>
}

/**
 * The things that an action deletes. `content` waits during any read-only mode; `garbage` waits only during an
 * administrator's, as a collection makes the registry read-only itself.
 */
export type Deleting = 'nothing' | 'content' | 'garbage'

export interface JobType {
  /** The parameters that a new job may have; others are refused. */
  readonly parameters: z.ZodType
  /**
   * Returns the exclusion key: jobs with the same key never run at the same time. While one is unfinished, no schedule
   * starts another, and if the type is exclusive, none can be created. Null: no exclusion.
   *
   * @param given the parameters of a job
   */
  exclusionKey(given: unknown): string | null
  /** True when a job is refused while another one with its key is unfinished. */
  readonly isExclusive: boolean
  /** True when a request for this job joins a waiting job with the same parameters. */
  readonly joinsWaiting: boolean
  /** Tells what a job deletes. @param given the parameters of the job */
  deletes(given: unknown): Deleting
  /** Completes the refusal of a caller who has not just proven a password, as "make a backup"; undefined when none is needed. */
  readonly needsPasswordTo?: string
  /** As how many slices one counts in a worker's turn, where it has more statements than usual; 1 where it is left out. */
  readonly weight?: number
  begin(context: JobContext): Promise<Turn>
  /** Cleans up after earlier turns of a job that ended before another worker resumed it. */
  abandon(context: JobContext): Promise<void>
  /** Cleans up once a job has ended in any way and is not tried again, also one that no worker ever had. May be done twice. */
  ended?(context: JobContext): Promise<void>
  /** Writes for the log what was done in all, whether it was enough or not. */
  summary(checkpoint: unknown): readonly string[]
  /** Makes the jobs that are needed now, of a type that finds out by itself. The cron trigger asks every minute. */
  makeDueJobs?(context: Pick<JobsContext, 'db' | 'clock' | 'secrets'>): Promise<void>
}

/** All types of jobs, by the name of the action. */
export type JobTypes = ReadonlyMap<string, JobType>

const nothing = async (): Promise<void> => {}

interface SimpleJobType {
  readonly parameters: z.ZodType
  readonly deletes: Deleting
  readonly exclusionKey: string | ((given: unknown) => string | null)
  readonly isExclusive?: boolean
  readonly joinsWaiting?: boolean
  readonly run: (context: JobContext, checkpoint: unknown) => Promise<JobSlice>
}

/** Makes a job type that keeps nothing between slices but its checkpoint. */
export const simpleJobType = ({
  parameters,
  deletes,
  exclusionKey,
  isExclusive = false,
  joinsWaiting = false,
  run,
}: SimpleJobType): JobType => ({
  parameters,
  exclusionKey: (given) => (typeof exclusionKey === 'string' ? exclusionKey : exclusionKey(given)),
  isExclusive,
  joinsWaiting,
  deletes: () => deletes,
  begin: async (context) => ({
    lines: [],
    slice: (checkpoint) => run(context, checkpoint),
    beat: nothing,
    end: nothing,
  }),
  abandon: nothing,
  summary: () => [],
})
