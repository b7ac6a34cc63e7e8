/**
 * What signatures of Notary say of images, for policies. A row is written only where it was not there, and deleted only
 * where it is no more: a publication of one more tag writes one row, however many there are.
 */
import { sql, type SQL } from 'drizzle-orm'
import { jsonPiecesOf } from '../../db/pieces.ts'

/** The facts of one role of a collection. */
export interface Facts {
  readonly repositoryId: number
  readonly collectionId: number
  readonly role: string
  readonly targets: readonly (readonly [name: string, digest: string])[]
  readonly fingerprints: readonly string[]
}

/** Names where facts come from, as they stand in `signature_facts`. */
export const sourceOf = (collectionId: number, role: string): string => `${collectionId}/${role}`

/**
 * Returns the statements that make the facts of a role these and no others. Index: signature_facts_by_source. Key:
 * signature_facts.
 */
export function replaceFacts({ repositoryId, collectionId, role, targets, fingerprints }: Facts, now: number): SQL[] {
  const source = sourceOf(collectionId, role)
  const signers = sql`SELECT value FROM json_each(${JSON.stringify(fingerprints)})`
  const pieces = jsonPiecesOf(targets)
  const isThere = pieces.map(
    (piece) => sql`(name, digest) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${piece}))`,
  )
  return [
    sql`
      DELETE FROM signature_facts
      WHERE repository_id = ${repositoryId} AND source = ${source} AND kind = 'notary'
        AND (fingerprint NOT IN (${signers}) OR NOT (${isThere.length === 0 ? sql`false` : sql.join(isThere, sql` OR `)}))`,
    ...pieces.map(
      (piece) => sql`
        INSERT INTO signature_facts (repository_id, digest, kind, source, name, fingerprint, issuer, subject, signed_at)
        SELECT ${repositoryId}, target.value ->> 1, 'notary', ${source}, target.value ->> 0, signer.value, '', '', ${now}
        FROM json_each(${piece}) AS target CROSS JOIN json_each(${JSON.stringify(fingerprints)}) AS signer WHERE true
        ON CONFLICT DO NOTHING`,
    ),
  ]
}

/** Returns the statement that deletes the facts of roles below one, but for some. Index: signature_facts_by_source. */
export function deleteFactsBelow(
  { repositoryId, collectionId }: Pick<Facts, 'repositoryId' | 'collectionId'>,
  role: string,
  kept: readonly string[],
): SQL {
  const source = sourceOf(collectionId, role)
  const keptSources = JSON.stringify(kept.map((name) => sourceOf(collectionId, name)))
  // "0" follows "/".
  return sql`
    DELETE FROM signature_facts
    WHERE repository_id = ${repositoryId} AND source > ${`${source}/`} AND source < ${`${source}0`} AND kind = 'notary'
      AND source NOT IN (SELECT value FROM json_each(${keptSources}))`
}

/** Returns the statement that deletes all facts of a collection. Index: signature_facts_by_source. */
export const deleteAllFacts = (repositoryId: number, collectionId: number): SQL => sql`
  DELETE FROM signature_facts
  WHERE repository_id = ${repositoryId} AND source > ${`${collectionId}/`} AND source < ${`${collectionId}0`}
    AND kind = 'notary'`
