CREATE TABLE `namespace_tags` ( `namespace` text PRIMARY KEY NOT NULL, `count` integer NOT NULL );
--> statement-breakpoint
CREATE INDEX `upload_sessions_open` ON `upload_sessions` (`repository`) WHERE state = 'open';
--> statement-breakpoint
-- Tags are too many to be counted with each push, so each namespace has a counter. That of a deleted repository goes down as its rows go.
INSERT OR REPLACE INTO `namespace_tags` (`namespace`, `count`) SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1), sum((SELECT count(*) FROM `tags` WHERE `repository_id` = `repositories`.`id`)) FROM `repositories` GROUP BY 1;
--> statement-breakpoint
CREATE TRIGGER `namespace_tags_added` AFTER INSERT ON `tags` BEGIN INSERT INTO `namespace_tags` (`namespace`, `count`) SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1), 1 FROM `repositories` WHERE `id` = NEW.`repository_id` ON CONFLICT (`namespace`) DO UPDATE SET `count` = `count` + 1; SELECT RAISE(ABORT, 'namespace is full: tags') WHERE (SELECT `count` FROM `namespace_tags` WHERE `namespace` = (SELECT `namespace` FROM `repositories` WHERE `id` = NEW.`repository_id`)) > CAST(coalesce((SELECT `value` FROM `settings` WHERE `name` = 'namespaceMaxTags'), 1000000) AS INTEGER); END;
--> statement-breakpoint
CREATE TRIGGER `namespace_tags_deleted` AFTER DELETE ON `tags` BEGIN UPDATE `namespace_tags` SET `count` = `count` - 1 WHERE `namespace` = (SELECT substr(coalesce(`deleted_name`, `name`), 1, instr(coalesce(`deleted_name`, `name`), '/') - 1) FROM `repositories` WHERE `id` = OLD.`repository_id`); END;
--> statement-breakpoint
CREATE TRIGGER `namespace_repositories_bounded` AFTER INSERT ON `repositories` WHEN (SELECT 1 FROM `repositories` WHERE `namespace` = NEW.`namespace` LIMIT 1 OFFSET CAST(coalesce((SELECT `value` FROM `settings` WHERE `name` = 'namespaceMaxRepositories'), 10000) AS INTEGER)) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'namespace is full: repositories'); END;
--> statement-breakpoint
CREATE TRIGGER `namespace_uploads_bounded` AFTER INSERT ON `upload_sessions` WHEN NEW.`state` = 'open' AND (SELECT 1 FROM `upload_sessions` WHERE `state` = 'open' AND `repository` >= substr(NEW.`repository`, 1, instr(NEW.`repository`, '/')) AND `repository` < substr(NEW.`repository`, 1, instr(NEW.`repository`, '/') - 1) || '0' LIMIT 1 OFFSET CAST(coalesce((SELECT `value` FROM `settings` WHERE `name` = 'namespaceMaxUploads'), 2000) AS INTEGER)) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'namespace is full: open uploads'); END;
