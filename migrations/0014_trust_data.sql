CREATE TABLE `public_keys` ( `id` text PRIMARY KEY NOT NULL, `account_id` text NOT NULL, `fingerprint` text NOT NULL, `public_key` text NOT NULL, `label` text NOT NULL, `created_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE UNIQUE INDEX `public_keys_by_account` ON `public_keys` (`account_id`,`fingerprint`);
--> statement-breakpoint
CREATE INDEX `public_keys_by_fingerprint` ON `public_keys` (`fingerprint`);
--> statement-breakpoint
CREATE TABLE `signature_facts` ( `repository_id` integer NOT NULL, `digest` text NOT NULL, `kind` text NOT NULL, `source` text NOT NULL, `name` text NOT NULL, `fingerprint` text NOT NULL, `issuer` text NOT NULL, `subject` text NOT NULL, `signed_at` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`, `kind`, `source`, `name`, `fingerprint`, `issuer`, `subject`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `signature_facts_by_source` ON `signature_facts` (`repository_id`,`source`);
--> statement-breakpoint
CREATE INDEX `signature_facts_by_name` ON `signature_facts` (`repository_id`,`name`) WHERE name <> '';
--> statement-breakpoint
CREATE TABLE `signer_identities` ( `id` text PRIMARY KEY NOT NULL, `account_id` text NOT NULL, `issuer` text NOT NULL, `subject` text NOT NULL, `created_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE UNIQUE INDEX `signer_identities_by_account` ON `signer_identities` (`account_id`,`issuer`,`subject`);
--> statement-breakpoint
CREATE INDEX `signer_identities_by_issuer` ON `signer_identities` (`issuer`);
--> statement-breakpoint
CREATE TABLE `trust_changes` ( `id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `created_at` integer NOT NULL, `repository_id` integer, `gun` text NOT NULL, `version` integer NOT NULL, `sha256` text NOT NULL, `category` text NOT NULL, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE set null );
--> statement-breakpoint
CREATE INDEX `trust_changes_by_gun` ON `trust_changes` (`gun`,`id`);
--> statement-breakpoint
CREATE INDEX `trust_changes_by_repository` ON `trust_changes` (`repository_id`,`id`);
--> statement-breakpoint
CREATE TABLE `trust_collections` ( `id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `repository_id` integer NOT NULL, `gun` text NOT NULL, `timestamp_version` integer DEFAULT 0 NOT NULL, `snapshot_version` integer DEFAULT 0 NOT NULL, `is_published` integer DEFAULT false NOT NULL, `revision` integer DEFAULT 0 NOT NULL, `created_at` integer NOT NULL, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE UNIQUE INDEX `trust_collections_by_gun` ON `trust_collections` (`repository_id`,`gun`);
--> statement-breakpoint
CREATE TABLE `trust_keys` ( `collection_id` integer NOT NULL, `key_id` text NOT NULL, `role` text NOT NULL, `public_key` text NOT NULL, `sealed_private` text NOT NULL, `sealed_with` text NOT NULL, `created_at` integer NOT NULL, `used_at` integer, PRIMARY KEY(`collection_id`, `key_id`), FOREIGN KEY (`collection_id`) REFERENCES `trust_collections`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE UNIQUE INDEX `trust_keys_pending` ON `trust_keys` (`collection_id`,`role`) WHERE used_at IS NULL;
--> statement-breakpoint
CREATE INDEX `trust_keys_by_secret` ON `trust_keys` (`sealed_with`);
--> statement-breakpoint
CREATE TABLE `trust_metadata` ( `collection_id` integer NOT NULL, `role` text NOT NULL, `version` integer NOT NULL, `sha256` text NOT NULL, `body` text, `segment_key` text, `size_bytes` integer NOT NULL, `created_at` integer NOT NULL, PRIMARY KEY(`collection_id`, `role`, `version`), FOREIGN KEY (`collection_id`) REFERENCES `trust_collections`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`segment_key`) REFERENCES `segments`(`key`) ON UPDATE no action ON DELETE no action );
--> statement-breakpoint
CREATE INDEX `trust_metadata_by_sha256` ON `trust_metadata` (`collection_id`,`role`,`sha256`);
--> statement-breakpoint
CREATE INDEX `trust_metadata_by_segment` ON `trust_metadata` (`segment_key`) WHERE segment_key IS NOT NULL;
--> statement-breakpoint
CREATE TABLE `trust_policies` ( `id` text PRIMARY KEY NOT NULL, `repository_id` integer, `namespace_id` text, `mode` text NOT NULL, `updated_at` integer NOT NULL, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`namespace_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade, CONSTRAINT "trust_policies_of_one" CHECK((repository_id IS NULL) <> (namespace_id IS NULL)) );
--> statement-breakpoint
CREATE UNIQUE INDEX `trust_policies_repository_id_unique` ON `trust_policies` (`repository_id`);
--> statement-breakpoint
CREATE UNIQUE INDEX `trust_policies_namespace_id_unique` ON `trust_policies` (`namespace_id`);
--> statement-breakpoint
CREATE TABLE `trust_policy_teams` ( `policy_id` text NOT NULL, `team_id` text NOT NULL, `team_name` text NOT NULL, PRIMARY KEY(`policy_id`, `team_id`), FOREIGN KEY (`policy_id`) REFERENCES `trust_policies`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE TABLE `trust_roots` ( `name` text PRIMARY KEY NOT NULL, `kind` text NOT NULL, `document` text NOT NULL, `created_at` integer NOT NULL );
--> statement-breakpoint
DROP INDEX `segments_unowned`;
--> statement-breakpoint
ALTER TABLE `segments` ADD `kept_for` text;
--> statement-breakpoint
CREATE INDEX `segments_unowned` ON `segments` (`created_at`) WHERE session_id IS NULL AND blob_digest IS NULL AND kept_for IS NULL;
--> statement-breakpoint
ALTER TABLE `repositories` ADD `demands_signatures` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
-- The object of a long document belongs to nothing once its row is gone, so the sweep of segments deletes it
CREATE TRIGGER trust_metadata_deleted AFTER DELETE ON trust_metadata WHEN OLD.segment_key IS NOT NULL BEGIN UPDATE segments SET kept_for = NULL WHERE key = OLD.segment_key; END;
--> statement-breakpoint
-- What a pull demands stands in the row of the repository, so that a pull of one without a policy asks nothing more
CREATE TRIGGER trust_policies_made AFTER INSERT ON trust_policies BEGIN UPDATE repositories SET demands_signatures = max(coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE repository_id = repositories.id), 0), coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = repositories.namespace)), 0)) WHERE id = NEW.repository_id OR namespace = (SELECT name FROM accounts WHERE id = NEW.namespace_id); END;
--> statement-breakpoint
CREATE TRIGGER trust_policies_changed AFTER UPDATE OF mode ON trust_policies BEGIN UPDATE repositories SET demands_signatures = max(coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE repository_id = repositories.id), 0), coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = repositories.namespace)), 0)) WHERE id = NEW.repository_id OR namespace = (SELECT name FROM accounts WHERE id = NEW.namespace_id); END;
--> statement-breakpoint
CREATE TRIGGER trust_policies_deleted AFTER DELETE ON trust_policies BEGIN UPDATE repositories SET demands_signatures = max(coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE repository_id = repositories.id), 0), coalesce((SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = repositories.namespace)), 0)) WHERE id = OLD.repository_id OR namespace = (SELECT name FROM accounts WHERE id = OLD.namespace_id); END;
--> statement-breakpoint
CREATE TRIGGER repositories_demand AFTER INSERT ON repositories BEGIN UPDATE repositories SET demands_signatures = (SELECT (mode = 'enforce') + 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = NEW.namespace)) WHERE id = NEW.id AND EXISTS (SELECT 1 FROM trust_policies WHERE namespace_id = (SELECT id FROM accounts WHERE name = NEW.namespace)); END;
