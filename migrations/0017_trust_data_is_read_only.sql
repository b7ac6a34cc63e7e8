-- Trust data is content: a registry that is read-only publishes and deletes none
CREATE TRIGGER `read_only_trust_metadata_insert` BEFORE INSERT ON `trust_metadata` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_trust_metadata_delete` BEFORE DELETE ON `trust_metadata` WHEN EXISTS (SELECT 1 FROM write_gate WHERE id = 1 AND closed = 1 AND passing IS NULL AND (until IS NULL OR until > unixepoch('subsec') * 1000)) BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
