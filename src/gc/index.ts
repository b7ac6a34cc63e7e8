/** Garbage collection: deletes content that no tag leads to. */
import { defineCapability } from '../capability.ts'
import { gcJob, onlineGcJob } from './job.ts'
import { gcSettings } from './settings.ts'
import { gcTables } from './tables.ts'

export const gc = defineCapability({
  settings: gcSettings,
  tables: gcTables,
  jobTypes: { gc: gcJob, onlinegc: onlineGcJob },
})
