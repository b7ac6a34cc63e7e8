/** The keys that clients ask for: the public half of one that the registry signs with, or will sign with. */
import type { Context } from '../../context.ts'
import type { Push } from '../../db/repositories/repositories.ts'
import { readRoot } from '../tuf/documents.ts'
import { readEnvelope } from '../tuf/envelope.ts'
import { InvalidMetadata } from '../tuf/invalid-metadata.ts'
import type { PublicKey } from '../tuf/keys.ts'
import type { ServerRole } from '../tuf/roles.ts'
import { bytesOf } from './documents.ts'
import { findForUpdate, type FoundForUpdate } from './notary-store.ts'
import { makeCollection } from './publication-store.ts'
import { openKey, pendingKey } from './server-keys.ts'

/**
 * Returns the key of a role: the one that the root names, if the registry holds it. Otherwise it is the pending one,
 * which a root may name from now on; it stays the same until a root does. The first request of a collection makes it.
 *
 * @param wanted `fresh` for a rotation, which wants a key that has signed nothing yet
 * @returns undefined when the repository is gone
 */
export async function keyOfRole(
  context: Context,
  push: Push,
  gun: string,
  role: ServerRole,
  wanted: 'named' | 'fresh',
): Promise<PublicKey | undefined> {
  const { db, now } = context
  const found = await findForUpdate(db, { held: push.right, gun }, ['root'], [])
  const named = wanted === 'named' ? await namedKey(context, found, role) : undefined
  if (named !== undefined) return named
  const collectionId = found.collection?.id ?? (await makeCollection(db, push, gun, now))
  if (collectionId === undefined) return undefined
  const stored = found.keys.find((key) => key.role === role && key.usedAt === null)
  return (await pendingKey(context, push.right, collectionId, role, stored)).publicKey
}

async function namedKey(
  context: Context,
  { collection, newest, keys }: FoundForUpdate,
  role: ServerRole,
): Promise<PublicKey | undefined> {
  const root = newest.get('root')
  if (collection === undefined || root === undefined) return undefined
  for (const keyId of await keyIdsIn(() => bytesOf(context, root), role)) {
    const stored = keys.find((key) => key.keyId === keyId)
    const opened = stored && (await openKey(context.secrets, collection.id, stored))
    if (opened !== undefined) return opened.publicKey
  }
  return undefined
}

/** Returns the keys that a root names for a role; none for one that cannot be read. */
async function keyIdsIn(read: () => Promise<Uint8Array<ArrayBuffer>>, role: ServerRole): Promise<readonly string[]> {
  try {
    return readRoot(readEnvelope(await read())).roles[role].keyIds
  } catch (error) {
    if (error instanceof InvalidMetadata) return []
    throw error
  }
}
