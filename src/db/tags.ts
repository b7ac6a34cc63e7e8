/** Tags: names that point at manifests. Each function is one round trip to D1. */
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { RepositoryName, Tag } from '../names.ts'
import { prepareOnce, type Database } from './database.ts'
import { inRepository } from './repositories.ts'
import { repositories, tags } from './schema.ts'

const tagsAfter = prepareOnce((db) =>
  db
    .select({ name: tags.name })
    .from(repositories)
    .leftJoin(tags, and(eq(tags.repositoryId, repositories.id), gt(tags.name, sql.placeholder('last'))))
    .where(eq(repositories.name, sql.placeholder('repository')))
    .orderBy(asc(tags.name))
    .limit(sql.placeholder('limit'))
    .prepare(),
)

/** A page of tags after `last`, in ASCII order; undefined when there is no such repository. */
export async function listTags(
  db: Database,
  repository: RepositoryName,
  last: string,
  limit: number,
): Promise<string[] | undefined> {
  const rows = await tagsAfter(db).all({ repository, last, limit })
  if (rows.length === 0) return undefined
  return rows.flatMap(({ name }) => (name === null ? [] : [name]))
}

/** @returns whether the tag was there; the manifest stays */
export async function deleteTag(db: Database, repository: RepositoryName, tag: Tag): Promise<boolean> {
  const { meta } = await db.delete(tags).where(and(eq(tags.name, tag), inRepository(tags.repositoryId, repository)))
  return meta.changes === 1
}
