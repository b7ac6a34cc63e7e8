/** Tags: names that point at manifests. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import * as z from 'zod'
import type { Digest, RepositoryName, Tag } from '../../names.ts'
import { prepareOnce, textOf, type Database } from '../database.ts'
import { recordEvents } from '../events/events.ts'
import { askDatabase } from '../transient-errors.ts'
import { repositoryIdOf } from '../repositories/repositories.ts'
import {
  groundValues,
  isHeld,
  nameOfHolder,
  runBatchBy,
  type DeletionRight,
  type HeldRepository,
} from '../access/rights.ts'
import { refuseKept } from './kept-content.ts'
import { makeRoom, type PushedTags } from './tag-limit.ts'

/**
 * Selects all tags of a page in one row: D1 sends each row as an object, which costs more than the tags themselves.
 * Index: repositories_name_unique. Key: tags.
 */
const tagsAfter = prepareOnce(({ binding }) =>
  binding.prepare(`
    SELECT (
      SELECT json_group_array(name ORDER BY name) FROM (
        SELECT name FROM tags WHERE repository_id = repositories.id AND name > ?1 ORDER BY name LIMIT ?2)
    ) AS names
    FROM repositories WHERE name = ?3 AND ${textOf(isHeld(sql`?4`, sql`?5`))}`),
)
const listedNames = z.array(z.string())

/** Lists a page of tags after `last`, in ASCII order; undefined if the repository does not exist. */
export async function listTags(
  db: Database,
  held: HeldRepository,
  last: string,
  limit: number,
): Promise<string[] | undefined> {
  const { repositoryId, namespaceId } = groundValues(held)
  const asked = tagsAfter(db).bind(last, limit, held.repository, repositoryId, namespaceId)
  const row = await askDatabase(
    () => asked.first<{ names: string }>(),
    () => true,
  )
  return row === null ? undefined : listedNames.parse(JSON.parse(row.names))
}

export interface PointedTags extends PushedTags {
  readonly digest: Digest
}

/**
 * Returns the statements that point tags at a manifest. The trigger `tags_immutable` or the tag limit may refuse them.
 */
export function pointTags(pointed: PointedTags): SQL[] {
  const { repository, digest, tags: pushed, push, now } = pointed
  const names = sql`json_each(${JSON.stringify(pushed)})`
  return [
    ...makeRoom(pointed),
    sql`
      INSERT INTO tags (repository_id, name, digest, created_at, updated_by, updated_at)
      SELECT ${repositoryIdOf(repository)}, value, ${digest}, ${now}, ${nameOfHolder(push.right)}, ${now} FROM ${names} WHERE true
      ON CONFLICT (repository_id, name) DO UPDATE
      SET digest = excluded.digest, updated_by = excluded.updated_by, updated_at = excluded.updated_at, is_orphaned = 0`,
    recordEvents(
      { actor: nameOfHolder(push.right), objectType: 'tag', repository, type: 'CREATE', now },
      { objectId: sql`${digest}`, objectName: sql`value`, from: names },
    ),
  ]
}

/** Finds those of the tags that point elsewhere, for the sentence of a refusal. Key: tags. */
export async function tagsElsewhere(
  db: Database,
  repository: RepositoryName,
  names: readonly Tag[],
  digest: Digest,
): Promise<string[]> {
  const rows = await db.all<{ name: string }>(sql`
    SELECT name FROM tags WHERE repository_id = ${repositoryIdOf(repository)} AND digest <> ${digest}
      AND name IN (SELECT value FROM json_each(${JSON.stringify(names)}))`)
  return rows.map(({ name }) => name)
}

/**
 * Deletes a tag; the manifest stays.
 * Key: tags.
 *
 * @returns whether the tag was there
 * @throws the errors that `isImmutableTag` and `isPinned` recognize
 */
export async function deleteTag(db: Database, right: DeletionRight, tag: Tag, now: number): Promise<boolean> {
  const { repository } = right
  const found = sql`tags WHERE repository_id = ${repositoryIdOf(repository)} AND name = ${tag}`
  const { deleted } = await runBatchBy(db, right, {
    kept: refuseKept(right, { tag }),
    event: recordEvents(
      { actor: nameOfHolder(right), type: 'DELETE', objectType: 'tag', repository, now },
      { objectId: sql`digest`, objectName: sql`name`, from: found },
    ),
    // The number of changes would include the writes of triggers.
    deleted: sql`DELETE FROM ${found} RETURNING name`,
  })
  return deleted.rows.length === 1
}
