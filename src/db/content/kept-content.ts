/** What a deletion by hand must not delete: immutable tags of those who may only push, and what is pinned. */
import { sql, type SQL } from 'drizzle-orm'
import type { Reference, RepositoryName, Tag } from '../../names.ts'
import type { DeletionRight } from '../access/rights.ts'
import type { Database } from '../database.ts'
import { refuse } from '../refusals.ts'
import { repositoryIdOf } from '../repositories/repositories.ts'
import { isPinnedManifest, isPinnedTag } from './pins.ts'

/** Returns the statements that abort the deletion of a tag, or of a manifest with its tags, if it must not be. */
export const refuseKept = ({ repository, takesImmutable }: DeletionRight, reference: Reference): SQL[] => [
  refuse(
    'tag is immutable',
    takesImmutable ? sql`false` : sql`EXISTS (SELECT 1 FROM ${immutableTags(repository, reference)})`,
  ),
  refuse(
    'content is pinned',
    sql`EXISTS (SELECT 1 FROM ${pinnedTags(repository, reference)})
      OR EXISTS (SELECT 1 FROM ${pinnedManifests(repository, reference)})`,
  ),
]

/** Selects the tags that would be deleted. Index: repositories_name_unique, tags_by_digest. Key: tags. */
const deletedTags = (repository: RepositoryName, reference: Reference): SQL => sql`
  repositories CROSS JOIN tags ON tags.repository_id = repositories.id
  WHERE repositories.name = ${repository}
    AND ${'tag' in reference ? sql`tags.name = ${reference.tag}` : sql`tags.digest = ${reference.digest}`}`

/** Selects the immutable ones. Tags that accompany an image are never immutable, as each new signature moves them. */
const immutableTags = (repository: RepositoryName, reference: Reference): SQL =>
  sql`${deletedTags(repository, reference)} AND repositories.immutable_tags = 1 AND tags.accompanies IS NULL`

const pinnedTags = (repository: RepositoryName, reference: Reference): SQL =>
  sql`${deletedTags(repository, reference)} AND ${isPinnedTag}`

/**
 * Selects the manifest that would be deleted and those that it lists, as clients reach them through it, as far as they
 * are pinned. The deletion of a tag deletes no manifest.
 * Key: manifests, manifest_children.
 */
const pinnedManifests = (repository: RepositoryName, reference: Reference): SQL => {
  const repositoryId = repositoryIdOf(repository)
  const digest = 'digest' in reference ? reference.digest : null
  return sql`(
      SELECT repository_id, digest FROM manifests WHERE repository_id = ${repositoryId} AND digest = ${digest}
      UNION ALL
      SELECT repository_id, child_digest FROM manifest_children
      WHERE repository_id = ${repositoryId} AND manifest_digest = ${digest}) AS meant
    WHERE ${isPinnedManifest(sql`meant.repository_id`, sql`meant.digest`)}`
}

const mostNamed = 3

/** Finds some of the immutable tags that a deletion would delete, for the sentence of a refusal. */
export async function someImmutable(db: Database, repository: RepositoryName, reference: Reference): Promise<Tag[]> {
  const rows = await db.all<{ name: Tag }>(
    sql`SELECT tags.name FROM ${immutableTags(repository, reference)} LIMIT ${mostNamed}`,
  )
  return rows.map(({ name }) => name)
}

/** Finds some of the pinned tags and manifests for which a deletion is refused, for its sentence. */
export async function somePinned(db: Database, repository: RepositoryName, reference: Reference): Promise<string[]> {
  const rows = await db.all<{ name: string }>(sql`
    SELECT name FROM (
      SELECT tags.name FROM ${pinnedTags(repository, reference)}
      UNION ALL
      SELECT meant.digest FROM ${pinnedManifests(repository, reference)})
    LIMIT ${mostNamed}`)
  return rows.map(({ name }) => name)
}
