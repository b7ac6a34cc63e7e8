CREATE TABLE `blob_reviews` (`digest` text PRIMARY KEY NOT NULL, `since` integer NOT NULL);
--> statement-breakpoint
CREATE INDEX `blob_reviews_since` ON `blob_reviews` (`since`);
--> statement-breakpoint
CREATE TABLE `gc_fence` (`id` integer PRIMARY KEY NOT NULL, `token` integer NOT NULL, `freed_since` integer);
--> statement-breakpoint
CREATE TABLE `link_reviews` (`repository_id` integer NOT NULL, `digest` text NOT NULL, `since` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`));
--> statement-breakpoint
CREATE INDEX `link_reviews_since` ON `link_reviews` (`since`);
--> statement-breakpoint
CREATE TABLE `manifest_reviews` (`repository_id` integer NOT NULL, `digest` text NOT NULL, `since` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`));
--> statement-breakpoint
CREATE INDEX `manifest_reviews_since` ON `manifest_reviews` (`since`);
--> statement-breakpoint
CREATE TABLE `crons` (`action` text PRIMARY KEY NOT NULL, `id` text NOT NULL, `schedule` text NOT NULL, `retries` integer NOT NULL, `capacity_map` text NOT NULL, `parameters` text NOT NULL, `deadline` text NOT NULL, `stop_timeout` text NOT NULL, `next_run` integer NOT NULL);
--> statement-breakpoint
CREATE INDEX `crons_by_next_run` ON `crons` (`next_run`);
--> statement-breakpoint
CREATE TABLE `job_logs` (`job_id` text NOT NULL, `line_number` integer NOT NULL, `data` text NOT NULL, PRIMARY KEY(`job_id`, `line_number`), FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE TABLE `jobs` (`id` text PRIMARY KEY NOT NULL, `retry_from_id` text, `worker_id` text, `status` text NOT NULL, `action` text NOT NULL, `scheduled_at` integer NOT NULL, `last_updated` integer NOT NULL, `started_at` integer, `ended_at` integer, `retries_left` integer NOT NULL, `retries_total` integer NOT NULL, `capacity_map` text NOT NULL, `parameters` text NOT NULL, `deadline` text NOT NULL, `stop_timeout` text NOT NULL, `lease_until` integer, `attempt` integer NOT NULL, `deaths` integer NOT NULL, `checkpoint` text, `line_count` integer NOT NULL);
--> statement-breakpoint
CREATE INDEX `jobs_unfinished` ON `jobs` (`scheduled_at`,`id`) WHERE status IN ('waiting', 'running', 'cancel_request');
--> statement-breakpoint
CREATE INDEX `jobs_by_time` ON `jobs` (`scheduled_at`,`id`);
--> statement-breakpoint
CREATE INDEX `jobs_by_action` ON `jobs` (`action`,`scheduled_at`,`id`);
--> statement-breakpoint
CREATE INDEX `jobs_ended` ON `jobs` (`ended_at`) WHERE ended_at IS NOT NULL;
--> statement-breakpoint
CREATE TABLE `pruning_policies` (`id` text PRIMARY KEY NOT NULL, `repository_id` integer NOT NULL, `enabled` integer NOT NULL, `rules` text NOT NULL, `created_at` integer NOT NULL, `version` integer NOT NULL, `tags_since` integer NOT NULL, `last_pruned_at` integer, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE INDEX `pruning_policies_by_repository` ON `pruning_policies` (`repository_id`,`id`);
--> statement-breakpoint
CREATE INDEX `pruning_policies_enabled` ON `pruning_policies` (`repository_id`) WHERE enabled = 1;
--> statement-breakpoint
DROP INDEX `manifest_blobs_by_blob`;
--> statement-breakpoint
CREATE INDEX `manifest_blobs_by_blob` ON `manifest_blobs` (`repository_id`,`blob_digest`,`manifest_digest`);
--> statement-breakpoint
DROP INDEX `manifest_children_by_child`;
--> statement-breakpoint
CREATE INDEX `manifest_children_by_child` ON `manifest_children` (`repository_id`,`child_digest`,`manifest_digest`);
--> statement-breakpoint
ALTER TABLE `manifests` ADD `confirmed_at` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
CREATE INDEX `manifests_by_artifact_type` ON `manifests` (`repository_id`,`subject`,`artifact_type`,`digest`) WHERE subject IS NOT NULL;
--> statement-breakpoint
-- What may be unused from here on is written down in the transaction that makes it so, whoever does that.
-- Times are those of the database. A batch of the collector says since when what it sets free was unused.
CREATE TRIGGER `manifest_pushed` AFTER INSERT ON `manifests` BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (NEW.repository_id, NEW.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;
--> statement-breakpoint
CREATE TRIGGER `manifest_untagged` AFTER DELETE ON `tags` WHEN EXISTS (SELECT 1 FROM manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest) AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = OLD.repository_id AND digest = OLD.digest) BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (OLD.repository_id, OLD.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;
--> statement-breakpoint
CREATE TRIGGER `manifest_tag_moved` AFTER UPDATE OF `digest` ON `tags` WHEN NEW.`digest` <> OLD.`digest` AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = OLD.repository_id AND digest = OLD.digest) BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (OLD.repository_id, OLD.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;
--> statement-breakpoint
CREATE TRIGGER `manifest_deleted` BEFORE DELETE ON `manifests` BEGIN INSERT INTO link_reviews (repository_id, digest, since) SELECT gone.repository_id, gone.blob_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifest_blobs AS gone WHERE gone.repository_id = OLD.repository_id AND gone.manifest_digest = OLD.digest AND NOT EXISTS (SELECT 1 FROM manifest_blobs AS other WHERE other.repository_id = gone.repository_id AND other.blob_digest = gone.blob_digest AND other.manifest_digest <> gone.manifest_digest) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, child_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifest_children WHERE repository_id = OLD.repository_id AND manifest_digest = OLD.digest ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifests WHERE repository_id = OLD.repository_id AND subject = OLD.digest ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO blob_reviews (digest, since) SELECT OLD.body_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) WHERE OLD.body_digest IS NOT NULL ON CONFLICT (digest) DO UPDATE SET since = max(since, excluded.since); DELETE FROM manifest_reviews WHERE repository_id = OLD.repository_id AND digest = OLD.digest; END;
--> statement-breakpoint
CREATE TRIGGER `blob_linked` AFTER INSERT ON `repository_blobs` BEGIN INSERT INTO link_reviews (repository_id, digest, since) VALUES (NEW.repository_id, NEW.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;
--> statement-breakpoint
CREATE TRIGGER `blob_unlinked` AFTER DELETE ON `repository_blobs` BEGIN DELETE FROM link_reviews WHERE repository_id = OLD.repository_id AND digest = OLD.digest; INSERT INTO blob_reviews (digest, since) SELECT OLD.digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) WHERE NOT EXISTS (SELECT 1 FROM repository_blobs WHERE digest = OLD.digest) ON CONFLICT (digest) DO UPDATE SET since = max(since, excluded.since); END;
--> statement-breakpoint
-- What an earlier release left behind waits for its grace from now on.
INSERT OR IGNORE INTO `manifest_reviews` (`repository_id`, `digest`, `since`) SELECT repository_id, digest, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM manifests WHERE NOT EXISTS (SELECT 1 FROM tags WHERE tags.repository_id = manifests.repository_id AND tags.digest = manifests.digest);
--> statement-breakpoint
INSERT OR IGNORE INTO `link_reviews` (`repository_id`, `digest`, `since`) SELECT repository_id, digest, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM repository_blobs WHERE NOT EXISTS (SELECT 1 FROM manifest_blobs WHERE manifest_blobs.repository_id = repository_blobs.repository_id AND blob_digest = repository_blobs.digest);
--> statement-breakpoint
INSERT OR IGNORE INTO `blob_reviews` (`digest`, `since`) SELECT digest, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM blobs WHERE NOT EXISTS (SELECT 1 FROM repository_blobs WHERE repository_blobs.digest = blobs.digest) AND NOT EXISTS (SELECT 1 FROM manifests WHERE body_digest = blobs.digest);
--> statement-breakpoint
-- Policies that prune tags are looked at every quarter of an hour.
INSERT OR IGNORE INTO `crons` (`action`, `id`, `schedule`, `retries`, `capacity_map`, `parameters`, `deadline`, `stop_timeout`, `next_run`) VALUES ('tag_pruning', 'tag_pruning', '0 */15 * * * *', 0, '{}', '{}', '', '', 0);
