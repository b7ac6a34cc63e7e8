/** Decides which images of a repository carry a signature that the registry vouches for as a delegate. */
import { isAllowed, levelOn } from '../../auth/authorization.ts'
import { findStandingsOfMany } from '../../db/access/standings.ts'
import type { Database } from '../../db/database.ts'
import type { RepositoryName } from '../../names.ts'
import { findAccepted, findKeySigners } from './accepted-store.ts'
import type { AcceptedImage } from './delegate.ts'

/** A repository by its id, and by its name for the rights to it. */
export interface RepositoryPlace {
  readonly repositoryId: number
  readonly repository: RepositoryName
}

/** Finds the accepted images by their tags: three round trips. */
export async function acceptedImages(
  db: Database,
  place: RepositoryPlace,
): Promise<ReadonlyMap<string, AcceptedImage>> {
  const rows = await findAccepted(db, place.repositoryId, await findPushers(db, place))
  return new Map(
    rows.map(({ tag, digest, sizeBytes }) => [
      tag,
      { sha256: Uint8Array.fromHex(digest.slice('sha256:'.length)), length: sizeBytes },
    ]),
  )
}

/** Finds the accounts that have signed here by a key, and may push here now. */
async function findPushers(db: Database, { repositoryId, repository: name }: RepositoryPlace): Promise<string[]> {
  const signers = await findKeySigners(db, repositoryId)
  const standings = await findStandingsOfMany(
    db,
    signers.map(({ id }) => ({ accountId: id, name })),
  )
  return signers.flatMap((account, at) => {
    const standing = standings[at]
    return standing !== undefined && isAllowed(levelOn(account, standing), 'push') ? [account.id] : []
  })
}
