/** The job `prove`. What it does is loaded with its first turn. */
import type { TableDeclaration } from '../../db/tables.ts'
import type { JobType } from '../../jobs/job-type.ts'
import { lazily } from '../../util/lazy.ts'
import { proofParameters, proveAction, proveBackups } from './action.ts'

const loadReturning = lazily(() => import('../sealing/returning.ts'))
const loadTurn = lazily(() => import('./turn.ts'))

/** Makes the job type. @param tables those of the core and of all capabilities */
export const proofJob = (tables: readonly TableDeclaration[]): JobType => ({
  parameters: proofParameters,
  // There is one database of the drill. A backup may be made meanwhile, and pruning spares what is proven.
  exclusionKey: () => proveAction,
  isExclusive: false,
  joinsWaiting: true,
  deletes: () => 'nothing',
  needsPasswordTo: proveBackups,
  async begin(context) {
    const { ProofTurn } = await loadTurn()
    return new ProofTurn(context, tables, proofParameters.parse(context.job.parameters))
  },
  async abandon() {},
  async ended(context) {
    const { returnUnlessRead } = await loadReturning()
    await returnUnlessRead(context, proofParameters.parse(context.job.parameters).backup)
  },
  summary: () => [],
})
