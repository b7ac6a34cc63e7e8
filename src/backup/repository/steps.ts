/** What the steps of one repository share. */
import type { Context } from '../../context.ts'
import type { Push } from '../../db/repositories/repositories.ts'
import type { LoadReturn } from '../../registry/repository-return.ts'
import type { PartSource } from '../load/part-reader.ts'
import type { RepositoryOrder } from './order.ts'
import type { CurrentRepository, WantedRepository } from './progress.ts'
import type { Target } from './store.ts'

export interface Restoring {
  readonly context: Context
  readonly source: PartSource
  readonly order: RepositoryOrder
  readonly returns: readonly LoadReturn[]
}

/** One repository under way. */
export interface RepositoryStep extends Restoring {
  readonly wanted: WantedRepository
  readonly target: Target
}

export interface StepDone {
  /** Null once the repository is done. */
  readonly current: CurrentRepository | null
  readonly lines: readonly string[]
}

/** Returns the right of the registry itself to the repository. */
export const pushTo = ({ id, name }: Target): Push => ({
  right: { repository: name, ground: { repositoryId: id }, holder: undefined, scope: undefined, isRegistry: true },
  creates: false,
})
