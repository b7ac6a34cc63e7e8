/** Reads metadata of objects, whose names have no case: S3 gives all in lower case. */
import type { BackupMetadata } from '../storage/backups.ts'

/** Returns what metadata have under names in camel case. */
export const fieldsIn = (metadata: BackupMetadata, names: readonly string[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(names.map((name) => [name, metadata[name.toLowerCase()]]))
