/** Deletes tags. Immutable ones go only by a right to administer their repository. */
import type { Context } from '../context.ts'
import { isImmutableTag } from '../db/database.ts'
import type { DeletionRight } from '../db/access/rights.ts'
import { deleteTag, someImmutable } from '../db/content/tags.ts'
import { denied, type RegistryError } from '../errors.ts'
import type { Reference, Tag } from '../names.ts'

/**
 * Deletes a tag; the manifest stays.
 *
 * @returns whether it was there
 * @throws RegistryError `denied` for an immutable tag
 */
export async function removeTag(context: Context, right: DeletionRight, tag: Tag): Promise<boolean> {
  try {
    return await deleteTag(context.db, right, tag, context.now)
  } catch (error) {
    if (!isImmutableTag(error)) throw error
    throw await immutableDeletion(context, right, { tag }, error)
  }
}

/** Makes the refusal to delete a tag or a manifest because it, or some of its tags, are immutable. */
export async function immutableDeletion(
  { db }: Context,
  right: DeletionRight,
  reference: Reference,
  cause: unknown,
): Promise<RegistryError> {
  const { repository } = right
  const tags = await someImmutable(db, repository, reference)
  return denied(right.holder?.name, { kind: 'delete-immutable', repository, tags }, { cause })
}
