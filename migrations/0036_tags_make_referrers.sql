-- A tag that accompanies an image makes its manifest a referrer, which a setting that keeps untagged manifests does not keep
CREATE TRIGGER `manifest_accompanies` AFTER INSERT ON `tags` WHEN NEW.`accompanies` IS NOT NULL BEGIN UPDATE manifest_reviews SET since = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE repository_id = NEW.repository_id AND digest = NEW.digest AND since < 0; END;
--> statement-breakpoint
CREATE TRIGGER `moved_tag_accompanies` AFTER UPDATE OF `digest` ON `tags` WHEN NEW.`digest` <> OLD.`digest` AND NEW.`accompanies` IS NOT NULL BEGIN UPDATE manifest_reviews SET since = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE repository_id = NEW.repository_id AND digest = NEW.digest AND since < 0; END;
--> statement-breakpoint
-- Manifests that became referrers before
UPDATE manifest_reviews SET since = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE since < 0 AND EXISTS (SELECT 1 FROM tags WHERE tags.repository_id = manifest_reviews.repository_id AND tags.digest = manifest_reviews.digest AND tags.accompanies IS NOT NULL);
