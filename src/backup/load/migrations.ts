/** The migrations of this release. "npm run migrations" writes this file: change nothing here. */
export const migrations: readonly { readonly name: string; readonly statements: readonly string[] }[] = [
  {
    "name": "0000_registry.sql",
    "statements": [
      "CREATE TABLE `accounts` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `username` text NOT NULL, `password_hash` text NOT NULL, `is_admin` integer DEFAULT false NOT NULL, `is_active` integer DEFAULT true NOT NULL, `created_at` integer NOT NULL);",
      "CREATE UNIQUE INDEX `accounts_username_unique` ON `accounts` (`username`);",
      "CREATE TABLE `blobs` (`digest` text PRIMARY KEY NOT NULL, `size_bytes` integer NOT NULL, `session_id` text NOT NULL, `created_at` integer NOT NULL);",
      "CREATE TABLE `manifest_blobs` (`repository_id` integer NOT NULL, `manifest_digest` text NOT NULL, `blob_digest` text NOT NULL, PRIMARY KEY(`repository_id`, `manifest_digest`, `blob_digest`), FOREIGN KEY (`repository_id`,`manifest_digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`repository_id`,`blob_digest`) REFERENCES `repository_blobs`(`repository_id`,`digest`) ON UPDATE no action ON DELETE no action);",
      "CREATE INDEX `manifest_blobs_by_blob` ON `manifest_blobs` (`repository_id`,`blob_digest`);",
      "CREATE TABLE `manifest_children` (`repository_id` integer NOT NULL, `manifest_digest` text NOT NULL, `child_digest` text NOT NULL, PRIMARY KEY(`repository_id`, `manifest_digest`, `child_digest`), FOREIGN KEY (`repository_id`,`manifest_digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`repository_id`,`child_digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE no action);",
      "CREATE INDEX `manifest_children_by_child` ON `manifest_children` (`repository_id`,`child_digest`);",
      "CREATE TABLE `manifests` (`repository_id` integer NOT NULL, `digest` text NOT NULL, `media_type` text NOT NULL, `artifact_type` text, `subject` text, `size_bytes` integer NOT NULL, `body` text, `body_digest` text, `pushed_by` text NOT NULL, `pushed_at` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action, FOREIGN KEY (`body_digest`) REFERENCES `blobs`(`digest`) ON UPDATE no action ON DELETE no action);",
      "CREATE INDEX `manifests_by_subject` ON `manifests` (`repository_id`,`subject`,`digest`) WHERE subject IS NOT NULL;",
      "CREATE INDEX `manifests_by_body` ON `manifests` (`body_digest`) WHERE body_digest IS NOT NULL;",
      "CREATE TABLE `repositories` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `name` text NOT NULL, `created_at` integer NOT NULL);",
      "CREATE UNIQUE INDEX `repositories_name_unique` ON `repositories` (`name`);",
      "CREATE TABLE `repository_blobs` (`repository_id` integer NOT NULL, `digest` text NOT NULL, `linked_at` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action, FOREIGN KEY (`digest`) REFERENCES `blobs`(`digest`) ON UPDATE no action ON DELETE no action);",
      "CREATE INDEX `repository_blobs_by_digest` ON `repository_blobs` (`digest`);",
      "CREATE TABLE `segments` (`key` text PRIMARY KEY NOT NULL, `session_id` text, `blob_digest` text, `offset_bytes` integer NOT NULL, `size_bytes` integer, `multipart_id` text, `created_at` integer NOT NULL, FOREIGN KEY (`session_id`) REFERENCES `upload_sessions`(`id`) ON UPDATE no action ON DELETE set null, FOREIGN KEY (`blob_digest`) REFERENCES `blobs`(`digest`) ON UPDATE no action ON DELETE set null);",
      "CREATE INDEX `segments_by_blob` ON `segments` (`blob_digest`,`offset_bytes`) WHERE blob_digest IS NOT NULL;",
      "CREATE INDEX `segments_by_session` ON `segments` (`session_id`) WHERE session_id IS NOT NULL;",
      "CREATE INDEX `segments_unowned` ON `segments` (`created_at`) WHERE session_id IS NULL AND blob_digest IS NULL;",
      "CREATE TABLE `tags` (`repository_id` integer NOT NULL, `name` text NOT NULL, `digest` text NOT NULL, `updated_by` text NOT NULL, `updated_at` integer NOT NULL, PRIMARY KEY(`repository_id`, `name`), FOREIGN KEY (`repository_id`,`digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE cascade);",
      "CREATE INDEX `tags_by_digest` ON `tags` (`repository_id`,`digest`);",
      "CREATE TABLE `upload_sessions` (`id` text PRIMARY KEY NOT NULL, `repository` text NOT NULL, `offset_bytes` integer NOT NULL, `chunk_count` integer NOT NULL, `digest` text, `state` text NOT NULL, `expires_at` integer NOT NULL);",
      "CREATE INDEX `upload_sessions_expiry` ON `upload_sessions` (`expires_at`);"
    ]
  },
  {
    "name": "0001_accounts.sql",
    "statements": [
      "CREATE TABLE `__new_accounts` (`id` text PRIMARY KEY NOT NULL, `name` text NOT NULL, `is_organization` integer DEFAULT false NOT NULL, `full_name` text DEFAULT '' NOT NULL, `password_hash` text, `is_admin` integer DEFAULT false NOT NULL, `is_active` integer DEFAULT true NOT NULL, `created_at` integer NOT NULL);",
      "INSERT OR IGNORE INTO `__new_accounts` (`id`, `name`, `password_hash`, `is_admin`, `is_active`, `created_at`) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), `username`, `password_hash`, `is_admin`, `is_active`, `created_at` FROM `accounts` WHERE `username` NOT IN (SELECT `name` FROM `__new_accounts`);",
      "DROP TABLE `accounts`;",
      "ALTER TABLE `__new_accounts` RENAME TO `accounts`;",
      "CREATE UNIQUE INDEX `accounts_name_unique` ON `accounts` (`name`);",
      "CREATE INDEX `accounts_by_kind` ON `accounts` (`is_organization`,`name`);",
      "CREATE INDEX `accounts_admins` ON `accounts` (`name`) WHERE is_admin = 1;",
      "CREATE INDEX `accounts_inactive` ON `accounts` (`name`) WHERE is_active = 0;",
      "CREATE TABLE `access_tokens` (`hash` text PRIMARY KEY NOT NULL, `account_id` text NOT NULL, `label` text NOT NULL, `is_active` integer DEFAULT true NOT NULL, `created_by` text NOT NULL, `creator_agent` text NOT NULL, `created_at` integer NOT NULL, `last_used_at` integer, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE INDEX `access_tokens_by_account` ON `access_tokens` (`account_id`,`created_at`);",
      "CREATE TABLE `login_addresses` (`account_id` text NOT NULL, `address` text NOT NULL, `last_at` integer NOT NULL, PRIMARY KEY(`account_id`, `address`), FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE INDEX `login_addresses_age` ON `login_addresses` (`last_at`);",
      "CREATE TABLE `login_failures` (`key` text PRIMARY KEY NOT NULL, `count` integer NOT NULL, `last_at` integer NOT NULL);",
      "CREATE INDEX `login_failures_age` ON `login_failures` (`last_at`);",
      "CREATE TABLE `members` (`organization_id` text NOT NULL, `user_id` text NOT NULL, `is_admin` integer DEFAULT false NOT NULL, PRIMARY KEY(`organization_id`, `user_id`), FOREIGN KEY (`organization_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`user_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE INDEX `members_by_user` ON `members` (`user_id`,`organization_id`);",
      "CREATE INDEX `members_admins` ON `members` (`organization_id`,`user_id`) WHERE is_admin = 1;",
      "CREATE TABLE `sessions` (`hash` text PRIMARY KEY NOT NULL, `account_id` text NOT NULL, `expires_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE INDEX `sessions_by_account` ON `sessions` (`account_id`);",
      "CREATE INDEX `sessions_expiry` ON `sessions` (`expires_at`);",
      "CREATE TABLE `team_members` (`team_id` text NOT NULL, `organization_id` text NOT NULL, `user_id` text NOT NULL, `is_admin` integer DEFAULT false NOT NULL, PRIMARY KEY(`team_id`, `user_id`), FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`organization_id`,`user_id`) REFERENCES `members`(`organization_id`,`user_id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE INDEX `team_members_by_user` ON `team_members` (`user_id`,`organization_id`);",
      "CREATE TABLE `teams` (`id` text PRIMARY KEY NOT NULL, `organization_id` text NOT NULL, `name` text NOT NULL, `description` text DEFAULT '' NOT NULL, `namespace_rank` integer, `created_at` integer NOT NULL, FOREIGN KEY (`organization_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE UNIQUE INDEX `teams_by_name` ON `teams` (`organization_id`,`name`);",
      "CREATE TABLE `events` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `published_at` integer NOT NULL, `actor_id` text, `actor` text NOT NULL, `type` text NOT NULL, `object_type` text NOT NULL, `object_id` text NOT NULL, `object_name` text NOT NULL, `repository` text, `content` text);",
      "CREATE INDEX `events_by_time` ON `events` (`published_at`);",
      "CREATE INDEX `events_by_actor` ON `events` (`actor_id`,`id`) WHERE actor_id IS NOT NULL;",
      "CREATE INDEX `events_by_repository` ON `events` (`repository`,`id`) WHERE repository IS NOT NULL;",
      "CREATE INDEX `events_frequent` ON `events` (`id`) WHERE type IN ('GET', 'FAIL');",
      "CREATE INDEX `events_of_changes` ON `events` (`id`) WHERE type NOT IN ('GET', 'FAIL');",
      "CREATE TABLE `settings` (`name` text PRIMARY KEY NOT NULL, `value` text NOT NULL);",
      "CREATE TABLE `repository_grants` (`repository_id` integer NOT NULL, `team_id` text NOT NULL, `rank` integer NOT NULL, PRIMARY KEY(`repository_id`, `team_id`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE INDEX `repository_grants_by_team` ON `repository_grants` (`team_id`,`repository_id`);",
      "CREATE TABLE `repository_words` (`word` text NOT NULL, `repository_id` integer NOT NULL, `namespace` text NOT NULL, `is_public` integer NOT NULL, PRIMARY KEY(`word`, `repository_id`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE INDEX `repository_words_by_repository` ON `repository_words` (`repository_id`);",
      "CREATE INDEX `repository_words_by_namespace` ON `repository_words` (`namespace`,`word`);",
      "CREATE INDEX `repository_words_public` ON `repository_words` (`word`,`repository_id`) WHERE is_public = 1;",
      "ALTER TABLE `repositories` ADD `namespace` text REFERENCES accounts(name);",
      "ALTER TABLE `repositories` ADD `visibility` text DEFAULT 'private' NOT NULL;",
      "ALTER TABLE `repositories` ADD `short_description` text DEFAULT '' NOT NULL;",
      "ALTER TABLE `repositories` ADD `long_description` text DEFAULT '' NOT NULL;",
      "ALTER TABLE `repositories` ADD `immutable_tags` integer DEFAULT false NOT NULL;",
      "ALTER TABLE `repositories` ADD `tag_limit` integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE `repositories` ADD `pulls` integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE `repositories` ADD `pushes` integer DEFAULT 0 NOT NULL;",
      "CREATE INDEX `repositories_by_namespace` ON `repositories` (`namespace`);",
      "CREATE INDEX `repositories_public` ON `repositories` (`name`) WHERE visibility = 'public';",
      "ALTER TABLE `tags` ADD `created_at` integer DEFAULT 0 NOT NULL;",
      "UPDATE `tags` SET `created_at` = `updated_at`;",
      "UPDATE `repositories` SET `name` = `name` || '/' || `name` WHERE instr(`name`, '/') = 0 AND length(`name`) <= 100 AND EXISTS (SELECT 1 FROM `accounts` WHERE `accounts`.`name` = `repositories`.`name`) AND NOT EXISTS (SELECT 1 FROM `repositories` AS `other` WHERE `other`.`name` = `repositories`.`name` || '/' || `repositories`.`name`);",
      "UPDATE `repositories` SET `name` = (SELECT CASE WHEN EXISTS (SELECT 1 FROM `accounts` WHERE `name` = 'library') THEN 'library-of-before' ELSE 'library' END) || '/' || CASE WHEN instr(`name`, '/') > 0 OR length(`name`) > 200 THEN 'renamed-' || `id` WHEN EXISTS (SELECT 1 FROM `repositories` AS `other` WHERE `other`.`name` = (SELECT CASE WHEN EXISTS (SELECT 1 FROM `accounts` WHERE `name` = 'library') THEN 'library-of-before' ELSE 'library' END) || '/' || `repositories`.`name`) THEN `name` || '-renamed-' || `id` ELSE `name` END WHERE instr(`name`, '/') = 0 OR instr(`name`, '/') > 101;",
      "INSERT OR IGNORE INTO `accounts` (`id`, `name`, `is_organization`, `created_at`) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), `namespace`, 1, 0 FROM (SELECT DISTINCT substr(`name`, 1, instr(`name`, '/') - 1) AS `namespace` FROM `repositories` WHERE instr(`name`, '/') > 0) WHERE `namespace` NOT IN (SELECT `name` FROM `accounts`);",
      "UPDATE `repositories` SET `namespace` = substr(`name`, 1, instr(`name`, '/') - 1) WHERE instr(`name`, '/') > 0;",
      "INSERT OR IGNORE INTO `repository_words` (`word`, `repository_id`, `namespace`, `is_public`) SELECT `value`, `repositories`.`id`, `repositories`.`namespace`, 0 FROM `repositories`, json_each('[\"' || replace(replace(replace(replace(`repositories`.`name`, '/', '\",\"'), '.', '\",\"'), '_', '\",\"'), '-', '\",\"') || '\"]') WHERE `value` <> '';",
      "CREATE TRIGGER `repositories_namespace` AFTER INSERT ON `repositories` WHEN NEW.`namespace` IS NULL BEGIN UPDATE `repositories` SET `namespace` = substr(NEW.`name`, 1, instr(NEW.`name`, '/') - 1) WHERE `id` = NEW.`id`; END;",
      "CREATE TRIGGER `repositories_words` AFTER INSERT ON `repositories` BEGIN INSERT OR IGNORE INTO `repository_words` (`word`, `repository_id`, `namespace`, `is_public`) SELECT `value`, NEW.`id`, substr(NEW.`name`, 1, instr(NEW.`name`, '/') - 1), NEW.`visibility` = 'public' FROM json_each('[\"' || replace(replace(replace(replace(NEW.`name`, '/', '\",\"'), '.', '\",\"'), '_', '\",\"'), '-', '\",\"') || '\"]') WHERE `value` <> ''; END;",
      "CREATE TRIGGER `repositories_words_visibility` AFTER UPDATE OF `visibility` ON `repositories` WHEN OLD.`visibility` <> NEW.`visibility` BEGIN UPDATE `repository_words` SET `is_public` = NEW.`visibility` = 'public' WHERE `repository_id` = NEW.`id`; END;",
      "CREATE TRIGGER `tags_immutable` BEFORE UPDATE OF `digest` ON `tags` WHEN OLD.`digest` <> NEW.`digest` AND (SELECT `immutable_tags` FROM `repositories` WHERE `id` = OLD.`repository_id`) = 1 BEGIN SELECT RAISE(ABORT, 'tag is immutable'); END;",
      "CREATE TRIGGER `read_only_upload_sessions_insert` BEFORE INSERT ON `upload_sessions` WHEN NEW.`state` = 'open' AND EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_segments_insert` BEFORE INSERT ON `segments` WHEN NEW.`session_id` IS NOT NULL AND EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_repository_blobs_insert` BEFORE INSERT ON `repository_blobs` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_repository_blobs_delete` BEFORE DELETE ON `repository_blobs` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_manifests_insert` BEFORE INSERT ON `manifests` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_manifests_delete` BEFORE DELETE ON `manifests` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_tags_insert` BEFORE INSERT ON `tags` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_tags_update` BEFORE UPDATE ON `tags` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_tags_delete` BEFORE DELETE ON `tags` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_repositories_insert` BEFORE INSERT ON `repositories` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_repositories_delete` BEFORE DELETE ON `repositories` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_repositories_update` BEFORE UPDATE OF `visibility`, `short_description`, `long_description`, `immutable_tags`, `tag_limit` ON `repositories` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;"
    ]
  },
  {
    "name": "0002_replicas.sql",
    "statements": [
      "CREATE TABLE `cluster` (`id` integer PRIMARY KEY NOT NULL, `epoch` integer NOT NULL, `version` integer NOT NULL, `members` text NOT NULL, `founding` text NOT NULL, `created_at` integer NOT NULL, `updated_at` integer NOT NULL, `ready_at` integer);",
      "CREATE TABLE `replica_heartbeats` (`id` text PRIMARY KEY NOT NULL, `beat_at` integer NOT NULL);",
      "CREATE TABLE `write_gate` (`id` integer PRIMARY KEY NOT NULL, `token` integer NOT NULL, `closed` integer NOT NULL, `reason` text NOT NULL, `until` integer, `by` text NOT NULL, `passing` integer);",
      "INSERT OR IGNORE INTO `write_gate` (`id`, `token`, `closed`, `reason`, `until`, `by`, `passing`) SELECT 1, 0, EXISTS (SELECT 1 FROM `settings` WHERE `name` = 'readOnlyRegistry' AND `value` = 'true'), '', NULL, '', NULL;",
      "DELETE FROM `settings` WHERE `name` = 'readOnlyRegistry';",
      "DROP TRIGGER `read_only_upload_sessions_insert`;",
      "CREATE TRIGGER `read_only_upload_sessions_insert` BEFORE INSERT ON `upload_sessions` WHEN NEW.`state` = 'open' AND EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_segments_insert`;",
      "CREATE TRIGGER `read_only_segments_insert` BEFORE INSERT ON `segments` WHEN NEW.`session_id` IS NOT NULL AND EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_repository_blobs_insert`;",
      "CREATE TRIGGER `read_only_repository_blobs_insert` BEFORE INSERT ON `repository_blobs` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_repository_blobs_delete`;",
      "CREATE TRIGGER `read_only_repository_blobs_delete` BEFORE DELETE ON `repository_blobs` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_manifests_insert`;",
      "CREATE TRIGGER `read_only_manifests_insert` BEFORE INSERT ON `manifests` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_manifests_delete`;",
      "CREATE TRIGGER `read_only_manifests_delete` BEFORE DELETE ON `manifests` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_tags_insert`;",
      "CREATE TRIGGER `read_only_tags_insert` BEFORE INSERT ON `tags` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_tags_update`;",
      "CREATE TRIGGER `read_only_tags_update` BEFORE UPDATE ON `tags` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_tags_delete`;",
      "CREATE TRIGGER `read_only_tags_delete` BEFORE DELETE ON `tags` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_repositories_insert`;",
      "CREATE TRIGGER `read_only_repositories_insert` BEFORE INSERT ON `repositories` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_repositories_delete`;",
      "CREATE TRIGGER `read_only_repositories_delete` BEFORE DELETE ON `repositories` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "DROP TRIGGER `read_only_repositories_update`;",
      "CREATE TRIGGER `read_only_repositories_update` BEFORE UPDATE OF `visibility`, `short_description`, `long_description`, `immutable_tags`, `tag_limit` ON `repositories` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;"
    ]
  },
  {
    "name": "0003_jobs_and_garbage.sql",
    "statements": [
      "CREATE TABLE `blob_reviews` (`digest` text PRIMARY KEY NOT NULL, `since` integer NOT NULL);",
      "CREATE INDEX `blob_reviews_since` ON `blob_reviews` (`since`);",
      "CREATE TABLE `gc_fence` (`id` integer PRIMARY KEY NOT NULL, `token` integer NOT NULL, `freed_since` integer);",
      "CREATE TABLE `link_reviews` (`repository_id` integer NOT NULL, `digest` text NOT NULL, `since` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`));",
      "CREATE INDEX `link_reviews_since` ON `link_reviews` (`since`);",
      "CREATE TABLE `manifest_reviews` (`repository_id` integer NOT NULL, `digest` text NOT NULL, `since` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`));",
      "CREATE INDEX `manifest_reviews_since` ON `manifest_reviews` (`since`);",
      "CREATE TABLE `crons` (`action` text PRIMARY KEY NOT NULL, `id` text NOT NULL, `schedule` text NOT NULL, `retries` integer NOT NULL, `capacity_map` text NOT NULL, `parameters` text NOT NULL, `deadline` text NOT NULL, `stop_timeout` text NOT NULL, `next_run` integer NOT NULL);",
      "CREATE INDEX `crons_by_next_run` ON `crons` (`next_run`);",
      "CREATE TABLE `job_logs` (`job_id` text NOT NULL, `line_number` integer NOT NULL, `data` text NOT NULL, PRIMARY KEY(`job_id`, `line_number`), FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE TABLE `jobs` (`id` text PRIMARY KEY NOT NULL, `retry_from_id` text, `worker_id` text, `status` text NOT NULL, `action` text NOT NULL, `scheduled_at` integer NOT NULL, `last_updated` integer NOT NULL, `started_at` integer, `ended_at` integer, `retries_left` integer NOT NULL, `retries_total` integer NOT NULL, `capacity_map` text NOT NULL, `parameters` text NOT NULL, `deadline` text NOT NULL, `stop_timeout` text NOT NULL, `lease_until` integer, `attempt` integer NOT NULL, `deaths` integer NOT NULL, `checkpoint` text, `line_count` integer NOT NULL);",
      "CREATE INDEX `jobs_unfinished` ON `jobs` (`scheduled_at`,`id`) WHERE status IN ('waiting', 'running', 'cancel_request');",
      "CREATE INDEX `jobs_by_time` ON `jobs` (`scheduled_at`,`id`);",
      "CREATE INDEX `jobs_by_action` ON `jobs` (`action`,`scheduled_at`,`id`);",
      "CREATE INDEX `jobs_ended` ON `jobs` (`ended_at`) WHERE ended_at IS NOT NULL;",
      "CREATE TABLE `pruning_policies` (`id` text PRIMARY KEY NOT NULL, `repository_id` integer NOT NULL, `enabled` integer NOT NULL, `rules` text NOT NULL, `created_at` integer NOT NULL, `version` integer NOT NULL, `tags_since` integer NOT NULL, `last_pruned_at` integer, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade);",
      "CREATE INDEX `pruning_policies_by_repository` ON `pruning_policies` (`repository_id`,`id`);",
      "CREATE INDEX `pruning_policies_enabled` ON `pruning_policies` (`repository_id`) WHERE enabled = 1;",
      "DROP INDEX `manifest_blobs_by_blob`;",
      "CREATE INDEX `manifest_blobs_by_blob` ON `manifest_blobs` (`repository_id`,`blob_digest`,`manifest_digest`);",
      "DROP INDEX `manifest_children_by_child`;",
      "CREATE INDEX `manifest_children_by_child` ON `manifest_children` (`repository_id`,`child_digest`,`manifest_digest`);",
      "ALTER TABLE `manifests` ADD `confirmed_at` integer DEFAULT 0 NOT NULL;",
      "CREATE INDEX `manifests_by_artifact_type` ON `manifests` (`repository_id`,`subject`,`artifact_type`,`digest`) WHERE subject IS NOT NULL;",
      "CREATE TRIGGER `manifest_pushed` AFTER INSERT ON `manifests` BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (NEW.repository_id, NEW.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;",
      "CREATE TRIGGER `manifest_untagged` AFTER DELETE ON `tags` WHEN EXISTS (SELECT 1 FROM manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest) AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = OLD.repository_id AND digest = OLD.digest) BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (OLD.repository_id, OLD.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;",
      "CREATE TRIGGER `manifest_tag_moved` AFTER UPDATE OF `digest` ON `tags` WHEN NEW.`digest` <> OLD.`digest` AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = OLD.repository_id AND digest = OLD.digest) BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (OLD.repository_id, OLD.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;",
      "CREATE TRIGGER `manifest_deleted` BEFORE DELETE ON `manifests` BEGIN INSERT INTO link_reviews (repository_id, digest, since) SELECT gone.repository_id, gone.blob_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifest_blobs AS gone WHERE gone.repository_id = OLD.repository_id AND gone.manifest_digest = OLD.digest AND NOT EXISTS (SELECT 1 FROM manifest_blobs AS other WHERE other.repository_id = gone.repository_id AND other.blob_digest = gone.blob_digest AND other.manifest_digest <> gone.manifest_digest) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, child_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifest_children WHERE repository_id = OLD.repository_id AND manifest_digest = OLD.digest ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifests WHERE repository_id = OLD.repository_id AND subject = OLD.digest ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO blob_reviews (digest, since) SELECT OLD.body_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) WHERE OLD.body_digest IS NOT NULL ON CONFLICT (digest) DO UPDATE SET since = max(since, excluded.since); DELETE FROM manifest_reviews WHERE repository_id = OLD.repository_id AND digest = OLD.digest; END;",
      "CREATE TRIGGER `blob_linked` AFTER INSERT ON `repository_blobs` BEGIN INSERT INTO link_reviews (repository_id, digest, since) VALUES (NEW.repository_id, NEW.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;",
      "CREATE TRIGGER `blob_unlinked` AFTER DELETE ON `repository_blobs` BEGIN DELETE FROM link_reviews WHERE repository_id = OLD.repository_id AND digest = OLD.digest; INSERT INTO blob_reviews (digest, since) SELECT OLD.digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) WHERE NOT EXISTS (SELECT 1 FROM repository_blobs WHERE digest = OLD.digest) ON CONFLICT (digest) DO UPDATE SET since = max(since, excluded.since); END;",
      "INSERT OR IGNORE INTO `manifest_reviews` (`repository_id`, `digest`, `since`) SELECT repository_id, digest, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM manifests WHERE NOT EXISTS (SELECT 1 FROM tags WHERE tags.repository_id = manifests.repository_id AND tags.digest = manifests.digest);",
      "INSERT OR IGNORE INTO `link_reviews` (`repository_id`, `digest`, `since`) SELECT repository_id, digest, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM repository_blobs WHERE NOT EXISTS (SELECT 1 FROM manifest_blobs WHERE manifest_blobs.repository_id = repository_blobs.repository_id AND blob_digest = repository_blobs.digest);",
      "INSERT OR IGNORE INTO `blob_reviews` (`digest`, `since`) SELECT digest, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM blobs WHERE NOT EXISTS (SELECT 1 FROM repository_blobs WHERE repository_blobs.digest = blobs.digest) AND NOT EXISTS (SELECT 1 FROM manifests WHERE body_digest = blobs.digest);",
      "INSERT OR IGNORE INTO `crons` (`action`, `id`, `schedule`, `retries`, `capacity_map`, `parameters`, `deadline`, `stop_timeout`, `next_run`) VALUES ('tag_pruning', 'tag_pruning', '0 */15 * * * *', 0, '{}', '{}', '', '', 0);"
    ]
  },
  {
    "name": "0004_waiting_jobs_durations_and_paths.sql",
    "statements": [
      "ALTER TABLE `jobs` ADD `waiting_for` text;",
      "ALTER TABLE `settings` ADD `milliseconds` integer;",
      "UPDATE `settings` SET `milliseconds` = (WITH RECURSIVE parts (`rest`, `total`) AS (SELECT trim(`value`, '\"'), 0.0 UNION ALL SELECT substr(ltrim(`rest`, '0123456789.'), CASE WHEN ltrim(`rest`, '0123456789.') LIKE 'ms%' THEN 3 ELSE 2 END), `total` + CAST(`rest` AS REAL) * CASE WHEN ltrim(`rest`, '0123456789.') LIKE 'ms%' THEN 1 WHEN ltrim(`rest`, '0123456789.') LIKE 'h%' THEN 3600000 WHEN ltrim(`rest`, '0123456789.') LIKE 'm%' THEN 60000 ELSE 1000 END FROM parts WHERE `rest` <> '') SELECT CAST(`total` AS INTEGER) FROM parts WHERE `rest` = '') WHERE `name` IN ('gcGrace', 'repoEventHistoryMaxAge', 'jobHistoryMaxAge');",
      "CREATE TRIGGER `repositories_paths` AFTER INSERT ON `repositories` WHEN NEW.`name` LIKE '%/%/%' BEGIN INSERT OR IGNORE INTO `repository_words` (`word`, `repository_id`, `namespace`, `is_public`) SELECT substr(NEW.`name`, 1 + (SELECT sum(length(before.`value`) + 1) FROM json_each('[\"' || replace(NEW.`name`, '/', '\",\"') || '\"]') AS before WHERE before.`key` < part.`key`)), NEW.`id`, substr(NEW.`name`, 1, instr(NEW.`name`, '/') - 1), NEW.`visibility` = 'public' FROM json_each('[\"' || replace(NEW.`name`, '/', '\",\"') || '\"]') AS part WHERE part.`key` > 0 AND part.`key` < length(NEW.`name`) - length(replace(NEW.`name`, '/', '')); END;",
      "INSERT OR IGNORE INTO `repository_words` (`word`, `repository_id`, `namespace`, `is_public`) SELECT substr(`name`, 1 + (SELECT sum(length(before.`value`) + 1) FROM json_each('[\"' || replace(`name`, '/', '\",\"') || '\"]') AS before WHERE before.`key` < part.`key`)), `repositories`.`id`, substr(`name`, 1, instr(`name`, '/') - 1), `visibility` = 'public' FROM `repositories`, json_each('[\"' || replace(`name`, '/', '\",\"') || '\"]') AS part WHERE `name` LIKE '%/%/%' AND part.`key` > 0 AND part.`key` < length(`name`) - length(replace(`name`, '/', ''));"
    ]
  },
  {
    "name": "0005_manifest_annotations.sql",
    "statements": [
      "ALTER TABLE `manifests` ADD `annotations` text;",
      "CREATE TRIGGER `manifests_keep_media_type` BEFORE UPDATE OF `media_type` ON `manifests` WHEN NEW.`media_type` <> OLD.`media_type` BEGIN SELECT RAISE(ABORT, 'manifest has another media type'); END;"
    ]
  },
  {
    "name": "0006_deleted_repositories.sql",
    "statements": [
      "ALTER TABLE `repositories` ADD `deleted_name` text;",
      "CREATE INDEX `repositories_deleted` ON `repositories` (`id`) WHERE deleted_name IS NOT NULL;",
      "CREATE TRIGGER `read_only_repositories_deletion` BEFORE UPDATE OF `deleted_name` ON `repositories` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;"
    ]
  },
  {
    "name": "0007_tag_policies.sql",
    "statements": [
      "DROP INDEX `tags_by_digest`;",
      "ALTER TABLE `tags` ADD `accompanies` text GENERATED ALWAYS AS (iif(substr(name, 1, 7) IN ('sha256-', 'sha512-') AND length(name) >= 71 AND substr(name, 8, 64) NOT GLOB '*[^0-9a-f]*' AND substr(name, 72) IN ('', '.sig', '.att', '.sbom'), replace(substr(name, 1, 71), '-', ':'), NULL)) VIRTUAL;",
      "ALTER TABLE `tags` ADD `is_orphaned` integer DEFAULT false NOT NULL;",
      "CREATE INDEX `tags_by_age` ON `tags` (`repository_id`,`accompanies`,`updated_at`,`name`);",
      "CREATE INDEX `tags_by_digest` ON `tags` (`repository_id`,`digest`,`accompanies`);",
      "DROP TRIGGER `tags_immutable`;",
      "CREATE TRIGGER `tags_immutable` BEFORE UPDATE OF `digest` ON `tags` WHEN OLD.`digest` <> NEW.`digest` AND OLD.`accompanies` IS NULL AND (SELECT `immutable_tags` FROM `repositories` WHERE `id` = OLD.`repository_id`) = 1 BEGIN SELECT RAISE(ABORT, 'tag is immutable'); END;",
      "DROP TRIGGER `manifest_untagged`;",
      "CREATE TRIGGER `manifest_untagged` AFTER DELETE ON `tags` WHEN EXISTS (SELECT 1 FROM manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest) AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND accompanies IS NULL) BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (OLD.repository_id, OLD.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;",
      "DROP TRIGGER `manifest_tag_moved`;",
      "CREATE TRIGGER `manifest_tag_moved` AFTER UPDATE OF `digest` ON `tags` WHEN NEW.`digest` <> OLD.`digest` AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND accompanies IS NULL) BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (OLD.repository_id, OLD.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;",
      "DROP TRIGGER `manifest_deleted`;",
      "CREATE TRIGGER `manifest_deleted` BEFORE DELETE ON `manifests` BEGIN INSERT INTO link_reviews (repository_id, digest, since) SELECT gone.repository_id, gone.blob_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifest_blobs AS gone WHERE gone.repository_id = OLD.repository_id AND gone.manifest_digest = OLD.digest AND NOT EXISTS (SELECT 1 FROM manifest_blobs AS other WHERE other.repository_id = gone.repository_id AND other.blob_digest = gone.blob_digest AND other.manifest_digest <> gone.manifest_digest) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, child_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifest_children WHERE repository_id = OLD.repository_id AND manifest_digest = OLD.digest ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifests WHERE repository_id = OLD.repository_id AND subject = OLD.digest ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO blob_reviews (digest, since) SELECT OLD.body_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) WHERE OLD.body_digest IS NOT NULL ON CONFLICT (digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM tags WHERE repository_id = OLD.repository_id AND accompanies = substr(OLD.digest, 1, 71) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); UPDATE tags SET is_orphaned = 1 WHERE repository_id = OLD.repository_id AND accompanies = substr(OLD.digest, 1, 71); DELETE FROM manifest_reviews WHERE repository_id = OLD.repository_id AND digest = OLD.digest; END;"
    ]
  },
  {
    "name": "0008_lost_content.sql",
    "statements": [
      "ALTER TABLE `blobs` ADD `lost_at` integer;"
    ]
  },
  {
    "name": "0009_shares_of_history.sql",
    "statements": [
      "DROP INDEX `events_frequent`;",
      "DROP INDEX `events_of_changes`;",
      "ALTER TABLE `events` ADD `folded_since` integer;",
      "ALTER TABLE `events` ADD `share` text GENERATED ALWAYS AS (iif(type IN ('GET', 'FAIL'), 'frequent', iif(object_type IN ('account', 'member', 'team', 'access', 'token', 'settings', 'cron') OR (object_type = 'repository' AND type = 'UPDATE'), 'security', 'content'))) VIRTUAL;",
      "CREATE INDEX `events_by_share` ON `events` (`share`,`id`);",
      "CREATE UNIQUE INDEX `events_folded` ON `events` (`repository`,`object_id`,`object_name`,`folded_since`) WHERE folded_since IS NOT NULL;"
    ]
  },
  {
    "name": "0010_namespace_bounds.sql",
    "statements": [
      "CREATE TABLE `namespace_tags` ( `namespace` text PRIMARY KEY NOT NULL, `count` integer NOT NULL );",
      "CREATE INDEX `upload_sessions_open` ON `upload_sessions` (`repository`) WHERE state = 'open';",
      "INSERT OR REPLACE INTO `namespace_tags` (`namespace`, `count`) SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1), sum((SELECT count(*) FROM `tags` WHERE `repository_id` = `repositories`.`id`)) FROM `repositories` GROUP BY 1;",
      "CREATE TRIGGER `namespace_tags_added` AFTER INSERT ON `tags` BEGIN INSERT INTO `namespace_tags` (`namespace`, `count`) SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1), 1 FROM `repositories` WHERE `id` = NEW.`repository_id` ON CONFLICT (`namespace`) DO UPDATE SET `count` = `count` + 1; SELECT RAISE(ABORT, 'namespace is full: tags') WHERE (SELECT `count` FROM `namespace_tags` WHERE `namespace` = (SELECT `namespace` FROM `repositories` WHERE `id` = NEW.`repository_id`)) > CAST(coalesce((SELECT `value` FROM `settings` WHERE `name` = 'namespaceMaxTags'), 1000000) AS INTEGER); END;",
      "CREATE TRIGGER `namespace_tags_deleted` AFTER DELETE ON `tags` BEGIN UPDATE `namespace_tags` SET `count` = `count` - 1 WHERE `namespace` = (SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1) FROM `repositories` WHERE `id` = OLD.`repository_id`); END;",
      "CREATE TRIGGER `namespace_repositories_bounded` AFTER INSERT ON `repositories` WHEN (SELECT 1 FROM `repositories` WHERE `namespace` = NEW.`namespace` LIMIT 1 OFFSET CAST(coalesce((SELECT `value` FROM `settings` WHERE `name` = 'namespaceMaxRepositories'), 10000) AS INTEGER)) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'namespace is full: repositories'); END;",
      "CREATE TRIGGER `namespace_uploads_bounded` AFTER INSERT ON `upload_sessions` WHEN NEW.`state` = 'open' AND (SELECT 1 FROM `upload_sessions` WHERE `state` = 'open' AND `repository` >= substr(NEW.`repository`, 1, instr(NEW.`repository`, '/')) AND `repository` < substr(NEW.`repository`, 1, instr(NEW.`repository`, '/') - 1) || '0' LIMIT 1 OFFSET CAST(coalesce((SELECT `value` FROM `settings` WHERE `name` = 'namespaceMaxUploads'), 2000) AS INTEGER)) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'namespace is full: open uploads'); END;"
    ]
  },
  {
    "name": "0011_manifest_bytes.sql",
    "statements": [
      "CREATE TABLE `namespace_manifests` ( `namespace` text PRIMARY KEY NOT NULL, `size_bytes` integer NOT NULL );",
      "INSERT OR REPLACE INTO `namespace_manifests` (`namespace`, `size_bytes`) SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1), sum((SELECT coalesce(sum(`size_bytes`), 0) FROM `manifests` WHERE `repository_id` = `repositories`.`id` AND `body` IS NOT NULL)) FROM `repositories` GROUP BY 1;",
      "CREATE TRIGGER `namespace_manifests_added` AFTER INSERT ON `manifests` WHEN NEW.`body` IS NOT NULL BEGIN INSERT INTO `namespace_manifests` (`namespace`, `size_bytes`) SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1), NEW.`size_bytes` FROM `repositories` WHERE `id` = NEW.`repository_id` ON CONFLICT (`namespace`) DO UPDATE SET `size_bytes` = `size_bytes` + excluded.`size_bytes`; SELECT RAISE(ABORT, 'namespace is full: bytes of manifests') WHERE (SELECT `size_bytes` FROM `namespace_manifests` WHERE `namespace` = (SELECT `namespace` FROM `repositories` WHERE `id` = NEW.`repository_id`)) > CAST(coalesce((SELECT `value` FROM `settings` WHERE `name` = 'namespaceMaxManifestBytes'), 1000000000) AS INTEGER); END;",
      "CREATE TRIGGER `namespace_manifests_deleted` AFTER DELETE ON `manifests` WHEN OLD.`body` IS NOT NULL BEGIN UPDATE `namespace_manifests` SET `size_bytes` = `size_bytes` - OLD.`size_bytes` WHERE `namespace` = (SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1) FROM `repositories` WHERE `id` = OLD.`repository_id`); END;",
      "CREATE TRIGGER `namespace_uploads_of_repository_bounded` AFTER INSERT ON `upload_sessions` WHEN NEW.`state` = 'open' AND (SELECT 1 FROM `upload_sessions` WHERE `state` = 'open' AND `repository` = NEW.`repository` LIMIT 1 OFFSET max(1, CAST(coalesce((SELECT `value` FROM `settings` WHERE `name` = 'namespaceMaxUploads'), 2000) AS INTEGER) / 4)) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'namespace is full: open uploads of one repository'); END;"
    ]
  },
  {
    "name": "0012_exclusion_keys.sql",
    "statements": [
      "ALTER TABLE `jobs` ADD `exclusion_key` text;",
      "UPDATE jobs INDEXED BY jobs_unfinished SET exclusion_key = CASE WHEN action IN ('gc', 'onlinegc') THEN 'gc' ELSE action END WHERE status IN ('waiting', 'running', 'cancel_request') AND coalesce(parameters ->> 'dryRun', 0) <> 1 AND parameters ->> 'repository' IS NULL;"
    ]
  },
  {
    "name": "0013_event_consumers.sql",
    "statements": [
      "CREATE TABLE `event_consumers` ( `name` text PRIMARY KEY NOT NULL, `cursor` integer NOT NULL, `attempts` integer NOT NULL, `next_attempt_at` integer NOT NULL, `narrowed_to` integer, `last_error` text, `missed` integer NOT NULL, `removed_at` integer );",
      "CREATE TABLE `parked_events` ( `consumer` text NOT NULL, `event_id` integer NOT NULL, `published_at` integer NOT NULL, `actor_id` text, `actor` text NOT NULL, `type` text NOT NULL, `object_type` text NOT NULL, `object_id` text NOT NULL, `object_name` text NOT NULL, `repository` text, `content` text, `folded_since` integer, `parked_at` integer NOT NULL, `reason` text NOT NULL, `is_retried` integer NOT NULL, PRIMARY KEY(`consumer`, `event_id`), FOREIGN KEY (`consumer`) REFERENCES `event_consumers`(`name`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `parked_events_retried` ON `parked_events` (`consumer`,`event_id`) WHERE is_retried = 1;",
      "CREATE TABLE `event_counts` ( `type` text NOT NULL, `object_type` text NOT NULL, `count` integer NOT NULL, PRIMARY KEY(`type`, `object_type`) );"
    ]
  },
  {
    "name": "0014_trust_data.sql",
    "statements": [
      "CREATE TABLE `public_keys` ( `id` text PRIMARY KEY NOT NULL, `account_id` text NOT NULL, `fingerprint` text NOT NULL, `public_key` text NOT NULL, `label` text NOT NULL, `created_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE UNIQUE INDEX `public_keys_by_account` ON `public_keys` (`account_id`,`fingerprint`);",
      "CREATE INDEX `public_keys_by_fingerprint` ON `public_keys` (`fingerprint`);",
      "CREATE TABLE `signature_facts` ( `repository_id` integer NOT NULL, `digest` text NOT NULL, `kind` text NOT NULL, `source` text NOT NULL, `name` text NOT NULL, `fingerprint` text NOT NULL, `issuer` text NOT NULL, `subject` text NOT NULL, `signed_at` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`, `kind`, `source`, `name`, `fingerprint`, `issuer`, `subject`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `signature_facts_by_source` ON `signature_facts` (`repository_id`,`source`);",
      "CREATE INDEX `signature_facts_by_name` ON `signature_facts` (`repository_id`,`name`) WHERE name <> '';",
      "CREATE TABLE `signer_identities` ( `id` text PRIMARY KEY NOT NULL, `account_id` text NOT NULL, `issuer` text NOT NULL, `subject` text NOT NULL, `created_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE UNIQUE INDEX `signer_identities_by_account` ON `signer_identities` (`account_id`,`issuer`,`subject`);",
      "CREATE INDEX `signer_identities_by_issuer` ON `signer_identities` (`issuer`);",
      "CREATE TABLE `trust_changes` ( `id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `created_at` integer NOT NULL, `repository_id` integer, `gun` text NOT NULL, `version` integer NOT NULL, `sha256` text NOT NULL, `category` text NOT NULL, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE set null );",
      "CREATE INDEX `trust_changes_by_gun` ON `trust_changes` (`gun`,`id`);",
      "CREATE INDEX `trust_changes_by_repository` ON `trust_changes` (`repository_id`,`id`);",
      "CREATE TABLE `trust_collections` ( `id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `repository_id` integer NOT NULL, `gun` text NOT NULL, `timestamp_version` integer DEFAULT 0 NOT NULL, `snapshot_version` integer DEFAULT 0 NOT NULL, `is_published` integer DEFAULT false NOT NULL, `revision` integer DEFAULT 0 NOT NULL, `created_at` integer NOT NULL, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE UNIQUE INDEX `trust_collections_by_gun` ON `trust_collections` (`repository_id`,`gun`);",
      "CREATE TABLE `trust_keys` ( `collection_id` integer NOT NULL, `key_id` text NOT NULL, `role` text NOT NULL, `public_key` text NOT NULL, `sealed_private` text NOT NULL, `sealed_with` text NOT NULL, `created_at` integer NOT NULL, `used_at` integer, PRIMARY KEY(`collection_id`, `key_id`), FOREIGN KEY (`collection_id`) REFERENCES `trust_collections`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE UNIQUE INDEX `trust_keys_pending` ON `trust_keys` (`collection_id`,`role`) WHERE used_at IS NULL;",
      "CREATE INDEX `trust_keys_by_secret` ON `trust_keys` (`sealed_with`);",
      "CREATE TABLE `trust_metadata` ( `collection_id` integer NOT NULL, `role` text NOT NULL, `version` integer NOT NULL, `sha256` text NOT NULL, `body` text, `segment_key` text, `size_bytes` integer NOT NULL, `created_at` integer NOT NULL, PRIMARY KEY(`collection_id`, `role`, `version`), FOREIGN KEY (`collection_id`) REFERENCES `trust_collections`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`segment_key`) REFERENCES `segments`(`key`) ON UPDATE no action ON DELETE no action );",
      "CREATE INDEX `trust_metadata_by_sha256` ON `trust_metadata` (`collection_id`,`role`,`sha256`);",
      "CREATE INDEX `trust_metadata_by_segment` ON `trust_metadata` (`segment_key`) WHERE segment_key IS NOT NULL;",
      "CREATE TABLE `trust_policies` ( `id` text PRIMARY KEY NOT NULL, `repository_id` integer, `namespace_id` text, `mode` text NOT NULL, `updated_at` integer NOT NULL, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`namespace_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade, CONSTRAINT \"trust_policies_of_one\" CHECK((repository_id IS NULL) <> (namespace_id IS NULL)) );",
      "CREATE UNIQUE INDEX `trust_policies_repository_id_unique` ON `trust_policies` (`repository_id`);",
      "CREATE UNIQUE INDEX `trust_policies_namespace_id_unique` ON `trust_policies` (`namespace_id`);",
      "CREATE TABLE `trust_policy_teams` ( `policy_id` text NOT NULL, `team_id` text NOT NULL, `team_name` text NOT NULL, PRIMARY KEY(`policy_id`, `team_id`), FOREIGN KEY (`policy_id`) REFERENCES `trust_policies`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE TABLE `trust_roots` ( `name` text PRIMARY KEY NOT NULL, `kind` text NOT NULL, `document` text NOT NULL, `created_at` integer NOT NULL );",
      "DROP INDEX `segments_unowned`;",
      "ALTER TABLE `segments` ADD `kept_for` text;",
      "CREATE INDEX `segments_unowned` ON `segments` (`created_at`) WHERE session_id IS NULL AND blob_digest IS NULL AND kept_for IS NULL;",
      "ALTER TABLE `repositories` ADD `demands_signatures` integer DEFAULT 0 NOT NULL;",
      "CREATE TRIGGER trust_metadata_deleted AFTER DELETE ON trust_metadata WHEN OLD.segment_key IS NOT NULL BEGIN UPDATE segments SET kept_for = NULL WHERE key = OLD.segment_key; END;",
      "CREATE TRIGGER trust_policies_made AFTER INSERT ON trust_policies BEGIN UPDATE repositories SET demands_signatures = max(coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE repository_id = repositories.id), 0), coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = repositories.namespace)), 0)) WHERE id = NEW.repository_id OR namespace = (SELECT name FROM accounts WHERE id = NEW.namespace_id); END;",
      "CREATE TRIGGER trust_policies_changed AFTER UPDATE OF mode ON trust_policies BEGIN UPDATE repositories SET demands_signatures = max(coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE repository_id = repositories.id), 0), coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = repositories.namespace)), 0)) WHERE id = NEW.repository_id OR namespace = (SELECT name FROM accounts WHERE id = NEW.namespace_id); END;",
      "CREATE TRIGGER trust_policies_deleted AFTER DELETE ON trust_policies BEGIN UPDATE repositories SET demands_signatures = max(coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE repository_id = repositories.id), 0), coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = repositories.namespace)), 0)) WHERE id = OLD.repository_id OR namespace = (SELECT name FROM accounts WHERE id = OLD.namespace_id); END;",
      "CREATE TRIGGER repositories_demand AFTER INSERT ON repositories BEGIN UPDATE repositories SET demands_signatures = (SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = NEW.namespace)) WHERE id = NEW.id AND EXISTS (SELECT 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = NEW.namespace)); END;"
    ]
  },
  {
    "name": "0015_pins.sql",
    "statements": [
      "CREATE TABLE `pins` ( `repository_id` integer NOT NULL, `kind` text NOT NULL, `name` text NOT NULL, `pinned_by` text NOT NULL, PRIMARY KEY(`repository_id`, `kind`, `name`, `pinned_by`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE TRIGGER `manifest_unpinned` AFTER DELETE ON `pins` WHEN OLD.`kind` = 'manifest' AND EXISTS (SELECT 1 FROM manifests WHERE repository_id = OLD.repository_id AND digest = OLD.name) AND NOT EXISTS (SELECT 1 FROM pins WHERE repository_id = OLD.repository_id AND kind = 'manifest' AND name = OLD.name) BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (OLD.repository_id, OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;",
      "CREATE TRIGGER `tag_unpinned` AFTER DELETE ON `pins` WHEN OLD.`kind` = 'tag' BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, digest, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM tags WHERE repository_id = OLD.repository_id AND name = OLD.name AND accompanies IS NOT NULL ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;"
    ]
  },
  {
    "name": "0016_consumers_are_security.sql",
    "statements": [
      "DROP INDEX `events_by_share`;",
      "ALTER TABLE `events` DROP COLUMN `share`;",
      "ALTER TABLE `events` ADD `share` text GENERATED ALWAYS AS (iif(type IN ('GET', 'FAIL'), 'frequent', iif(object_type IN ('account', 'member', 'team', 'access', 'token', 'settings', 'cron', 'consumer') OR (object_type = 'repository' AND type = 'UPDATE'), 'security', 'content'))) VIRTUAL;",
      "CREATE INDEX `events_by_share` ON `events` (`share`,`id`);",
      "CREATE INDEX `jobs_done` ON `jobs` (`action`,`exclusion_key`) WHERE status = 'done';"
    ]
  },
  {
    "name": "0017_trust_data_is_read_only.sql",
    "statements": [
      "CREATE TRIGGER `read_only_trust_metadata_insert` BEFORE INSERT ON `trust_metadata` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;",
      "CREATE TRIGGER `read_only_trust_metadata_delete` BEFORE DELETE ON `trust_metadata` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;"
    ]
  },
  {
    "name": "0018_signatures_are_checked.sql",
    "statements": [
      "CREATE TABLE `forgotten_keys` ( `fingerprint` text PRIMARY KEY NOT NULL );",
      "CREATE TABLE `signature_manifests` ( `repository_id` integer NOT NULL, `digest` text NOT NULL, `tag` text NOT NULL, `subject` text NOT NULL, `seen_at` integer NOT NULL, `checked_revision` integer DEFAULT -1 NOT NULL, `waits_for` text, PRIMARY KEY(`repository_id`, `digest`, `tag`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`repository_id`,`digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `signature_manifests_by_revision` ON `signature_manifests` (`checked_revision`);",
      "CREATE INDEX `signature_manifests_waiting` ON `signature_manifests` (`waits_for`,`checked_revision`) WHERE waits_for IS NOT NULL;",
      "CREATE INDEX `signature_manifests_without_content` ON `signature_manifests` (`repository_id`,`subject`) WHERE waits_for = 'content';",
      "CREATE TABLE `trust_revisions` ( `id` integer PRIMARY KEY NOT NULL, `revision` integer NOT NULL, `roots_revision` integer NOT NULL );",
      "ALTER TABLE `signature_facts` ADD `expires_at` integer;",
      "CREATE INDEX `signature_facts_by_fingerprint` ON `signature_facts` (`fingerprint`) WHERE kind <> 'notary';",
      "CREATE INDEX `signature_facts_by_expiry` ON `signature_facts` (`expires_at`) WHERE expires_at IS NOT NULL;",
      "CREATE TRIGGER signature_referrer_pushed AFTER INSERT ON manifests WHEN NEW.subject IS NOT NULL AND ((NEW.artifact_type >= 'application/vnd.cncf.notary.signature' AND NEW.artifact_type < 'application/vnd.cncf.notary.signature~') OR (NEW.artifact_type >= 'application/vnd.dev.cosign.artifact.sig.' AND NEW.artifact_type < 'application/vnd.dev.cosign.artifact.sig.~') OR (NEW.artifact_type >= 'application/vnd.dev.sigstore.bundle.' AND NEW.artifact_type < 'application/vnd.dev.sigstore.bundle.~')) BEGIN INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) VALUES (NEW.repository_id, NEW.digest, '', NEW.subject, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT DO NOTHING; END;",
      "CREATE TRIGGER signature_tag_pushed AFTER INSERT ON tags WHEN NEW.accompanies IS NOT NULL AND substr(NEW.name, 1, 7) = 'sha256-' AND substr(NEW.name, 72) = '.sig' BEGIN INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) VALUES (NEW.repository_id, NEW.digest, NEW.name, NEW.accompanies, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT DO NOTHING; END;",
      "CREATE TRIGGER signature_tag_moved AFTER UPDATE OF digest ON tags WHEN NEW.digest <> OLD.digest AND NEW.accompanies IS NOT NULL AND substr(NEW.name, 1, 7) = 'sha256-' AND substr(NEW.name, 72) = '.sig' BEGIN DELETE FROM signature_manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND tag = OLD.name; INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) VALUES (NEW.repository_id, NEW.digest, NEW.name, NEW.accompanies, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT DO NOTHING; END;",
      "CREATE TRIGGER signature_tag_deleted AFTER DELETE ON tags WHEN OLD.accompanies IS NOT NULL AND substr(OLD.name, 1, 7) = 'sha256-' AND substr(OLD.name, 72) = '.sig' BEGIN DELETE FROM signature_manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND tag = OLD.name; END;",
      "CREATE TRIGGER signature_deleted AFTER DELETE ON signature_manifests WHEN NOT EXISTS (SELECT 1 FROM signature_manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND subject = OLD.subject) BEGIN DELETE FROM signature_facts WHERE repository_id = OLD.repository_id AND digest = OLD.subject AND kind IN ('cosign', 'notation') AND source = OLD.digest; END;",
      "CREATE TRIGGER signature_fact_made AFTER INSERT ON signature_facts WHEN NEW.kind <> 'notary' BEGIN INSERT INTO pins (repository_id, kind, name, pinned_by) VALUES (NEW.repository_id, 'manifest', NEW.digest, NEW.kind || ' ' || NEW.source) ON CONFLICT DO NOTHING; END;",
      "CREATE TRIGGER signature_fact_gone AFTER DELETE ON signature_facts WHEN OLD.kind <> 'notary' AND NOT EXISTS (SELECT 1 FROM signature_facts WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND kind = OLD.kind AND source = OLD.source) BEGIN DELETE FROM pins WHERE repository_id = OLD.repository_id AND kind = 'manifest' AND name = OLD.digest AND pinned_by = OLD.kind || ' ' || OLD.source; END;",
      "CREATE TRIGGER signed_image_pushed AFTER INSERT ON manifests WHEN EXISTS (SELECT 1 FROM signature_manifests WHERE repository_id = NEW.repository_id AND subject = NEW.digest AND waits_for = 'content') BEGIN UPDATE signature_manifests SET checked_revision = -1 WHERE repository_id = NEW.repository_id AND subject = NEW.digest AND waits_for = 'content'; END;",
      "CREATE TRIGGER public_key_registered AFTER INSERT ON public_keys BEGIN INSERT INTO trust_revisions (id, revision, roots_revision) VALUES (1, 1, 0) ON CONFLICT (id) DO UPDATE SET revision = revision + 1; END;",
      "CREATE TRIGGER public_key_deleted AFTER DELETE ON public_keys BEGIN INSERT INTO forgotten_keys (fingerprint) VALUES (OLD.fingerprint) ON CONFLICT DO NOTHING; END;",
      "CREATE TRIGGER trust_root_added AFTER INSERT ON trust_roots BEGIN INSERT INTO trust_revisions (id, revision, roots_revision) VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET roots_revision = revision + 1, revision = revision + 1; END;",
      "CREATE TRIGGER trust_root_replaced AFTER UPDATE ON trust_roots BEGIN INSERT INTO trust_revisions (id, revision, roots_revision) VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET roots_revision = revision + 1, revision = revision + 1; END;",
      "CREATE TRIGGER trust_root_removed AFTER DELETE ON trust_roots BEGIN INSERT INTO trust_revisions (id, revision, roots_revision) VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET roots_revision = revision + 1, revision = revision + 1; END;",
      "INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) SELECT repository_id, digest, '', subject, pushed_at FROM manifests WHERE subject IS NOT NULL AND ((artifact_type >= 'application/vnd.cncf.notary.signature' AND artifact_type < 'application/vnd.cncf.notary.signature~') OR (artifact_type >= 'application/vnd.dev.cosign.artifact.sig.' AND artifact_type < 'application/vnd.dev.cosign.artifact.sig.~') OR (artifact_type >= 'application/vnd.dev.sigstore.bundle.' AND artifact_type < 'application/vnd.dev.sigstore.bundle.~')) ON CONFLICT DO NOTHING;",
      "INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) SELECT repository_id, digest, name, accompanies, updated_at FROM tags WHERE accompanies IS NOT NULL AND substr(name, 1, 7) = 'sha256-' AND substr(name, 72) = '.sig' ON CONFLICT DO NOTHING;"
    ]
  },
  {
    "name": "0019_trust_documents_fill_namespaces.sql",
    "statements": [
      "INSERT OR REPLACE INTO `namespace_manifests` (`namespace`, `size_bytes`) SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1), sum((SELECT coalesce(sum(`size_bytes`), 0) FROM `manifests` WHERE `repository_id` = `repositories`.`id` AND `body` IS NOT NULL) + (SELECT coalesce(sum(`size_bytes`), 0) FROM `trust_metadata` INNER JOIN `trust_collections` ON `trust_collections`.`id` = `collection_id` WHERE `repository_id` = `repositories`.`id` AND `body` IS NOT NULL)) FROM `repositories` WHERE substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1) IN (SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1) FROM `trust_collections` INNER JOIN `repositories` ON `repositories`.`id` = `repository_id`) GROUP BY 1;",
      "CREATE TRIGGER `namespace_trust_metadata_added` AFTER INSERT ON `trust_metadata` WHEN NEW.`body` IS NOT NULL BEGIN INSERT INTO `namespace_manifests` (`namespace`, `size_bytes`) SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1), NEW.`size_bytes` FROM `trust_collections` INNER JOIN `repositories` ON `repositories`.`id` = `repository_id` WHERE `trust_collections`.`id` = NEW.`collection_id` ON CONFLICT (`namespace`) DO UPDATE SET `size_bytes` = `size_bytes` + excluded.`size_bytes`; SELECT RAISE(ABORT, 'namespace is full: bytes of manifests') WHERE NEW.`role` <> 'timestamp' AND (SELECT `size_bytes` FROM `namespace_manifests` WHERE `namespace` = (SELECT `namespace` FROM `trust_collections` INNER JOIN `repositories` ON `repositories`.`id` = `repository_id` WHERE `trust_collections`.`id` = NEW.`collection_id`)) > CAST(coalesce((SELECT `value` FROM `settings` WHERE `name` = 'namespaceMaxManifestBytes'), 1000000000) AS INTEGER); END;",
      "CREATE TRIGGER `namespace_trust_metadata_deleted` AFTER DELETE ON `trust_metadata` WHEN OLD.`body` IS NOT NULL BEGIN UPDATE `namespace_manifests` SET `size_bytes` = `size_bytes` - OLD.`size_bytes` WHERE `namespace` = (SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1) FROM `trust_collections` INNER JOIN `repositories` ON `repositories`.`id` = `repository_id` WHERE `trust_collections`.`id` = OLD.`collection_id`); END;"
    ]
  },
  {
    "name": "0020_trust_data_expires.sql",
    "statements": [
      "CREATE TABLE `trust_expiries` ( `collection_id` integer NOT NULL, `role` text NOT NULL, `expires_at` integer, PRIMARY KEY(`collection_id`, `role`), FOREIGN KEY (`collection_id`) REFERENCES `trust_collections`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `trust_expiries_by_time` ON `trust_expiries` (`collection_id`,`expires_at`);",
      "CREATE INDEX `trust_expiries_unknown` ON `trust_expiries` (`collection_id`) WHERE expires_at IS NULL;",
      "INSERT INTO trust_expiries (collection_id, role, expires_at) SELECT id, 'root', NULL FROM trust_collections WHERE is_published = 1 ON CONFLICT DO NOTHING;"
    ]
  },
  {
    "name": "0021_registry_key.sql",
    "statements": [
      "CREATE TABLE `registry_keys` ( `generation` integer PRIMARY KEY NOT NULL, `fingerprint` text NOT NULL, `public_key` text NOT NULL, `certificate` text NOT NULL, `sealed_private` text NOT NULL, `sealed_with` text NOT NULL, `created_at` integer NOT NULL );",
      "CREATE UNIQUE INDEX `registry_keys_fingerprint_unique` ON `registry_keys` (`fingerprint`);"
    ]
  },
  {
    "name": "0022_keys_of_several_accounts.sql",
    "statements": [
      "DROP TRIGGER public_key_deleted;",
      "CREATE TRIGGER public_key_deleted AFTER DELETE ON public_keys WHEN NOT EXISTS (SELECT 1 FROM public_keys WHERE fingerprint = OLD.fingerprint) BEGIN INSERT INTO forgotten_keys (fingerprint) VALUES (OLD.fingerprint) ON CONFLICT DO NOTHING; END;"
    ]
  },
  {
    "name": "0023_registry_is_a_delegate.sql",
    "statements": [
      "CREATE TABLE `trust_delegates` ( `collection_id` integer PRIMARY KEY NOT NULL, `changes` integer DEFAULT 1 NOT NULL, `due_at` integer DEFAULT 0 NOT NULL, `problem` text, FOREIGN KEY (`collection_id`) REFERENCES `trust_collections`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `trust_delegates_due` ON `trust_delegates` (`due_at`);",
      "CREATE INDEX `trust_delegates_stuck` ON `trust_delegates` (`problem`) WHERE problem IS NOT NULL;",
      "CREATE TRIGGER delegate_fact_made AFTER INSERT ON signature_facts WHEN NEW.kind <> 'notary' BEGIN UPDATE trust_delegates SET changes = changes + 1, due_at = 0 WHERE collection_id IN (SELECT id FROM trust_collections WHERE repository_id = NEW.repository_id); END;",
      "CREATE TRIGGER delegate_fact_gone AFTER DELETE ON signature_facts WHEN OLD.kind <> 'notary' BEGIN UPDATE trust_delegates SET changes = changes + 1, due_at = 0 WHERE collection_id IN (SELECT id FROM trust_collections WHERE repository_id = OLD.repository_id); END;"
    ]
  },
  {
    "name": "0024_refused_pulls_are_events.sql",
    "statements": [
      "DROP INDEX `events_folded`;",
      "CREATE UNIQUE INDEX `events_folded` ON `events` (`repository`,`object_id`,`object_name`,`folded_since`,`type`,`actor`) WHERE folded_since IS NOT NULL;"
    ]
  },
  {
    "name": "0025_trust_is_counted.sql",
    "statements": [
      "CREATE TABLE `trust_counts` ( `name` text PRIMARY KEY NOT NULL, `count` integer NOT NULL );",
      "INSERT OR REPLACE INTO trust_counts (name, count) SELECT 'collections', count(*) FROM trust_collections WHERE is_published = 1;",
      "CREATE TRIGGER trust_collection_counted AFTER INSERT ON trust_collections WHEN NEW.is_published = 1 BEGIN INSERT INTO trust_counts (name, count) VALUES ('collections', 1) ON CONFLICT (name) DO UPDATE SET count = count + 1; END;",
      "CREATE TRIGGER trust_collection_recounted AFTER UPDATE OF is_published ON trust_collections WHEN NEW.is_published <> OLD.is_published BEGIN INSERT INTO trust_counts (name, count) VALUES ('collections', NEW.is_published - OLD.is_published) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count; END;",
      "CREATE TRIGGER trust_collection_uncounted AFTER DELETE ON trust_collections WHEN OLD.is_published = 1 BEGIN UPDATE trust_counts SET count = count - 1 WHERE name = 'collections'; END;",
      "CREATE TRIGGER trust_refusal_counted AFTER INSERT ON events WHEN NEW.type = 'FAIL' AND NEW.object_type IN ('tag', 'manifest') BEGIN INSERT INTO trust_counts (name, count) VALUES ('refusals', NEW.content ->> 'count') ON CONFLICT (name) DO UPDATE SET count = count + excluded.count; END;",
      "CREATE TRIGGER trust_refusal_recounted AFTER UPDATE OF content ON events WHEN NEW.type = 'FAIL' AND NEW.object_type IN ('tag', 'manifest') BEGIN UPDATE trust_counts SET count = count + (NEW.content ->> 'count') - (OLD.content ->> 'count') WHERE name = 'refusals'; END;"
    ]
  },
  {
    "name": "0026_restatements.sql",
    "statements": [
      "CREATE TABLE `bridged_repositories` ( `repository_id` integer PRIMARY KEY NOT NULL, `due_at` integer, `changes` integer DEFAULT 0 NOT NULL, `compared_in` text DEFAULT '' NOT NULL, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `bridged_repositories_due` ON `bridged_repositories` (`due_at`) WHERE due_at IS NOT NULL;",
      "CREATE INDEX `bridged_repositories_by_state` ON `bridged_repositories` (`compared_in`);",
      "CREATE TABLE `restatements` ( `repository_id` integer NOT NULL, `subject` text NOT NULL, `kind` text NOT NULL, `signed_with` text NOT NULL, `signed_at` integer NOT NULL, `signature` text NOT NULL, `digest` text NOT NULL, `is_stored` integer DEFAULT false NOT NULL, PRIMARY KEY(`repository_id`, `subject`, `kind`, `signed_with`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `restatements_by_digest` ON `restatements` (`repository_id`,`digest`);",
      "CREATE TRIGGER bridge_collection_changed AFTER UPDATE OF revision ON trust_collections WHEN NEW.revision <> OLD.revision BEGIN INSERT INTO bridged_repositories (repository_id, due_at, changes) VALUES (NEW.repository_id, 0, 1) ON CONFLICT (repository_id) DO UPDATE SET due_at = 0, changes = changes + 1; END;",
      "CREATE TRIGGER bridge_expiry_learned AFTER INSERT ON trust_expiries WHEN NEW.expires_at IS NOT NULL BEGIN INSERT INTO bridged_repositories (repository_id, due_at, changes) SELECT repository_id, 0, 1 FROM trust_collections WHERE id = NEW.collection_id ON CONFLICT (repository_id) DO UPDATE SET due_at = 0, changes = changes + 1; END;",
      "CREATE TRIGGER bridge_expiry_changed AFTER UPDATE OF expires_at ON trust_expiries WHEN NEW.expires_at IS NOT OLD.expires_at BEGIN INSERT INTO bridged_repositories (repository_id, due_at, changes) SELECT repository_id, 0, 1 FROM trust_collections WHERE id = NEW.collection_id ON CONFLICT (repository_id) DO UPDATE SET due_at = 0, changes = changes + 1; END;",
      "CREATE TRIGGER bridge_image_pushed AFTER INSERT ON manifests WHEN EXISTS (SELECT 1 FROM signature_facts WHERE repository_id = NEW.repository_id AND digest = NEW.digest AND kind = 'notary') BEGIN INSERT INTO bridged_repositories (repository_id, due_at, changes) VALUES (NEW.repository_id, 0, 1) ON CONFLICT (repository_id) DO UPDATE SET due_at = 0, changes = changes + 1; END;",
      "CREATE TRIGGER restatement_deleted AFTER DELETE ON manifests WHEN OLD.subject IS NOT NULL BEGIN DELETE FROM restatements WHERE repository_id = OLD.repository_id AND digest = OLD.digest; END;",
      "DROP TRIGGER signature_referrer_pushed;",
      "CREATE TRIGGER signature_referrer_pushed AFTER INSERT ON manifests WHEN NEW.subject IS NOT NULL AND ((NEW.artifact_type >= 'application/vnd.cncf.notary.signature' AND NEW.artifact_type < 'application/vnd.cncf.notary.signature~') OR (NEW.artifact_type >= 'application/vnd.dev.cosign.artifact.sig.' AND NEW.artifact_type < 'application/vnd.dev.cosign.artifact.sig.~') OR (NEW.artifact_type >= 'application/vnd.dev.sigstore.bundle.' AND NEW.artifact_type < 'application/vnd.dev.sigstore.bundle.~')) AND NOT EXISTS (SELECT 1 FROM restatements WHERE repository_id = NEW.repository_id AND digest = NEW.digest) BEGIN INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) VALUES (NEW.repository_id, NEW.digest, '', NEW.subject, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT DO NOTHING; END;",
      "INSERT INTO bridged_repositories (repository_id, due_at) SELECT DISTINCT repository_id, 0 FROM trust_collections WHERE is_published = 1 ON CONFLICT DO NOTHING;"
    ]
  },
  {
    "name": "0027_restoration.sql",
    "statements": [
      "CREATE TABLE `restoration` ( `id` integer PRIMARY KEY NOT NULL, `restore_id` text NOT NULL, `backup_id` text NOT NULL, `begun_by` text NOT NULL, `begun_at` integer NOT NULL, `token_hash` text NOT NULL, `tables_are_away` integer NOT NULL, `wanted` text NOT NULL, `progress` text NOT NULL, `lease_holder` text NOT NULL, `lease_until` integer NOT NULL );"
    ]
  },
  {
    "name": "0028_daily_backup.sql",
    "statements": [
      "INSERT INTO crons (action, id, schedule, retries, capacity_map, parameters, deadline, stop_timeout, next_run) VALUES ('backup', 'daily-backup', '30 2 * * *', 0, '{}', '{}', '', '', unixepoch('now', 'start of day', '+1 day', '+2 hours', '+30 minutes') * 1000) ON CONFLICT (action) DO NOTHING;"
    ]
  },
  {
    "name": "0029_revocations.sql",
    "statements": [
      "CREATE TABLE `revocations` ( `id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `kind` text NOT NULL, `subject` text NOT NULL, `account_id` text NOT NULL, `label` text NOT NULL, `at` integer NOT NULL );",
      "CREATE TRIGGER token_deletion_revokes AFTER DELETE ON access_tokens WHEN OLD.is_active = 1 BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('token', OLD.hash, OLD.account_id, OLD.label, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;",
      "CREATE TRIGGER token_rest_revokes AFTER UPDATE OF is_active ON access_tokens WHEN OLD.is_active = 1 AND NEW.is_active = 0 BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('token', OLD.hash, OLD.account_id, NEW.label, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;",
      "CREATE TRIGGER account_deletion_revokes AFTER DELETE ON accounts BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('account-deleted', OLD.id, OLD.id, OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;",
      "CREATE TRIGGER account_rest_revokes AFTER UPDATE OF is_active ON accounts WHEN OLD.is_active = 1 AND NEW.is_active = 0 BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('account-inactive', OLD.id, OLD.id, OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;",
      "CREATE TRIGGER administrator_revoked AFTER UPDATE OF is_admin ON accounts WHEN OLD.is_admin = 1 AND NEW.is_admin = 0 BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('administrator', OLD.id, OLD.id, OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;",
      "CREATE TRIGGER password_revoked AFTER UPDATE OF password_hash ON accounts WHEN OLD.password_hash IS NOT NULL AND NEW.password_hash IS NOT OLD.password_hash BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('password', OLD.id, OLD.id, OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;",
      "CREATE TRIGGER public_key_revoked AFTER DELETE ON public_keys BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('public-key', OLD.fingerprint, OLD.account_id, OLD.label, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;",
      "CREATE TRIGGER signer_revoked AFTER DELETE ON signer_identities BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('signer', OLD.id, OLD.account_id, OLD.issuer || ' ' || OLD.subject, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;",
      "CREATE TRIGGER trust_root_revoked AFTER DELETE ON trust_roots BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('trust-root', OLD.name, '', OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;"
    ]
  },
  {
    "name": "0030_identities.sql",
    "statements": [
      "CREATE TABLE `identities` ( `provider` text NOT NULL, `subject` text NOT NULL, `account_id` text NOT NULL, `name` text NOT NULL, `dn` text DEFAULT '' NOT NULL, `dn_key` text DEFAULT '' NOT NULL, `last_seen_at` integer NOT NULL, PRIMARY KEY(`provider`, `subject`), FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `identities_by_account` ON `identities` (`account_id`);",
      "CREATE INDEX `identities_by_dn` ON `identities` (`provider`,`dn_key`);",
      "ALTER TABLE `accounts` ADD `is_imported` integer DEFAULT false NOT NULL;"
    ]
  },
  {
    "name": "0031_directory_sync.sql",
    "statements": [
      "CREATE TABLE `directory_syncs` ( `id` integer PRIMARY KEY NOT NULL, `outcome` text NOT NULL, `reason` text NOT NULL, `job_id` text NOT NULL, `ended_at` integer NOT NULL, `done_at` integer );",
      "CREATE TABLE `found_members` ( `part` text NOT NULL, `target` text NOT NULL, `subject` text NOT NULL, PRIMARY KEY(`part`, `target`, `subject`) );",
      "CREATE TABLE `found_targets` ( `part` text NOT NULL, `target` text NOT NULL, `named` integer NOT NULL, PRIMARY KEY(`part`, `target`) );",
      "CREATE TABLE `found_users` ( `part` text NOT NULL, `subject` text NOT NULL, `name` text NOT NULL, `name_key` text NOT NULL, `full_name` text NOT NULL, `dn` text NOT NULL, `dn_key` text NOT NULL, `account_name` text, PRIMARY KEY(`part`, `subject`) );",
      "CREATE INDEX `found_users_by_name` ON `found_users` (`part`,`name_key`);",
      "CREATE INDEX `found_users_by_dn` ON `found_users` (`part`,`dn_key`);",
      "CREATE TABLE `member_syncs` ( `id` text PRIMARY KEY NOT NULL, `organization_id` text NOT NULL, `team_id` text, `is_enabled` integer NOT NULL, `options` text NOT NULL, FOREIGN KEY (`organization_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `member_syncs_by_organization` ON `member_syncs` (`organization_id`);",
      "CREATE INDEX `member_syncs_by_team` ON `member_syncs` (`team_id`);",
      "CREATE INDEX `member_syncs_enabled` ON `member_syncs` (`id`) WHERE is_enabled = 1;",
      "CREATE TABLE `search_counts` ( `search` text PRIMARY KEY NOT NULL, `found` integer NOT NULL );",
      "ALTER TABLE `accounts` ADD `owners_synced` integer DEFAULT false NOT NULL;",
      "ALTER TABLE `teams` ADD `members_synced` integer DEFAULT false NOT NULL;",
      "ALTER TABLE `identities` ADD `vanished_at` integer;"
    ]
  },
  {
    "name": "0032_single_sign_on.sql",
    "statements": [
      "CREATE TABLE `oidc_logins` ( `hash` text PRIMARY KEY NOT NULL, `challenge` text NOT NULL, `purpose` text NOT NULL, `user_code_hash` text, `device` text NOT NULL, `network` text NOT NULL, `issuer` text, `subject` text, `sid` text, `name` text DEFAULT '' NOT NULL, `account_id` text, `expires_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE UNIQUE INDEX `oidc_logins_by_user_code` ON `oidc_logins` (`user_code_hash`);",
      "CREATE INDEX `oidc_logins_by_subject` ON `oidc_logins` (`issuer`,`subject`);",
      "CREATE INDEX `oidc_logins_by_sid` ON `oidc_logins` (`issuer`,`sid`);",
      "CREATE INDEX `oidc_logins_by_network` ON `oidc_logins` (`network`);",
      "CREATE INDEX `oidc_logins_by_account` ON `oidc_logins` (`account_id`);",
      "CREATE INDEX `oidc_logins_expiry` ON `oidc_logins` (`expires_at`);",
      "CREATE TABLE `oidc_logouts` ( `hash` text PRIMARY KEY NOT NULL, `expires_at` integer NOT NULL );",
      "CREATE INDEX `oidc_logouts_expiry` ON `oidc_logouts` (`expires_at`);",
      "CREATE TABLE `oidc_provider` ( `id` integer PRIMARY KEY NOT NULL, `settings` text NOT NULL, `sealed` text NOT NULL, `sealed_with` text NOT NULL );",
      "CREATE TABLE `oidc_sessions` ( `hash` text PRIMARY KEY NOT NULL, `issuer` text NOT NULL, `subject` text NOT NULL, `sid` text, FOREIGN KEY (`hash`) REFERENCES `sessions`(`hash`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `oidc_sessions_by_subject` ON `oidc_sessions` (`issuer`,`subject`);",
      "CREATE INDEX `oidc_sessions_by_sid` ON `oidc_sessions` (`issuer`,`sid`);",
      "CREATE TABLE `team_groups` ( `team_id` text PRIMARY KEY NOT NULL, `group_name` text NOT NULL, FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `team_groups_by_name` ON `team_groups` (`group_name`,`team_id`);"
    ]
  },
  {
    "name": "0033_tokens_sessions_machines.sql",
    "statements": [
      "CREATE TABLE `service_accounts` ( `account_id` text PRIMARY KEY NOT NULL, `organization_id` text NOT NULL, `description` text DEFAULT '' NOT NULL, `created_by` text NOT NULL, `created_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`organization_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );",
      "CREATE INDEX `service_accounts_by_organization` ON `service_accounts` (`organization_id`);",
      "ALTER TABLE `access_tokens` ADD `expires_at` integer;",
      "ALTER TABLE `access_tokens` ADD `level` text DEFAULT 'all' NOT NULL;",
      "ALTER TABLE `access_tokens` ADD `places` text;",
      "CREATE INDEX `access_tokens_by_end` ON `access_tokens` (`expires_at`);",
      "ALTER TABLE `sessions` ADD `created_at` integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE `sessions` ADD `last_used_at` integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE `sessions` ADD `address` text DEFAULT '' NOT NULL;",
      "ALTER TABLE `sessions` ADD `agent` text DEFAULT '' NOT NULL;",
      "CREATE TRIGGER service_account_goes AFTER DELETE ON service_accounts BEGIN DELETE FROM accounts WHERE id = OLD.account_id; END;"
    ]
  },
  {
    "name": "0034_workload_rules.sql",
    "statements": [
      "CREATE TABLE `workload_rules` ( `id` text PRIMARY KEY NOT NULL, `name` text NOT NULL, `issuer` text NOT NULL, `audience` text NOT NULL, `condition` text NOT NULL, `repositories` text NOT NULL, `level` text NOT NULL, `enabled` integer NOT NULL, `any_network` integer NOT NULL, `updated_at` integer NOT NULL, `last_used_at` integer );",
      "CREATE UNIQUE INDEX `workload_rules_by_name` ON `workload_rules` (`name`);",
      "CREATE INDEX `workload_rules_by_issuer` ON `workload_rules` (`issuer`,`name`);",
      "CREATE TABLE `workload_uses` ( `token` text PRIMARY KEY NOT NULL, `network` text NOT NULL, `first_used_at` integer NOT NULL, `used_as` text NOT NULL, `ends_at` integer NOT NULL );",
      "CREATE INDEX `workload_uses_by_end` ON `workload_uses` (`ends_at`);"
    ]
  },
  {
    "name": "0035_directories.sql",
    "statements": [
      "CREATE TABLE `directories` ( `id` integer PRIMARY KEY NOT NULL, `document` text NOT NULL, `sealed` text NOT NULL, `sealed_with` text NOT NULL, `updated_at` integer NOT NULL );"
    ]
  },
  {
    "name": "0036_tags_make_referrers.sql",
    "statements": [
      "CREATE TRIGGER `manifest_accompanies` AFTER INSERT ON `tags` WHEN NEW.`accompanies` IS NOT NULL BEGIN UPDATE manifest_reviews SET since = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE repository_id = NEW.repository_id AND digest = NEW.digest AND since < 0; END;",
      "CREATE TRIGGER `moved_tag_accompanies` AFTER UPDATE OF `digest` ON `tags` WHEN NEW.`digest` <> OLD.`digest` AND NEW.`accompanies` IS NOT NULL BEGIN UPDATE manifest_reviews SET since = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE repository_id = NEW.repository_id AND digest = NEW.digest AND since < 0; END;",
      "UPDATE manifest_reviews SET since = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE since < 0 AND EXISTS (SELECT 1 FROM tags WHERE tags.repository_id = manifest_reviews.repository_id AND tags.digest = manifest_reviews.digest AND tags.accompanies IS NOT NULL);"
    ]
  },
  {
    "name": "0037_accounts_without_passwords.sql",
    "statements": [
      "CREATE TRIGGER imported_account_has_no_password BEFORE UPDATE OF password_hash, is_imported ON accounts WHEN NEW.is_imported = 1 AND NEW.password_hash IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a directory or an OpenID provider keeps the password of this user: name another user'); END;",
      "CREATE TRIGGER imported_account_begins_without_password BEFORE INSERT ON accounts WHEN NEW.is_imported = 1 AND NEW.password_hash IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a directory or an OpenID provider keeps the password of this user: name another user'); END;",
      "CREATE TRIGGER service_account_begins_bare BEFORE INSERT ON service_accounts WHEN EXISTS (SELECT 1 FROM accounts WHERE id = NEW.account_id AND (password_hash IS NOT NULL OR is_admin = 1 OR is_imported = 1 OR is_organization = 1)) OR EXISTS (SELECT 1 FROM identities WHERE account_id = NEW.account_id) BEGIN SELECT RAISE(ABORT, 'this is the account of a user and cannot become a service account'); END;",
      "CREATE TRIGGER service_account_has_no_password BEFORE UPDATE OF password_hash, is_admin, is_imported ON accounts WHEN (NEW.password_hash IS NOT NULL OR NEW.is_admin = 1 OR NEW.is_imported = 1) AND EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which has no password and is no administrator: name a user'); END;",
      "CREATE TRIGGER service_account_has_no_identity BEFORE INSERT ON identities WHEN EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.account_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which is no user of a provider: name a user'); END;",
      "CREATE TRIGGER service_account_gets_no_identity BEFORE UPDATE OF account_id ON identities WHEN EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.account_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which is no user of a provider: name a user'); END;",
      "CREATE TRIGGER service_account_stays_in_organization BEFORE INSERT ON members WHEN EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.user_id AND (NEW.is_admin = 1 OR organization_id <> NEW.organization_id)) BEGIN SELECT RAISE(ABORT, 'this is a service account, which belongs to one organization and owns none: name a user'); END;",
      "CREATE TRIGGER service_account_owns_nothing BEFORE UPDATE OF is_admin ON members WHEN NEW.is_admin = 1 AND EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.user_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which belongs to one organization and owns none: name a user'); END;",
      "CREATE TRIGGER service_account_joins_teams_as_member BEFORE INSERT ON team_members WHEN NEW.is_admin = 1 AND EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.user_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which administers no team: name a user'); END;",
      "CREATE TRIGGER service_account_administers_no_team BEFORE UPDATE OF is_admin ON team_members WHEN NEW.is_admin = 1 AND EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.user_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which administers no team: name a user'); END;"
    ]
  },
  {
    "name": "0038_settings_documents.sql",
    "statements": [
      "CREATE TABLE `settings_documents` ( `name` text PRIMARY KEY NOT NULL, `document` text NOT NULL, `sealed` text NOT NULL, `sealed_with` text NOT NULL );",
      "INSERT OR REPLACE INTO settings_documents (name, document, sealed, sealed_with) SELECT 'ldap', document, sealed, sealed_with FROM directories UNION ALL SELECT 'oidc', settings, sealed, sealed_with FROM oidc_provider;",
      "DROP TABLE `directories`;",
      "DROP TABLE `oidc_provider`;",
      "ALTER TABLE `oidc_logouts` RENAME TO `used_messages`;",
      "DROP INDEX `oidc_logouts_expiry`;",
      "CREATE INDEX `used_messages_expiry` ON `used_messages` (`expires_at`);"
    ]
  },
  {
    "name": "0039_identity_triggers.sql",
    "statements": [
      "CREATE TRIGGER identity_revoked AFTER DELETE ON identities BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('identity', OLD.subject, OLD.account_id, OLD.provider || ' ' || OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;",
      "CREATE TRIGGER account_status_is_decided AFTER UPDATE OF is_active ON accounts WHEN OLD.is_active <> NEW.is_active BEGIN UPDATE identities SET vanished_at = NULL WHERE account_id = NEW.id AND vanished_at IS NOT NULL; END;"
    ]
  },
  {
    "name": "0040_counts_of_directory_syncs.sql",
    "statements": [
      "ALTER TABLE `directory_syncs` ADD `done_milliseconds` integer;",
      "ALTER TABLE `directory_syncs` ADD `created` integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE `directory_syncs` ADD `deactivated` integer DEFAULT 0 NOT NULL;",
      "ALTER TABLE `directory_syncs` ADD `failures` integer DEFAULT 0 NOT NULL;"
    ]
  },
  {
    "name": "0041_keys_of_workload_rules.sql",
    "statements": [
      "ALTER TABLE `workload_rules` ADD `key_set` text;"
    ]
  }
]
