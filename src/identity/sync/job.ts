/** The job `ldap-sync`. What it does is loaded with its first turn (`turn.ts`). */
import type { JobContext, JobType } from '../../jobs/job-type.ts'
import { lazily } from '../../util/lazy.ts'
import { syncAction } from './action.ts'
import { syncParameters } from './parameters.ts'
import type { SyncSource } from './source.ts'

const loadTurn = lazily(() => import('./turn.ts'))

/** Opens the directory that is configured; undefined when none is. It connects with the first question. */
export type OpenSource = (context: JobContext) => Promise<SyncSource | undefined>

/** Makes the job type. */
export const syncJob = (open: OpenSource, makeDueJobs?: JobType['makeDueJobs']): JobType => ({
  parameters: syncParameters,
  exclusionKey: () => syncAction,
  isExclusive: true,
  joinsWaiting: false,
  deletes: () => 'nothing',
  // A slice has up to ten statements, and an invocation may send a thousand to D1.
  weight: 2,
  needsPasswordTo: 'sync users and teams with the directory',
  async begin(context) {
    const source = await open(context)
    if (source === undefined) {
      const lines = ['no directory is configured: nothing to do']
      return { lines, slice: undefined, beat: nothing, end: nothing }
    }
    const { SyncTurn } = await loadTurn()
    return new SyncTurn(context, source)
  },
  abandon: nothing,
  summary: () => [],
  ...(makeDueJobs === undefined ? {} : { makeDueJobs }),
})

const nothing = async (): Promise<void> => {}
