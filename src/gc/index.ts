/** Garbage collection: deletes content that no tag leads to. */
import { defineCapability } from '../capability.ts'
import { gcJob, onlineGcJob } from './job.ts'
import { gcSettings } from './settings.ts'

export const gc = defineCapability({
  settings: gcSettings,
  jobTypes: { gc: gcJob, onlinegc: onlineGcJob },
})
