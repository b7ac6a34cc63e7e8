/**
 * Pins: tags, manifests and repositories that are kept because they are signed. What verifies signatures writes pins in
 * its own batches; everything that deletes content asks for them here.
 *
 * A pinned tag is deleted neither by hand nor by a policy or a tag limit, but a push may move it, as clients sign after
 * they push. A pinned manifest is used, and with it all that it refers to. A pinned repository is deleted only with its
 * namespace.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Reference } from '../../names.ts'
import { jsonPiecesOf } from '../pieces.ts'
import { isThere } from '../repositories/visible-repositories.ts'

/** What is pinned: a tag, a manifest by its digest, each of which may be missing, or the repository itself. */
export type Pin = Reference | 'repository'

type Key = readonly [kind: 'repository' | 'tag' | 'manifest', name: string]

function keyOf(pin: Pin): Key {
  if (pin === 'repository') return ['repository', '']
  return 'tag' in pin ? ['tag', pin.tag] : ['manifest', pin.digest]
}

/**
 * Returns the statements that pin. They do nothing for a pin that is there, and nothing in a deleted repository.
 * Key: repositories.
 *
 * @param pinnedBy the kind of signature, such as `notary`
 */
export const pinStatements = (repositoryId: number, pins: readonly Pin[], pinnedBy: string): SQL[] =>
  jsonPiecesOf(pins.map(keyOf)).map(
    (piece) => sql`
      INSERT INTO pins (repository_id, kind, name, pinned_by)
      SELECT repositories.id, value ->> 0, value ->> 1, ${pinnedBy} FROM repositories CROSS JOIN json_each(${piece})
      WHERE repositories.id = ${repositoryId} AND ${isThere}
      ON CONFLICT DO NOTHING`,
  )

/** Returns the statements that take back pins of one kind of signature; those of other kinds stay. Key: pins. */
export const unpinStatements = (repositoryId: number, pins: readonly Pin[], pinnedBy: string): SQL[] =>
  jsonPiecesOf(pins.map(keyOf)).map(
    (piece) => sql`
      DELETE FROM pins WHERE rowid IN (
        SELECT pins.rowid FROM json_each(${piece}) AS gone CROSS JOIN pins
        WHERE pins.repository_id = ${repositoryId} AND pins.kind = gone.value ->> 0 AND pins.name = gone.value ->> 1
          AND pins.pinned_by = ${pinnedBy})`,
  )

/**
 * Returns the statements that make these the only pins of tags and manifests of one kind of signature. Those that stay
 * are not written. They read all pins of the repository. Key: pins.
 */
export function replacePins(repositoryId: number, pins: readonly Reference[], pinnedBy: string): SQL[] {
  const isWanted = jsonPiecesOf(pins.map(keyOf)).map(
    (piece) => sql`(kind, name) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${piece}))`,
  )
  const isLeft = isWanted.length === 0 ? sql`false` : sql.join(isWanted, sql` OR `)
  return [
    sql`
      DELETE FROM pins
      WHERE repository_id = ${repositoryId} AND pinned_by = ${pinnedBy} AND kind <> 'repository' AND NOT (${isLeft})`,
    ...pinStatements(repositoryId, pins, pinnedBy),
  ]
}

/**
 * Returns the statement that takes back all pins of one kind of signature. It reads all pins of the repository.
 * Key: pins.
 */
export const unpinAllStatement = (repositoryId: number, pinnedBy: string): SQL =>
  sql`DELETE FROM pins WHERE repository_id = ${repositoryId} AND pinned_by = ${pinnedBy}`

/** Matches what is pinned. Key: pins. */
const isPinned = (repositoryId: SQL, kind: Key[0], name: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM pins
  WHERE pins.repository_id = ${repositoryId} AND pins.kind = ${sql.raw(`'${kind}'`)} AND pins.name = ${name})`

/** Tells whether a row of `tags` is pinned. */
export const isPinnedTag: SQL = isPinned(sql`tags.repository_id`, 'tag', sql`tags.name`)

/** Tells whether a manifest is pinned itself. */
export const isPinnedManifest = (repositoryId: SQL, digest: SQL): SQL => isPinned(repositoryId, 'manifest', digest)

/** Tells whether a row of `repositories` is pinned. */
export const isPinnedRepository: SQL = isPinned(sql`repositories.id`, 'repository', sql`''`)
