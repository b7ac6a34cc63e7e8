/** Backups as the job makes them. */
import { expect } from 'vitest'
import { workOnJob } from '../../../src/jobs/runner.ts'
import { aJob, logOf, theJob, worker } from '../../support/jobs.ts'

/** Makes a backup with one worker. @returns its id */
export async function backUp(): Promise<string> {
  const { id } = await aJob({ action: 'backup' })
  await workOnJob(worker(), id)
  expect([(await theJob(id)).status, ...(await logOf(id))].join('\n')).toMatch(/^done/)
  return id
}
