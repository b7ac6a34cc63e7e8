CREATE TABLE `trust_expiries` ( `collection_id` integer NOT NULL, `role` text NOT NULL, `expires_at` integer, PRIMARY KEY(`collection_id`, `role`), FOREIGN KEY (`collection_id`) REFERENCES `trust_collections`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `trust_expiries_by_time` ON `trust_expiries` (`collection_id`,`expires_at`);
--> statement-breakpoint
CREATE INDEX `trust_expiries_unknown` ON `trust_expiries` (`collection_id`) WHERE expires_at IS NULL;
--> statement-breakpoint
-- The job trust_facts reads until when the trust data holds that is here already
INSERT INTO trust_expiries (collection_id, role, expires_at) SELECT id, 'root', NULL FROM trust_collections WHERE is_published = 1 ON CONFLICT DO NOTHING;
