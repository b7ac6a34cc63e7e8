/** All that a job can be, under DTR's names. */
import * as z from 'zod'
import { asOfNow } from '../context.ts'
import { fsckParameters, fsckSlice } from '../fsck/repair.ts'
import { pruneSlice, pruningParameters } from '../pruning/prune.ts'
import { deleteSlice, deletionAction } from '../registry/repository-deletion.ts'
import { simpleJobType, type JobType } from './job-type.ts'
import { gc, onlinegc } from '../gc/job.ts'
import { trimSlice } from './retention.ts'
import { failing, sleeping } from './demo.ts'

const actions: ReadonlyMap<string, JobType> = new Map<string, JobType>([
  ['gc', gc],
  ['onlinegc', onlinegc],
  [
    'onlinegc_joblogs',
    simpleJobType({
      parameters: z.strictObject({}),
      deletes: 'garbage',
      exclusive: ['onlinegc_joblogs'],
      run: trimSlice,
    }),
  ],
  [
    'tag_pruning',
    simpleJobType({
      parameters: pruningParameters,
      deletes: 'content',
      joinsWaiting: true,
      run: ({ db, clock, job: { parameters } }, checkpoint) => pruneSlice({ db, clock, parameters }, checkpoint),
    }),
  ],
  [
    deletionAction,
    simpleJobType({
      parameters: z.strictObject({}),
      deletes: 'content',
      exclusive: [deletionAction],
      run: deleteSlice,
    }),
  ],
  [
    'fsck',
    simpleJobType({
      parameters: fsckParameters,
      deletes: 'nothing',
      exclusive: ['fsck'],
      run: (context, checkpoint) => fsckSlice({ ...asOfNow(context), parameters: context.job.parameters }, checkpoint),
    }),
  ],
  ['sleep', sleeping],
  ['false', failing],
])

export const jobTypeNames: readonly string[] = [...actions.keys()]

export const findJobType = (name: string): JobType | undefined => actions.get(name)
