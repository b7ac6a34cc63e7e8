ALTER TABLE `jobs` ADD `waiting_for` text;
--> statement-breakpoint
ALTER TABLE `settings` ADD `milliseconds` integer;
--> statement-breakpoint
-- Statements read what a duration comes to. Of 36h30m each turn takes one number with its unit.
UPDATE `settings` SET `milliseconds` = (WITH RECURSIVE parts (`rest`, `total`) AS (SELECT trim(`value`, '"'), 0.0 UNION ALL SELECT substr(ltrim(`rest`, '0123456789.'), CASE WHEN ltrim(`rest`, '0123456789.') LIKE 'ms%' THEN 3 ELSE 2 END), `total` + CAST(`rest` AS REAL) * CASE WHEN ltrim(`rest`, '0123456789.') LIKE 'ms%' THEN 1 WHEN ltrim(`rest`, '0123456789.') LIKE 'h%' THEN 3600000 WHEN ltrim(`rest`, '0123456789.') LIKE 'm%' THEN 60000 ELSE 1000 END FROM parts WHERE `rest` <> '') SELECT CAST(`total` AS INTEGER) FROM parts WHERE `rest` = '') WHERE `name` IN ('gcGrace', 'repoEventHistoryMaxAge', 'jobHistoryMaxAge');
--> statement-breakpoint
-- A name has no character that JSON would escape, so its parts are an array after one replacement.
CREATE TRIGGER `repositories_paths` AFTER INSERT ON `repositories` WHEN NEW.`name` LIKE '%/%/%' BEGIN INSERT OR IGNORE INTO `repository_words` (`word`, `repository_id`, `namespace`, `is_public`) SELECT substr(NEW.`name`, 1 + (SELECT sum(length(before.`value`) + 1) FROM json_each('["' || replace(NEW.`name`, '/', '","') || '"]') AS before WHERE before.`key` < part.`key`)), NEW.`id`, substr(NEW.`name`, 1, instr(NEW.`name`, '/') - 1), NEW.`visibility` = 'public' FROM json_each('["' || replace(NEW.`name`, '/', '","') || '"]') AS part WHERE part.`key` > 0 AND part.`key` < length(NEW.`name`) - length(replace(NEW.`name`, '/', '')); END;
--> statement-breakpoint
INSERT OR IGNORE INTO `repository_words` (`word`, `repository_id`, `namespace`, `is_public`) SELECT substr(`name`, 1 + (SELECT sum(length(before.`value`) + 1) FROM json_each('["' || replace(`name`, '/', '","') || '"]') AS before WHERE before.`key` < part.`key`)), `repositories`.`id`, substr(`name`, 1, instr(`name`, '/') - 1), `visibility` = 'public' FROM `repositories`, json_each('["' || replace(`name`, '/', '","') || '"]') AS part WHERE `name` LIKE '%/%/%' AND part.`key` > 0 AND part.`key` < length(`name`) - length(replace(`name`, '/', ''));
