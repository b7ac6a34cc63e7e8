/** Writes pulls, many at once (see `events/pull-log.ts`). */
import { sql, type SQL } from 'drizzle-orm'
import type { AccountName, Digest, RepositoryName, Tag, WorkloadName } from '../../names.ts'
import { runBatch, type Database } from '../database.ts'
import { jsonPiecesOf } from '../pieces.ts'
import { insertEvents, type EventValues } from './events.ts'

export interface CountedPull {
  /** Empty for an anonymous caller. */
  readonly actor: AccountName | WorkloadName | ''
  /** The account has the name only if it has this id too: names are reused. */
  readonly actorId: string | undefined
  readonly repository: RepositoryName
  /** Undefined for a pull by digest without a known tag. */
  readonly tag: Tag | undefined
  readonly digest: Digest
  /** The teams whose signatures are missing. */
  readonly missingSignatures?: readonly string[] | undefined
  /** Whether a policy refused it for that, and not only reports it. */
  readonly isRefused?: boolean
  readonly count: number
}

/** The most tags that an event names; an image has few. */
const mostTagsOfPull = 10

/**
 * Selects the tags of a pull. The "+" keeps SQLite from a scan of all tags by name, as one manifest has few tags.
 * Index: tags_by_digest.
 */
const tagsOfPull = sql`(
  SELECT json_group_array(name) FROM (
    SELECT tags.name FROM tags WHERE tags.repository_id = counted.id AND tags.digest = counted.digest
    ORDER BY +tags.name LIMIT ${sql.raw(String(mostTagsOfPull))}))`

/**
 * Pulls of the same content by anonymous callers become one event in this time, in whatever isolates, and so do pulls that
 * are refused, of each caller: no client fills the database by asking again.
 */
const foldedMilliseconds = 3600 * 1000

/**
 * Writes an event for each pull, and adds it to the counter of its repository. A pull by digest of a manifest that an
 * index lists is the second half of a pull of that index, so it is left out unless the manifest has a tag. The event of
 * any other pull by digest names the tags that point at the digest now. A refused pull is an event of the type FAIL, and
 * counts for no repository. Key: repositories.
 */
export async function recordPulls(db: Database, pulls: readonly CountedPull[], now: number): Promise<void> {
  const { answered = [], refused = [] } = Object.groupBy(pulls, ({ isRefused }) =>
    isRefused === true ? 'refused' : 'answered',
  )
  await runBatch(db, {
    answered: jsonPiecesOf(answered).flatMap((piece) => [
      recordPiece(piece, 'GET', now),
      sql`
        UPDATE repositories SET pulls = pulls + counted.count
        FROM (SELECT id, sum(count) AS count FROM (${countedIn(piece)}) GROUP BY id) AS counted
        WHERE counted.id = repositories.id`,
    ]),
    refused: jsonPiecesOf(refused).map((piece) => recordPiece(piece, 'FAIL', now)),
  })
}

/**
 * Selects the pulls of a piece that count.
 * Index: repositories_name_unique, tags_by_digest, manifest_children_by_child. Key: repositories.
 *
 * @param listed pulls, as JSON
 */
const countedIn = (listed: string): SQL => sql`
  SELECT repositories.id, repositories.name, pull.value ->> 'actor' AS actor,
    pull.value ->> 'actorId' AS actorId, pull.value ->> 'tag' AS tag,
    pull.value ->> 'digest' AS digest, pull.value ->> 'count' AS count,
    pull.value -> 'missingSignatures' AS missing
  FROM json_each(${listed}) AS pull JOIN repositories ON repositories.name = pull.value ->> 'repository'
  WHERE pull.value ->> 'tag' IS NOT NULL
    OR EXISTS (
      SELECT 1 FROM tags WHERE tags.repository_id = repositories.id AND tags.digest = pull.value ->> 'digest')
    OR NOT EXISTS (
      SELECT 1 FROM manifest_children
      WHERE manifest_children.repository_id = repositories.id
        AND manifest_children.child_digest = pull.value ->> 'digest')`

/** Builds the statement that writes the events of a piece, or adds to those of the hour. */
const recordPiece = (listed: string, type: 'GET' | 'FAIL', now: number): SQL => sql`
  ${insertEvents({ type, now }, eventOfPull(type, now), sql`(${countedIn(listed)}) AS counted WHERE true`)}
  ON CONFLICT (repository, object_id, object_name, folded_since, type, actor) WHERE folded_since IS NOT NULL
  DO UPDATE SET content = json_patch(
    excluded.content,
    json_object('count', (content ->> 'count') + (excluded.content ->> 'count'), 'missingSignatures', json(coalesce(
      excluded.content -> 'missingSignatures', content -> 'missingSignatures'))))`

/**
 * Builds the event of a row of `counted`; `foldedSince` is the hour for an anonymous caller, and for a refused pull.
 * Index: accounts_name_unique.
 */
const eventOfPull = (type: 'GET' | 'FAIL', now: number): EventValues => ({
  actorId: sql`(SELECT id FROM accounts WHERE accounts.id = counted.actorId AND name = counted.actor)`,
  actor: sql`actor`,
  objectType: sql`CASE WHEN tag IS NULL THEN 'manifest' ELSE 'tag' END`,
  objectId: sql`digest`,
  objectName: sql`coalesce(tag, digest)`,
  repository: sql`name`,
  content: sql`json_patch(
    CASE WHEN tag IS NULL AND ${tagsOfPull} <> '[]'
      THEN json_object('count', count, 'tags', json(${tagsOfPull})) ELSE json_object('count', count) END,
    CASE WHEN coalesce(missing, '[]') = '[]' THEN '{}' ELSE json_object('missingSignatures', json(missing)) END)`,
  foldedSince: sql`CASE WHEN actor = '' OR ${type === 'FAIL'} THEN ${now - (now % foldedMilliseconds)} END`,
})
