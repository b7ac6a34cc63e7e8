/** What the log of a collection, or of a dry run, says of each thing. */
import type { Digest, RepositoryName } from '../names.ts'

export type Garbage =
  | { readonly kind: 'manifest'; readonly repository: RepositoryName; readonly digest: Digest }
  /** A blob that a repository no longer has; others may. */
  | { readonly kind: 'link'; readonly repository: RepositoryName; readonly digest: Digest }
  | { readonly kind: 'blob'; readonly digest: Digest; readonly sizeBytes: number }
  /** Of uploads that were given up, or that brought what was there already. */
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
