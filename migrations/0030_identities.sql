CREATE TABLE `identities` ( `provider` text NOT NULL, `subject` text NOT NULL, `account_id` text NOT NULL, `name` text NOT NULL, `dn` text DEFAULT '' NOT NULL, `dn_key` text DEFAULT '' NOT NULL, `last_seen_at` integer NOT NULL, PRIMARY KEY(`provider`, `subject`), FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `identities_by_account` ON `identities` (`account_id`);
--> statement-breakpoint
CREATE INDEX `identities_by_dn` ON `identities` (`provider`,`dn_key`);
--> statement-breakpoint
ALTER TABLE `accounts` ADD `is_imported` integer DEFAULT false NOT NULL;
