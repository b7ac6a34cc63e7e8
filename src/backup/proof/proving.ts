/** What a proof works with. */
import type { Context } from '../../context.ts'
import type { Database } from '../../db/database.ts'
import type { TableDeclaration } from '../../db/tables.ts'
import type { LoadLimits } from '../load/loading.ts'
import type { Manifest } from '../manifest.ts'
import type { Sealing } from '../sealing/sealing.ts'

export interface Proving extends Pick<Context, 'backups' | 'bucket' | 'db' | 'clock'> {
  /** The database in which the backup is restored. */
  readonly drill: Database
  readonly manifest: Manifest
  /** Opens the stored parts, which may be encrypted. */
  readonly sealing: Sealing
  readonly tables: readonly TableDeclaration[]
  readonly limits: ProofLimits
}

/** What one slice does at most. */
export interface ProofLimits {
  readonly load: LoadLimits
  /** Parts that are compared in one slice, and their bytes: it begins no further one beyond. */
  readonly partsOfSlice: number
  readonly bytesOfSlice: number
  readonly tablesOfSlice: number
  readonly manifestsOfSlice: number
  readonly segmentsOfSlice: number
  /** How many blobs are hashed again, and how large one may be. */
  readonly sampledBlobs: number
  readonly largestSampled: number
}
