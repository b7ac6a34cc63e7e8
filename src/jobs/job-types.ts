/** The job types of the core, by the name of the action. Capabilities bring their own (see `capability.ts`). */
import * as z from 'zod'
import { resumeDeletion, type RepositoryRows } from '../db/repositories/deleted-repositories.ts'
import { deleteSlice, deletionAction, deletionJob } from '../registry/repository-deletion.ts'
import { simpleJobType, type JobType } from './job-type.ts'
import { trimSlice } from './retention.ts'
import { failing, sleeping } from './demo.ts'

/** Returns the job types of the core. @param hanging what capabilities hang on repositories */
export const coreJobTypes = (hanging: readonly RepositoryRows[]): Readonly<Record<string, JobType>> => ({
  onlinegc_joblogs: simpleJobType({
    parameters: z.strictObject({}),
    deletes: 'garbage',
    exclusionKey: 'onlinegc_joblogs',
    isExclusive: true,
    run: trimSlice,
  }),
  [deletionAction]: {
    ...simpleJobType({
      parameters: z.strictObject({}),
      deletes: 'content',
      exclusionKey: deletionAction,
      isExclusive: true,
      run: (context, checkpoint) => deleteSlice(context, checkpoint, hanging),
    }),
    makeDueJobs: ({ db, clock }) => resumeDeletion(db, deletionJob(clock()), clock()),
  },
  sleep: sleeping,
  false: failing,
})
