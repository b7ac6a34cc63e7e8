/** Garbage, enough of it for a collection to be interrupted: as rows of the database, which is faster than pushing it. */
import { openLocalDatabase } from '../../../scripts/admin/recovery/local-database.ts'

/**
 * Plants blobs that no manifest of the repository names, whose objects R2 never had, among those that were pushed.
 *
 * @param state folder of a registry that is stopped
 */
export async function plantGarbage(state: string, repository: string, count: number): Promise<void> {
  const { database, close } = await openLocalDatabase(state)
  try {
    const numbered = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})`
    const digest = `'sha256:' || printf('%064x', n)`
    await database.batch([
      database.prepare(
        `${numbered} INSERT INTO blobs (digest, size_bytes, session_id, created_at)
         SELECT ${digest}, 10, 'planted', 1 FROM numbers`,
      ),
      database.prepare(
        `${numbered} INSERT INTO segments (key, blob_digest, offset_bytes, size_bytes, created_at)
         SELECT 'segments/planted-' || n, ${digest}, 0, 10, 1 FROM numbers`,
      ),
      database
        .prepare(
          `${numbered} INSERT INTO repository_blobs (repository_id, digest, linked_at)
           SELECT repositories.id, ${digest}, 1 FROM repositories, numbers WHERE repositories.name = ?`,
        )
        .bind(repository),
      // In no order, so that what was pushed is deleted at any time of a run.
      database.prepare('UPDATE link_reviews SET since = abs(random()) % 1000'),
    ])
  } finally {
    await close()
  }
}
