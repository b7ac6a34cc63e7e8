/** Gives a lent data key back when the job that needed it has ended. */
import type { JobContext } from '../../jobs/job-type.ts'
import { isReadByOthers } from '../under-way.ts'
import { returnDataKey } from './lending.ts'

/** Forgets the lent key of a backup, unless another job reads the backup too. @param id of the backup */
export async function returnUnlessRead(
  { db, backups, job }: Pick<JobContext, 'db' | 'backups' | 'job'>,
  id: string,
): Promise<void> {
  if (!(await isReadByOthers(db, id, job.id))) await returnDataKey({ backups, id })
}
