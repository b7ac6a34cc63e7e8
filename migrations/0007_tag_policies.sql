DROP INDEX `tags_by_digest`;
--> statement-breakpoint
ALTER TABLE `tags` ADD `accompanies` text GENERATED ALWAYS AS (iif(substr(name, 1, 7) IN ('sha256-', 'sha512-') AND length(name) >= 71 AND substr(name, 8, 64) NOT GLOB '*[^0-9a-f]*' AND substr(name, 72) IN ('', '.sig', '.att', '.sbom'), replace(substr(name, 1, 71), '-', ':'), NULL)) VIRTUAL;
--> statement-breakpoint
ALTER TABLE `tags` ADD `is_orphaned` integer DEFAULT false NOT NULL;
--> statement-breakpoint
CREATE INDEX `tags_by_age` ON `tags` (`repository_id`,`accompanies`,`updated_at`,`name`);
--> statement-breakpoint
CREATE INDEX `tags_by_digest` ON `tags` (`repository_id`,`digest`,`accompanies`);
--> statement-breakpoint
-- A tag that accompanies an image changes whenever another one signs it.
DROP TRIGGER `tags_immutable`;
--> statement-breakpoint
CREATE TRIGGER `tags_immutable` BEFORE UPDATE OF `digest` ON `tags` WHEN OLD.`digest` <> NEW.`digest` AND OLD.`accompanies` IS NULL AND (SELECT `immutable_tags` FROM `repositories` WHERE `id` = OLD.`repository_id`) = 1 BEGIN SELECT RAISE(ABORT, 'tag is immutable'); END;
--> statement-breakpoint
-- A tag that accompanies an image keeps a manifest only as long as the image stays, so a manifest is reviewed when its last other tag goes.
DROP TRIGGER `manifest_untagged`;
--> statement-breakpoint
CREATE TRIGGER `manifest_untagged` AFTER DELETE ON `tags` WHEN EXISTS (SELECT 1 FROM manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest) AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND accompanies IS NULL) BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (OLD.repository_id, OLD.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;
--> statement-breakpoint
DROP TRIGGER `manifest_tag_moved`;
--> statement-breakpoint
CREATE TRIGGER `manifest_tag_moved` AFTER UPDATE OF `digest` ON `tags` WHEN NEW.`digest` <> OLD.`digest` AND NOT EXISTS (SELECT 1 FROM tags WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND accompanies IS NULL) BEGIN INSERT INTO manifest_reviews (repository_id, digest, since) VALUES (OLD.repository_id, OLD.digest, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); END;
--> statement-breakpoint
-- What accompanied an image is reviewed when the image goes.
DROP TRIGGER `manifest_deleted`;
--> statement-breakpoint
CREATE TRIGGER `manifest_deleted` BEFORE DELETE ON `manifests` BEGIN INSERT INTO link_reviews (repository_id, digest, since) SELECT gone.repository_id, gone.blob_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifest_blobs AS gone WHERE gone.repository_id = OLD.repository_id AND gone.manifest_digest = OLD.digest AND NOT EXISTS (SELECT 1 FROM manifest_blobs AS other WHERE other.repository_id = gone.repository_id AND other.blob_digest = gone.blob_digest AND other.manifest_digest <> gone.manifest_digest) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, child_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifest_children WHERE repository_id = OLD.repository_id AND manifest_digest = OLD.digest ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM manifests WHERE repository_id = OLD.repository_id AND subject = OLD.digest ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO blob_reviews (digest, since) SELECT OLD.body_digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) WHERE OLD.body_digest IS NOT NULL ON CONFLICT (digest) DO UPDATE SET since = max(since, excluded.since); INSERT INTO manifest_reviews (repository_id, digest, since) SELECT repository_id, digest, coalesce((SELECT freed_since FROM gc_fence WHERE id = 1), CAST(unixepoch('subsec') * 1000 AS INTEGER)) FROM tags WHERE repository_id = OLD.repository_id AND accompanies = substr(OLD.digest, 1, 71) ON CONFLICT (repository_id, digest) DO UPDATE SET since = max(since, excluded.since); UPDATE tags SET is_orphaned = 1 WHERE repository_id = OLD.repository_id AND accompanies = substr(OLD.digest, 1, 71); DELETE FROM manifest_reviews WHERE repository_id = OLD.repository_id AND digest = OLD.digest; END;
