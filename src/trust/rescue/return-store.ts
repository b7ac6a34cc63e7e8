/** The statements with which keys of a collection come back out of a backup. */
import { sql } from 'drizzle-orm'
import { runBatch, type Database } from '../../db/database.ts'
import { jsonPiecesOf } from '../../db/pieces.ts'
import type { StoredKey } from '../notary/key-store.ts'

/** Inserts keys that have signed, unless they are there: each rotation of a key leaves one. Key: trust_keys. */
export async function insertReturnedKeys(
  db: Database,
  collectionId: number,
  keys: readonly StoredKey[],
  now: number,
): Promise<void> {
  if (keys.length === 0) return
  await runBatch(
    db,
    {
      inserted: jsonPiecesOf(keys).map(
        (piece) => sql`
          INSERT INTO trust_keys (collection_id, key_id, role, public_key, sealed_private, sealed_with, created_at, used_at)
          SELECT ${collectionId}, value ->> 'keyId', value ->> 'role', value ->> 'publicKey', value ->> 'sealedPrivate',
            value ->> 'sealedWith', ${now}, value ->> 'usedAt'
          FROM json_each(${piece}) WHERE true ON CONFLICT DO NOTHING`,
      ),
    },
    'repeatable',
  )
}

/** Keeps the versions of a collection above all that clients may have seen. Key: trust_collections. */
export async function raiseVersions(
  db: Database,
  collectionId: number,
  { timestamp, snapshot }: { readonly timestamp: number; readonly snapshot: number },
): Promise<void> {
  await runBatch(
    db,
    {
      raised: sql`
        UPDATE trust_collections SET timestamp_version = max(timestamp_version, ${timestamp}),
          snapshot_version = max(snapshot_version, ${snapshot})
        WHERE id = ${collectionId}`,
    },
    'repeatable',
  )
}
