/**
 * The tag limit of a repository: a push beyond it deletes the tags that were pushed longest ago. Tags that accompany an
 * image neither count nor are deleted. Signed and pinned tags, immutable tags and the tags of the push count and stay. A push
 * without enough room for its tags is refused.
 *
 * The number of rows that a push reads depends on the limit alone: the index `tags_by_age` has only tags that count.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { RepositoryName, Tag } from '../../names.ts'
import type { Database } from '../database.ts'
import { recordEvents } from '../events/events.ts'
import { refuse } from '../refusals.ts'
import { repositoryIdOf, type Push } from '../repositories/repositories.ts'
import { nameOfHolder } from '../access/rights.ts'
import { accompaniedBy } from './accompanying.ts'
import { isPinnedTag } from './pins.ts'
import { isSigned } from './signatures.ts'

/** One push deletes at most this many tags: deleting is slow, and other requests wait. */
const mostTagsDropped = 1000

/** The tags that a push points at its manifest. */
export interface PushedTags {
  readonly repository: RepositoryName
  readonly tags: readonly Tag[]
  readonly push: Push
  readonly now: number
}

/** Returns the statements that make room for the tags of a push, or abort it. They run before the push. Key: tags. */
export function makeRoom(pushed: PushedTags): SQL[] {
  const { repository, push, now } = pushed
  const dropped = sql`tags WHERE rowid IN (${droppable(pushed)})`
  return [
    refuse(
      'tag limit is reached',
      sql`${added(pushed)} > 0 AND (SELECT count(*) FROM (${droppable(pushed)})) < ${excess(pushed)}`,
    ),
    recordEvents(
      {
        actor: nameOfHolder(push.right),
        type: 'DELETE',
        objectType: 'tag',
        repository,
        now,
        content: { why: 'tag limit' },
      },
      { objectId: sql`digest`, objectName: sql`name`, from: dropped },
    ),
    sql`DELETE FROM ${dropped}`,
  ]
}

const namesOf = ({ tags }: PushedTags): SQL => sql`json_each(${JSON.stringify(tags)})`

/** Selects the limit of the repository, null for none. Index: repositories_name_unique. */
const limitOf = (repository: RepositoryName): SQL =>
  sql`(SELECT nullif(tag_limit, 0) FROM repositories WHERE name = ${repository})`

/** Counts the tags that the push adds, without those that accompany an image. Key: tags. */
const added = (pushed: PushedTags): SQL => sql`(
  SELECT count(*) FROM ${namesOf(pushed)} WHERE ${accompaniedBy(sql`value`)} IS NULL
    AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = ${repositoryIdOf(pushed.repository)} AND name = value))`

/**
 * Counts the tags beyond the limit, at most as many as one push deletes. After a larger change of the limit, later
 * pushes delete the rest.
 * Index: tags_by_age.
 */
const excess = (pushed: PushedTags): SQL => {
  const counted = sql`
    SELECT 1 FROM tags INDEXED BY tags_by_age
    WHERE repository_id = ${repositoryIdOf(pushed.repository)} AND accompanies IS NULL
    LIMIT coalesce(${limitOf(pushed.repository)} + ${mostTagsDropped}, 0)`
  return sql`max(0, coalesce((SELECT count(*) FROM (${counted})) + ${added(pushed)} - ${limitOf(pushed.repository)}, 0))`
}

/**
 * Selects the surplus tags, oldest first. The scan stops at the limit. It keeps the order of the index: sorting would
 * read all rows first.
 * Index: repositories_name_unique, tags_by_age.
 */
const droppable = (pushed: PushedTags): SQL => {
  const { repository } = pushed
  const oldest = sql`
    SELECT rowid AS id, repository_id, name, digest FROM tags INDEXED BY tags_by_age
    WHERE repository_id = (SELECT id FROM repositories WHERE name = ${repository} AND immutable_tags = 0)
      AND accompanies IS NULL
    ORDER BY updated_at, name LIMIT coalesce(${limitOf(repository)} + ${mostTagsDropped}, 0)`
  return sql`
    SELECT tags.id FROM (${oldest}) AS tags
    WHERE tags.name NOT IN (SELECT value FROM ${namesOf(pushed)}) AND NOT ${isSigned}
      AND NOT ${isPinnedTag}
    LIMIT ${excess(pushed)}`
}

/**
 * Returns the limit of a repository, for the sentence of a refusal; zero means no limit.
 * Index: repositories_name_unique.
 */
export async function findTagLimit(db: Database, repository: RepositoryName): Promise<number> {
  const [row] = await db.all<{ tagLimit: number }>(
    sql`SELECT tag_limit AS tagLimit FROM repositories WHERE name = ${repository}`,
  )
  return row?.tagLimit ?? 0
}
