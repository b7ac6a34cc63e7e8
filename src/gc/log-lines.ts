/** The lines in the log of a collection or a dry run, one for each item. */
import type { Digest, RepositoryName } from '../names.ts'

export type Garbage =
  | { readonly kind: 'manifest'; readonly repository: RepositoryName; readonly digest: Digest }
  /** A blob that was removed from a repository; others may have it. */
  | { readonly kind: 'link'; readonly repository: RepositoryName; readonly digest: Digest }
  | { readonly kind: 'blob'; readonly digest: Digest; readonly sizeBytes: number }
  /** Segments of abandoned uploads, or of uploads of existing content. */
  | { readonly kind: 'segments'; readonly segments: number; readonly bytes: number }

export function lineOf(done: 'deleted' | 'would delete', garbage: Garbage): string {
  switch (garbage.kind) {
    case 'manifest':
      return `${done} manifest ${garbage.repository}@${garbage.digest}`
    case 'link':
      return `${done} blob ${garbage.digest} from ${garbage.repository}`
    case 'blob':
      return `${done} blob ${garbage.digest} (${garbage.sizeBytes} bytes)`
    case 'segments':
      return `${done} ${garbage.segments} unreferenced objects (${garbage.bytes} bytes)`
  }
}
