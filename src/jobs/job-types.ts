/** All that a job can be, under DTR's names. */
import * as z from 'zod'
import { auditParameters, auditSlice } from '../fsck/repair.ts'
import { pruneSlice, pruningParameters } from '../pruning/prune.ts'
import { deleteSlice, deletionAction } from '../registry/repository-deletion.ts'
import { simpleAction, type Action } from './job-type.ts'
import { gc, onlinegc } from '../gc/job.ts'
import { trimSlice } from './retention.ts'
import { failing, sleeping } from './demo.ts'

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['gc', gc],
  ['onlinegc', onlinegc],
  [
    'onlinegc_joblogs',
    simpleAction({
      parameters: z.strictObject({}),
      deletes: 'garbage',
      exclusive: ['onlinegc_joblogs'],
      run: trimSlice,
    }),
  ],
  [
    'tag_pruning',
    simpleAction({
      parameters: pruningParameters,
      deletes: 'content',
      joinsWaiting: true,
      run: ({ db, now, job: { parameters } }, checkpoint) => pruneSlice({ db, now, parameters }, checkpoint),
    }),
  ],
  [
    deletionAction,
    simpleAction({
      parameters: z.strictObject({}),
      deletes: 'content',
      exclusive: [deletionAction],
      run: deleteSlice,
    }),
  ],
  [
    'fsck',
    simpleAction({
      parameters: auditParameters,
      deletes: 'nothing',
      exclusive: ['fsck'],
      run: ({ db, bucket, now, job: { parameters } }, checkpoint) =>
        auditSlice({ db, bucket, now: now(), parameters }, checkpoint),
    }),
  ],
  ['sleep', sleeping],
  ['false', failing],
])

export const actionNames: readonly string[] = [...actions.keys()]

export const findAction = (name: string): Action | undefined => actions.get(name)
