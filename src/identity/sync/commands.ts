/** `identity sync`: syncs users, teams and administrators with the directory now. */
import { command, flag, toggle } from '../../../scripts/admin/command.ts'
import { endedJob, startJob, waitForJob } from '../../../scripts/admin/jobs.ts'
import { done } from '../../../scripts/admin/output.ts'

export const sync = command({
  name: 'sync',
  summary: 'Sync users, teams and administrators with the directory now, and print the log of the job',
  example: 'identity sync --dry-run',
  options: {
    dryRun: flag('say what a sync would do, and change nothing'),
    force: flag('believe a directory that shows far less than before'),
    wait: toggle('wait for the end, as is usual', 'begin the job and do not wait for it'),
  },
  async run(_args, { dryRun, force, wait = true }, { api }) {
    const made = await startJob(api, { action: 'ldap-sync', parameters: { dryRun, force } })
    if (!wait) return done(`Started the job ${made.id}: "job logs ${made.id}" shows its progress.`, { job: made })
    return endedJob(api, await waitForJob(api, made.id))
  },
})
