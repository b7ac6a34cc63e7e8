/** The preview of a policy: the tags that it would delete. Nothing is deleted here. */
import type { Database } from '../db/database.ts'
import { findRepository, type RepositoryKey } from '../db/repositories/repositories.ts'
import { RegistryError } from '../errors.ts'
import type { Digest, Tag } from '../names.ts'
import { evaluateTags } from './evaluate.ts'
import { matcherOf, type Rule } from './rules.ts'

/** The most tags that are judged for one page. */
export const mostTagsLookedAt = 1000

export interface Preview {
  readonly tags: ReadonlyArray<{ readonly name: Tag; readonly digest: Digest }>
  /** The start of the next page; this one may be short, even empty. */
  readonly next: string | undefined
}

/**
 * Returns a page of the tags that rules would delete.
 *
 * @throws RegistryError `name-unknown` when the repository is gone
 */
export async function previewPruning(
  db: Database,
  repository: RepositoryKey,
  rules: readonly Rule[],
  { from, limit }: { readonly from: string; readonly limit: number },
  now: number,
): Promise<Preview> {
  const found = await findRepository(db, repository)
  if (found === undefined) throw new RegistryError({ kind: 'name-unknown', repository: repository.name })
  if (found.immutableTags) return { tags: [], next: undefined }
  const judge = { id: '', version: 0, matches: matcherOf(rules), tagsSince: 0 }
  const range = { from, limit: mostTagsLookedAt }
  const { condemned, next } = await evaluateTags(db, repository.id, [judge], range, now)
  const tags = condemned.slice(0, limit).map(({ name, digest }) => ({ name, digest }))
  return { tags, next: condemned[limit]?.name ?? next }
}
