/** Tags: names that point at manifests. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import * as z from 'zod'
import type { Digest, RepositoryName, Tag } from '../names.ts'
import { prepareOnce, textOf, type Database } from './database.ts'
import { recordEvents } from './events.ts'
import { repositoryIdOf, type Push } from './repositories.ts'
import { groundValues, isHeld, nameOfHolder, runBatchBy, type HeldRepository, type Right } from './rights.ts'

/** One row whatever the number of tags: D1 sends each row as an object, which costs more than the tags themselves. */
const tagsAfter = prepareOnce(({ binding }) =>
  binding.prepare(`
    SELECT (
      SELECT json_group_array(name ORDER BY name) FROM (
        SELECT name FROM tags WHERE repository_id = repositories.id AND name > ?1 ORDER BY name LIMIT ?2)
    ) AS names
    FROM repositories WHERE name = ?3 AND ${textOf(isHeld(sql`?4`, sql`?5`))}`),
)
const listedNames = z.array(z.string())

/** A page of tags after `last`, in ASCII order; undefined when there is no such repository. */
export async function listTags(
  db: Database,
  held: HeldRepository,
  last: string,
  limit: number,
): Promise<string[] | undefined> {
  const { repositoryId, namespaceId } = groundValues(held)
  const asked = tagsAfter(db).bind(last, limit, held.repository, repositoryId, namespaceId)
  const row = await asked.first<{ names: string }>()
  return row === null ? undefined : listedNames.parse(JSON.parse(row.names))
}

export interface PointedTags {
  readonly repository: RepositoryName
  readonly digest: Digest
  readonly tags: readonly Tag[]
  readonly push: Push
  readonly now: number
}

/**
 * The statements that point tags at a manifest, and drop the oldest that the repository's limit no longer allows. The
 * trigger `tags_immutable` may refuse them.
 */
export function pointTags({ repository, digest, tags: pushed, push, now }: PointedTags): SQL[] {
  const actor = nameOfHolder(push.right)
  const repositoryId = repositoryIdOf(repository)
  const names = sql`json_each(${JSON.stringify(pushed)})`
  const event = { actor, objectType: 'tag' as const, repository, now }
  // The oldest is what was pushed longest ago, so a tag that is pushed again and again never goes. The repository comes
  // first (CROSS JOIN), so that without a limit no tag is looked at.
  const dropped = sql`tags WHERE rowid IN (
    SELECT tags.rowid FROM repositories CROSS JOIN tags ON tags.repository_id = repositories.id
    WHERE repositories.id = ${repositoryId} AND repositories.tag_limit > 0
    ORDER BY tags.name IN (SELECT value FROM ${names}) DESC, tags.updated_at DESC, tags.name
    LIMIT -1 OFFSET (SELECT tag_limit FROM repositories WHERE id = ${repositoryId}))`
  return [
    sql`
      INSERT INTO tags (repository_id, name, digest, created_at, updated_by, updated_at)
      SELECT ${repositoryId}, value, ${digest}, ${now}, ${actor}, ${now} FROM ${names} WHERE true
      ON CONFLICT (repository_id, name) DO UPDATE
      SET digest = excluded.digest, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
    recordEvents({ ...event, type: 'CREATE' }, { objectId: sql`${digest}`, objectName: sql`value`, from: names }),
    recordEvents(
      { ...event, type: 'DELETE', content: { why: 'tag limit' } },
      { objectId: sql`digest`, objectName: sql`name`, from: dropped },
    ),
    sql`DELETE FROM ${dropped}`,
  ]
}

/** Those of the tags that point elsewhere, to say so after a refusal. */
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

/** @returns whether the tag was there; the manifest stays */
export async function deleteTag(db: Database, right: Right, tag: Tag, now: number): Promise<boolean> {
  const { repository } = right
  const found = sql`tags WHERE repository_id = ${repositoryIdOf(repository)} AND name = ${tag}`
  const [, deleted] = await runBatchBy(db, right, [
    recordEvents(
      { actor: nameOfHolder(right), type: 'DELETE', objectType: 'tag', repository, now },
      { objectId: sql`digest`, objectName: sql`name`, from: found },
    ),
    // The number of changes would count what triggers write too.
    sql`DELETE FROM ${found} RETURNING name`,
  ])
  return deleted?.results.length === 1
}
