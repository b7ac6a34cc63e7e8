/** A turn of the job `restore_repository`. */
import { asOfNow } from '../../context.ts'
import type { JobContext, JobSlice, Turn } from '../../jobs/job-type.ts'
import type { LoadReturn } from '../../registry/repository-return.ts'
import { repositoryOrder } from './order.ts'
import { repositoryProgress } from './progress.ts'
import { beginRepositories, repositoriesSlice } from './restorer.ts'
import { openSource } from './source.ts'

/** One worker's turn at a restore of repositories. */
export class RepositoryTurn implements Turn {
  readonly lines: readonly string[] = []
  readonly #context: JobContext
  readonly #returns: readonly LoadReturn[]

  constructor(context: JobContext, returns: readonly LoadReturn[]) {
    this.#context = context
    this.#returns = returns
  }

  readonly slice = async (checkpoint: unknown): Promise<JobSlice> => {
    const context = asOfNow(this.#context)
    const order = repositoryOrder.parse(this.#context.job.parameters)
    const at = checkpoint === undefined ? beginRepositories() : repositoryProgress.parse(checkpoint)
    const source = await openSource(context, order.backup)
    const { progress, isDone, lines } = await repositoriesSlice({ context, source, order, returns: this.#returns }, at)
    return { checkpoint: progress, isDone, lines }
  }

  async beat(): Promise<void> {}

  async end(): Promise<void> {}
}
