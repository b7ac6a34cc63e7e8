/** What the core asks about workloads. The rest is loaded with the first token of one. */
import type { WorkloadLogin } from '../../auth/workload-login.ts'
import type { Tick } from '../../capability.ts'
import { lazily } from '../../util/lazy.ts'
import { workloadHolder } from './rule-store.ts'
import { trimUses } from './use-store.ts'

const loadAdmission = lazily(() => import('./admission.ts'))

export const workloadLogin: WorkloadLogin = {
  holderOf: workloadHolder,
  admit: async (context, sent) => (await loadAdmission()).admit(context, sent),
}

const mostTrimmed = 1000

/** Forgets the tokens that have ended, in each turn of the cron trigger. */
export const trimWorkloads = ({ db, now }: Tick): Promise<void> => trimUses(db, now, mostTrimmed)
