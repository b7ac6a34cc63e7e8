/** Garbage collection: deletes what no tag leads to any more. */
import { defineCapability } from '../capability.ts'
import { gcJob, onlineGcJob } from './job.ts'
import { gcSettings } from './settings.ts'

export const gc = defineCapability({
  settings: gcSettings,
  jobTypes: { gc: gcJob, onlinegc: onlineGcJob },
})
