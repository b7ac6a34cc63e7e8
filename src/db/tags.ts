/** Tags: names that point at manifests. Each function is one round trip to D1. */
import { and, eq } from 'drizzle-orm'
import * as z from 'zod'
import type { RepositoryName, Tag } from '../names.ts'
import { prepareOnce, type Database } from './database.ts'
import { inRepository } from './repositories.ts'
import { tags } from './schema.ts'

/** One row whatever the number of tags: D1 sends each row as an object, which costs more than the tags themselves. */
const tagsAfter = prepareOnce(({ binding }) =>
  binding.prepare(`
    SELECT (
      SELECT json_group_array(name ORDER BY name) FROM (
        SELECT name FROM tags WHERE repository_id = repositories.id AND name > ?1 ORDER BY name LIMIT ?2)
    ) AS names
    FROM repositories WHERE name = ?3`),
)
const names = z.array(z.string())

/** A page of tags after `last`, in ASCII order; undefined when there is no such repository. */
export async function listTags(
  db: Database,
  repository: RepositoryName,
  last: string,
  limit: number,
): Promise<string[] | undefined> {
  const row = await tagsAfter(db).bind(last, limit, repository).first<{ names: string }>()
  return row === null ? undefined : names.parse(JSON.parse(row.names))
}

/** @returns whether the tag was there; the manifest stays */
export async function deleteTag(db: Database, repository: RepositoryName, tag: Tag): Promise<boolean> {
  const { meta } = await db.delete(tags).where(and(eq(tags.name, tag), inRepository(tags.repositoryId, repository)))
  return meta.changes === 1
}
