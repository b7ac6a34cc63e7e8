/** What a backup does with the rules of workloads and the tokens that they have shown. */
import type { TableDeclaration } from '../../db/tables.ts'
import { lazily } from '../../util/lazy.ts'

const loadMending = lazily(() => import('./mending-store.ts'))

export const workloadTables: readonly TableDeclaration[] = [
  {
    name: 'workload_rules',
    key: ['id'],
    atRestore:
      'disables all rules, as one may have been deleted after the backup: an administrator enables those that hold',
    mending: async () => (await loadMending()).workloadRules,
  },
  {
    name: 'workload_uses',
    leftOut: 'tokens of CI jobs are short',
    atRestore: 'begins with none: no rule is enabled until the tokens have ended',
  },
]
