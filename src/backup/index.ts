/** Backups: the rows of the registry, in a bucket of their own. */
import { defineCapability } from '../capability.ts'
import { backupObject } from './event-store.ts'
import { backupAction, backupJob } from './job.ts'

export const backup = defineCapability({
  routes: () => import('./routes.ts'),
  apiGroups: ['backups'],
  objectTypes: [backupObject],
  jobTypesOf: (tables) => ({ [backupAction]: backupJob(tables) }),
})
