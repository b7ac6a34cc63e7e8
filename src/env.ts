/** The bindings of `wrangler.toml`. What the secrets and variables among them mean is read by `variables.ts`. */
import type { VariableTexts } from './variables.ts'

export interface Env extends VariableTexts {
  readonly BUCKET: R2Bucket
  /** Backups alone: in another bucket, so that no mistake with one takes both. */
  readonly BACKUPS: R2Bucket
  readonly DB: D1Database
  /** Another database, in which a backup is restored for proof: no request reads it. */
  readonly DRILL: D1Database
  /** The files of `public/`, which Cloudflare serves. */
  readonly ASSETS: Pick<Fetcher, 'fetch'>
  /** The disk of a local registry; undefined on Cloudflare (see `storage/room.ts`). */
  readonly DISK?: Pick<Fetcher, 'fetch'>
  /** Read only while there is no user. */
  readonly BREAKWATER_ADMIN_PASSWORD?: string
}
