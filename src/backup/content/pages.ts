/**
 * Pages of all that a backup with content has, blobs and manifests, in the order of their digests.
 */
import { readBlobs } from '../../db/content/blobs.ts'
import type { Database } from '../../db/database.ts'
import type { Digest } from '../../names.ts'
import { readManifests, type ManifestContent } from './content-store.ts'

export interface Entry {
  readonly digest: Digest
  readonly sizeBytes: number
  /** The repositories in whose manifests it is; none for a blob. */
  readonly manifests: readonly ManifestContent[]
}

export interface Page {
  readonly entries: readonly Entry[]
  readonly isLast: boolean
}

/** The manifests that are read at once, as reading them costs a scan. */
const manifestsOfWindow = 10_000

interface Window {
  readonly after: string
  readonly manifests: readonly ManifestContent[]
  readonly isLast: boolean
}

/** Reads pages for one turn of the job. */
export class ContentPages {
  readonly #db: Database
  readonly #rowsOfPage: number
  #window: Window | undefined

  constructor(db: Database, rowsOfPage: number) {
    this.#db = db
    this.#rowsOfPage = rowsOfPage
  }

  async after(digest: string): Promise<Page> {
    const window = await this.#windowAfter(digest)
    const blobs = await readBlobs(this.#db, digest, this.#rowsOfPage)
    const manifests = window.manifests.filter((one) => one.digest > digest)
    const ends = [
      blobs.length < this.#rowsOfPage ? undefined : blobs.at(-1)?.digest,
      window.isLast ? undefined : manifests.at(-1)?.digest,
    ].filter((end) => end !== undefined)
    const entries = new Map<Digest, Entry>()
    for (const [own, all] of Map.groupBy(manifests, (one) => one.digest)) {
      entries.set(own, { digest: own, sizeBytes: all[0]?.sizeBytes ?? 0, manifests: all })
    }
    // A manifest that is kept as a blob is copied as one.
    for (const blob of blobs) entries.set(blob.digest, { ...blob, manifests: [] })
    const end = ends.sort()[0]
    const sorted = [...entries.values()].filter((entry) => end === undefined || entry.digest <= end).sort(byDigest)
    return cutPage(sorted, this.#rowsOfPage, end === undefined)
  }

  /** Reads manifests that follow, unless they are known: later ones do not matter, as no index names them. */
  async #windowAfter(after: string): Promise<Window> {
    const known = this.#window
    if (
      known !== undefined &&
      known.after <= after &&
      (known.isLast || (known.manifests.at(-1)?.digest ?? '') > after)
    ) {
      return known
    }
    const manifests = await readManifests(this.#db, after, manifestsOfWindow)
    this.#window = { after, manifests, isLast: manifests.length < manifestsOfWindow }
    return this.#window
  }
}

const byDigest = (one: Entry, other: Entry): number => (one.digest < other.digest ? -1 : 1)

/**
 * Ends a page at a digest that looks a certain way, one of 512, so that pages begin and end alike from backup to backup,
 * and those without a change have the same list.
 */
function cutPage(entries: readonly Entry[], most: number, isLast: boolean): Page {
  const end = entries.slice(0, most).findIndex(({ digest }) => Number.parseInt(digest.slice(-3), 16) < 8)
  const count = end === -1 ? Math.min(entries.length, most) : end + 1
  return { entries: entries.slice(0, count), isLast: isLast && count === entries.length }
}
