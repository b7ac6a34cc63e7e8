/** What `backup restore` does for one repository, or for those of a namespace. */
import { answer, type Api, type Schemas } from '../../../scripts/admin/api.ts'
import { followLog } from '../../../scripts/admin/jobs.ts'
import { printable, type Output } from '../../../scripts/admin/output.ts'

/** Restores repositories, and shows the log of the job as it is written. The output is bad if not all came back. */
export async function restoreInto(api: Api, backupID: string, body: Schemas['WantedRepositories']): Promise<Output> {
  const { id } = await answer(
    api.POST('/api/v0/backups/{backupID}/repositories', { params: { path: { backupID } }, body }),
  )
  const { log } = await followLog(api, id, () => {})
  const left = log.filter((line) => line.includes(' is not restored: ') || line.includes(' has no repository '))
  return {
    data: { backup: backupID, job: id, log, notRestored: left.length },
    lines: log.map(printable),
    isBad: left.length > 0,
  }
}
