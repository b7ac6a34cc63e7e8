ALTER TABLE `manifests` ADD `annotations` text;
--> statement-breakpoint
CREATE TRIGGER `manifests_keep_media_type` BEFORE UPDATE OF `media_type` ON `manifests` WHEN NEW.`media_type` <> OLD.`media_type` BEGIN SELECT RAISE(ABORT, 'manifest has another media type'); END;
