/** What a restore does in SQL with the tables of content trust, as their declarations say (`tables.ts`). */
import { sql, type SQL } from 'drizzle-orm'
import type { Mending } from '../db/restoration/mended.ts'
import { allDue } from './bridge/delegates-store.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Turns a SHA-256 in base64, as TUF writes it, into hexadecimal digits, as rows have it: SQLite reads no base64. */
function hexOf(base64: SQL): SQL {
  const bitsAt = (at: number): SQL =>
    sql`(max(instr(${alphabet}, substr(${base64}, ${at} + 4 * place.value, 1)) - 1, 0) << ${6 * (4 - at)})`
  return sql`substr((
    SELECT group_concat(printf('%06x', ${bitsAt(1)} | ${bitsAt(2)} | ${bitsAt(3)} | ${bitsAt(4)}), '' ORDER BY place.value)
    FROM json_each('[0,1,2,3,4,5,6,7,8,9,10]') AS place), 1, 64)`
}

/** Reads what a document says; nothing for one that is no JSON, so that no document keeps a registry from being restored. */
const saidIn = (body: SQL): SQL => sql`iif(json_valid(${body}), ${body}, '{}')`
const ofSnapshot = sql`(${saidIn(sql`body`)} ->> '$.signed.meta.snapshot.hashes.sha256')`

/** The hash that an entry of a snapshot has. */
const ofEntry = sql`iif(entry.type = 'object', entry.value ->> '$.hashes.sha256', NULL)`

/** The newest timestamp of each published collection, with the hash of the snapshot that it names. */
const timestamps = sql`
  SELECT collection.id, ${hexOf(ofSnapshot)} AS snapshot
  FROM trust_collections AS collection JOIN trust_metadata AS document
    ON document.collection_id = collection.id AND document.role = 'timestamp'
  WHERE collection.is_published = 1
    AND version = (SELECT max(version) FROM trust_metadata WHERE collection_id = collection.id AND role = 'timestamp')
    AND ${ofSnapshot} IS NOT NULL`

/** The documents that the newest timestamp names, through its snapshot: a version, or null for one that is missing. */
const named = sql`
  timestamps (id, snapshot) AS MATERIALIZED (${timestamps}),
  named (id, role, version) AS MATERIALIZED (
    SELECT timestamps.id, 'snapshot', document.version FROM timestamps LEFT JOIN trust_metadata AS document
      ON document.collection_id = timestamps.id AND document.role = 'snapshot' AND document.sha256 = timestamps.snapshot
    UNION ALL
    SELECT timestamps.id, entry.key, document.version
    FROM timestamps JOIN trust_metadata AS holder
      ON holder.collection_id = timestamps.id AND holder.role = 'snapshot' AND holder.sha256 = timestamps.snapshot
    JOIN json_each(${saidIn(sql`holder.body`)}, '$.signed.meta') AS entry
    LEFT JOIN trust_metadata AS document
      ON document.collection_id = timestamps.id AND document.role = entry.key
      AND document.sha256 = ${hexOf(ofEntry)}
    WHERE ${ofEntry} IS NOT NULL)`

/**
 * A snapshot in R2 is taken as it is. Scan: trust_collections, and trust_metadata twice. Index: trust_metadata_by_sha256. Key:
 * trust_metadata.
 */
export const metadata: Mending = {
  last: [
    // Counts them with the manifests of their namespaces, which the core has counted; triggers take off what is deleted.
    sql`
      INSERT INTO namespace_manifests (namespace, size_bytes)
      SELECT substr(coalesce(deleted_name, name), 1, instr(coalesce(deleted_name, name), '/') - 1), sum(document.size_bytes)
      FROM trust_metadata AS document JOIN trust_collections ON trust_collections.id = document.collection_id
        JOIN repositories ON repositories.id = trust_collections.repository_id
      WHERE document.body IS NOT NULL GROUP BY 1
      ON CONFLICT (namespace) DO UPDATE SET size_bytes = size_bytes + excluded.size_bytes`,
    sql`
      WITH ${named}
      DELETE FROM trust_metadata WHERE EXISTS (
        SELECT 1 FROM named WHERE named.id = collection_id AND named.role = trust_metadata.role
          AND named.version < trust_metadata.version)`,
    sql`
      WITH ${named}
      UPDATE trust_collections SET is_published = 0, revision = revision + 1
      WHERE is_published = 1 AND (
        id IN (SELECT id FROM named WHERE version IS NULL)
        OR NOT EXISTS (SELECT 1 FROM trust_metadata WHERE collection_id = trust_collections.id AND role = 'timestamp'))`,
    sql`DELETE FROM trust_metadata WHERE collection_id IN (SELECT id FROM trust_collections WHERE is_published = 0)`,
  ],
}

/** Scan: trust_expiries, trust_collections. */
export const expiries: Mending = {
  last: [
    sql`DELETE FROM trust_expiries`,
    sql`
      INSERT INTO trust_expiries (collection_id, role, expires_at)
      SELECT id, 'root', NULL FROM trust_collections WHERE is_published = 1`,
  ],
}

/** Scan: trust_collections, restatements. */
export const bridgedRepositories: Mending = {
  last: [
    sql`
      INSERT INTO bridged_repositories (repository_id, due_at)
      SELECT DISTINCT repository_id, 0 FROM trust_collections WHERE is_published = 1
      ON CONFLICT (repository_id) DO UPDATE SET due_at = 0`,
    sql`
      UPDATE restatements SET is_stored = 0
      WHERE is_stored = 1 AND NOT EXISTS (
        SELECT 1 FROM manifests
        WHERE manifests.repository_id = restatements.repository_id AND manifests.digest = restatements.digest)`,
  ],
}

/** Scan: trust_collections. */
export const counts: Mending = {
  last: [
    sql`
      INSERT INTO trust_counts (name, count) SELECT 'collections', count(*) FROM trust_collections WHERE is_published = 1
      ON CONFLICT (name) DO UPDATE SET count = excluded.count`,
  ],
}

/** Scan: trust_delegates. */
export const delegates: Mending = { last: [allDue()] }

/** Scan: signature_facts. Index: public_keys_by_fingerprint. */
export const forgottenKeys: Mending = {
  last: [
    sql`
      INSERT INTO forgotten_keys (fingerprint)
      SELECT DISTINCT fingerprint FROM signature_facts AS fact
      WHERE kind <> 'notary' AND issuer = '' AND fingerprint <> ''
        AND NOT EXISTS (SELECT 1 FROM public_keys WHERE public_keys.fingerprint = fact.fingerprint)
      ON CONFLICT DO NOTHING`,
  ],
}

/** Scan: repositories. Index: what finds a policy of a repository, or of a namespace. */
export const policies: Mending = {
  last: [
    sql`
      UPDATE repositories SET demands_signatures = max(
        coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE repository_id = repositories.id), 0),
        coalesce((
          SELECT (mode = 'enforce') + 1 FROM trust_policies
          WHERE namespace_id = (SELECT id FROM accounts WHERE name = repositories.namespace)), 0))
      WHERE demands_signatures <> 0 OR EXISTS (SELECT 1 FROM trust_policies)`,
  ],
}
