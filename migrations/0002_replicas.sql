CREATE TABLE `cluster` (`id` integer PRIMARY KEY NOT NULL, `epoch` integer NOT NULL, `version` integer NOT NULL, `members` text NOT NULL, `founding` text NOT NULL, `created_at` integer NOT NULL, `updated_at` integer NOT NULL, `ready_at` integer);
--> statement-breakpoint
CREATE TABLE `replica_heartbeats` (`id` text PRIMARY KEY NOT NULL, `beat_at` integer NOT NULL);
--> statement-breakpoint
CREATE TABLE `write_gate` (`id` integer PRIMARY KEY NOT NULL, `token` integer NOT NULL, `closed` integer NOT NULL, `reason` text NOT NULL, `until` integer, `by` text NOT NULL, `passing` integer);
--> statement-breakpoint
-- The switch to read-only was a setting, and stays as it was.
INSERT OR IGNORE INTO `write_gate` (`id`, `token`, `closed`, `reason`, `until`, `by`, `passing`) SELECT 1, 0, EXISTS (SELECT 1 FROM `settings` WHERE `name` = 'readOnlyRegistry' AND `value` = 'true'), '', NULL, '', NULL;
--> statement-breakpoint
DELETE FROM `settings` WHERE `name` = 'readOnlyRegistry';
--> statement-breakpoint
-- Every change of content asks the gate in its own transaction, so a switch is in force the moment the gate is written.
-- The counters of a repository and what cleans up go on.
DROP TRIGGER `read_only_upload_sessions_insert`;
--> statement-breakpoint
CREATE TRIGGER `read_only_upload_sessions_insert` BEFORE INSERT ON `upload_sessions` WHEN NEW.`state` = 'open' AND EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_segments_insert`;
--> statement-breakpoint
CREATE TRIGGER `read_only_segments_insert` BEFORE INSERT ON `segments` WHEN NEW.`session_id` IS NOT NULL AND EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_repository_blobs_insert`;
--> statement-breakpoint
CREATE TRIGGER `read_only_repository_blobs_insert` BEFORE INSERT ON `repository_blobs` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_repository_blobs_delete`;
--> statement-breakpoint
CREATE TRIGGER `read_only_repository_blobs_delete` BEFORE DELETE ON `repository_blobs` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_manifests_insert`;
--> statement-breakpoint
CREATE TRIGGER `read_only_manifests_insert` BEFORE INSERT ON `manifests` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_manifests_delete`;
--> statement-breakpoint
CREATE TRIGGER `read_only_manifests_delete` BEFORE DELETE ON `manifests` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_tags_insert`;
--> statement-breakpoint
CREATE TRIGGER `read_only_tags_insert` BEFORE INSERT ON `tags` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_tags_update`;
--> statement-breakpoint
CREATE TRIGGER `read_only_tags_update` BEFORE UPDATE ON `tags` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_tags_delete`;
--> statement-breakpoint
CREATE TRIGGER `read_only_tags_delete` BEFORE DELETE ON `tags` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_repositories_insert`;
--> statement-breakpoint
CREATE TRIGGER `read_only_repositories_insert` BEFORE INSERT ON `repositories` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_repositories_delete`;
--> statement-breakpoint
CREATE TRIGGER `read_only_repositories_delete` BEFORE DELETE ON `repositories` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
DROP TRIGGER `read_only_repositories_update`;
--> statement-breakpoint
CREATE TRIGGER `read_only_repositories_update` BEFORE UPDATE OF `visibility`, `short_description`, `long_description`, `immutable_tags`, `tag_limit` ON `repositories` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
