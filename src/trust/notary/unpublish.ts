/** Deletions of trust data. */
import type { Context } from '../../context.ts'
import { consequencesOfDeletion } from './consequences.ts'
import { findNewest } from './notary-store.ts'
import { deleteDocuments } from './publication-store.ts'
import type { Publisher } from './publish.ts'

/**
 * Deletes all documents of a collection; its keys and the highest versions stay, so that a client may publish again what
 * it has cached. Does nothing where there is none.
 */
export async function unpublish({ db, now }: Context, { right, gun }: Publisher): Promise<void> {
  const { collection } = await findNewest(db, { held: right, gun }, [])
  if (collection === undefined) return
  await deleteDocuments(db, right, gun, collection, consequencesOfDeletion(collection), now)
}
