/**
 * Deletes tags. Immutable ones are deleted only by a right to administer their repository, and pinned ones only after their
 * signature.
 */
import type { Context } from '../context.ts'
import { isImmutableTag, isPinned } from '../db/database.ts'
import type { DeletionRight } from '../db/access/rights.ts'
import { someImmutable, somePinned } from '../db/content/kept-content.ts'
import { deleteTag } from '../db/content/tags.ts'
import { denied, RegistryError } from '../errors.ts'
import type { Reference, Tag } from '../names.ts'

/**
 * Deletes a tag; the manifest stays.
 *
 * @returns whether it was there
 * @throws RegistryError `denied` for an immutable tag, or `content-pinned`
 */
export async function removeTag(context: Context, right: DeletionRight, tag: Tag): Promise<boolean> {
  try {
    return await deleteTag(context.db, right, tag, context.now)
  } catch (error) {
    throw await whyKept(context, right, { tag }, error)
  }
}

/** Returns the refusal of a deletion in the words of the domain; anything else comes back as it is. */
export async function whyKept(
  context: Context,
  right: DeletionRight,
  reference: Reference,
  error: unknown,
): Promise<unknown> {
  const { db } = context
  const { repository } = right
  if (isImmutableTag(error)) {
    const tags = await someImmutable(db, repository, reference)
    return denied(right.holder?.name, { kind: 'delete-immutable', repository, tags }, { cause: error })
  }
  if (!isPinned(error)) return error
  const signed = await somePinned(db, repository, reference)
  return new RegistryError({ kind: 'content-pinned', repository, signed }, { cause: error })
}
