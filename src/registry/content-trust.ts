/** What the registry asks of content trust, which is a capability: without it there is none, and nothing is asked. */
import type { Context } from '../context.ts'
import type { Digest, RepositoryName, Tag } from '../names.ts'

/** A manifest that was just stored. */
export interface StoredPush {
  readonly repository: RepositoryName
  readonly digest: Digest
  readonly tags: readonly Tag[]
  readonly subject: Digest | undefined
  readonly artifactType: string | undefined
}

export interface ContentTrust {
  /**
   * Takes note of a push. Waits until what a signature proves is known, so that a pull right after it counts it. Never
   * fails, as the manifest is stored already. Costs nothing for what is no signature.
   */
  notePush(context: Context, push: StoredPush): Promise<void>
}
