ALTER TABLE `repositories` ADD `deleted_name` text;
--> statement-breakpoint
CREATE INDEX `repositories_deleted` ON `repositories` (`id`) WHERE deleted_name IS NOT NULL;
--> statement-breakpoint
-- To take a repository away, and to go on with its deletion, is refused while the gate is closed.
CREATE TRIGGER `read_only_repositories_deletion` BEFORE UPDATE OF `deleted_name` ON `repositories` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
