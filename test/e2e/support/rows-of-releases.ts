/**
 * What a registry holds when a migration comes: rows for each of its statements that changes rows, so that a statement that
 * does not bear repetition shows. Each list stands for the schema before the migration that it is named after.
 */

const image = `'application/vnd.oci.image.manifest.v1+json'`
const signature = `'application/vnd.dev.cosign.artifact.sig.v1+json'`
const signatureTag = (digit: string): string => `'sha256-${digit.repeat(64)}.sig'`

/** Rows that are inserted before a migration, by its name. */
export const rowsBefore: Readonly<Record<string, readonly string[]>> = {
  '0001_accounts.sql': [
    `INSERT INTO accounts (id, username, password_hash, is_admin, is_active, created_at) VALUES (1, 'alice', 'x', 1, 1, 7)`,
    `INSERT INTO repositories (id, name, created_at)
     VALUES (1, 'alice/my-app', 1), (2, 'deep/er', 2), (3, 'nginx', 3), (4, 'alice', 4), (5, 'acme/e/f', 5)`,
    `INSERT INTO blobs (digest, size_bytes, session_id, created_at)
     VALUES ('sha256:b', 1, 's', 1), ('sha256:unlinked', 1, 's', 1)`,
    `INSERT INTO repository_blobs (repository_id, digest, linked_at) VALUES (1, 'sha256:b', 1)`,
    `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
     VALUES (1, 'sha256:a', ${image}, 2, '{}', 'alice', 5), (1, 'sha256:untagged', ${image}, 2, '{}', 'alice', 5)`,
    `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at) VALUES (1, 'v1', 'sha256:a', 'alice', 6)`,
  ],
  '0002_replicas.sql': [`INSERT INTO settings (name, value) VALUES ('readOnlyRegistry', 'true')`],
  '0003_jobs_and_garbage.sql': [`UPDATE write_gate SET closed = 0`],
  '0004_waiting_jobs_durations_and_paths.sql': [`INSERT INTO settings (name, value) VALUES ('gcGrace', '"36h30m"')`],
  '0010_namespace_bounds.sql': [
    `UPDATE repositories SET deleted_name = name, name = '~' || id, namespace = NULL WHERE id = 2`,
  ],
  '0012_exclusion_keys.sql': [
    `INSERT INTO jobs (id, status, action, scheduled_at, last_updated, retries_left, retries_total, capacity_map,
       parameters, deadline, stop_timeout, attempt, deaths, line_count)
     VALUES ('j', 'waiting', 'onlinegc', 1, 1, 0, 0, '{}', '{}', '', '', 0, 0, 0)`,
  ],
  '0018_signatures_are_checked.sql': [
    `INSERT INTO manifests (repository_id, digest, media_type, artifact_type, subject, size_bytes, body, pushed_by, pushed_at)
     VALUES (1, 'sha256:signature', ${image}, ${signature}, 'sha256:a', 3, '{}', 'alice', 5)`,
    `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at, created_at)
     VALUES (1, ${signatureTag('a')}, 'sha256:untagged', 'alice', 6, 6)`,
  ],
  // Of a namespace that has manifests too, and of a repository that was deleted.
  '0019_trust_documents_fill_namespaces.sql': [
    `INSERT INTO trust_collections (id, repository_id, gun, is_published, created_at)
     VALUES (1, 1, 'alice/my-app', 1, 5), (2, 2, 'deep/er', 0, 5)`,
    `INSERT INTO trust_metadata (collection_id, role, version, sha256, body, size_bytes, created_at)
     VALUES (1, 'root', 1, 'x', '{}', 100, 5), (1, 'targets', 1, 'y', '{}', 20, 5), (2, 'root', 1, 'z', '{}', 7, 5)`,
  ],
  '0036_tags_make_referrers.sql': [
    `INSERT OR REPLACE INTO manifest_reviews (repository_id, digest, since) VALUES (1, 'sha256:untagged', -1)`,
  ],
  '0038_settings_documents.sql': [
    `INSERT INTO directories (id, document, sealed, sealed_with, updated_at) VALUES (1, '{"serverURL":"ldap://a"}', 's', 'k', 7)`,
    `INSERT INTO oidc_provider (id, settings, sealed, sealed_with) VALUES (1, '{"issuer":"https://b"}', 's', 'k')`,
  ],
}

const publication = `INSERT INTO trust_collections (id, repository_id, gun, is_published, created_at) VALUES (3, 3, 'nginx', 1, 5)`

/** What the Worker of before writes after a migration stopped and before it is completed, where that matters. */
export const writtenMeanwhile: Readonly<Record<string, readonly string[]>> = {
  '0003_jobs_and_garbage.sql': [
    `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
     VALUES (1, 'sha256:late', ${image}, 2, '{}', 'alice', 5)`,
  ],
  '0010_namespace_bounds.sql': [
    `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at, created_at)
     VALUES (1, 'late', 'sha256:a', 'alice', 6, 6)`,
  ],
  '0011_manifest_bytes.sql': [
    `INSERT INTO manifests (repository_id, digest, media_type, size_bytes, body, pushed_by, pushed_at)
     VALUES (1, 'sha256:late', ${image}, 2, '{}', 'alice', 5)`,
  ],
  '0018_signatures_are_checked.sql': [
    `INSERT INTO manifests (repository_id, digest, media_type, artifact_type, subject, size_bytes, body, pushed_by, pushed_at)
     VALUES (1, 'sha256:late', ${image}, ${signature}, 'sha256:a', 3, '{}', 'alice', 5)`,
    `INSERT INTO tags (repository_id, name, digest, updated_by, updated_at, created_at)
     VALUES (1, ${signatureTag('b')}, 'sha256:a', 'alice', 6, 6)`,
  ],
  '0019_trust_documents_fill_namespaces.sql': [
    `INSERT INTO trust_metadata (collection_id, role, version, sha256, body, size_bytes, created_at)
     VALUES (1, 'targets', 2, 'late', '{}', 3000, 5)`,
  ],
  '0020_trust_data_expires.sql': [publication],
  '0025_trust_is_counted.sql': [publication],
  '0026_restatements.sql': [publication, `UPDATE trust_collections SET revision = revision + 1 WHERE id = 1`],
  '0038_settings_documents.sql': [`UPDATE directories SET document = '{"serverURL":"ldap://late"}'`],
}
