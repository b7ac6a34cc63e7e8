CREATE TABLE `service_accounts` ( `account_id` text PRIMARY KEY NOT NULL, `organization_id` text NOT NULL, `description` text DEFAULT '' NOT NULL, `created_by` text NOT NULL, `created_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`organization_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `service_accounts_by_organization` ON `service_accounts` (`organization_id`);
--> statement-breakpoint
ALTER TABLE `access_tokens` ADD `expires_at` integer;
--> statement-breakpoint
ALTER TABLE `access_tokens` ADD `level` text DEFAULT 'all' NOT NULL;
--> statement-breakpoint
ALTER TABLE `access_tokens` ADD `places` text;
--> statement-breakpoint
CREATE INDEX `access_tokens_by_end` ON `access_tokens` (`expires_at`);
--> statement-breakpoint
ALTER TABLE `sessions` ADD `created_at` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `sessions` ADD `last_used_at` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `sessions` ADD `address` text DEFAULT '' NOT NULL;
--> statement-breakpoint
ALTER TABLE `sessions` ADD `agent` text DEFAULT '' NOT NULL;
--> statement-breakpoint
CREATE TRIGGER service_account_goes AFTER DELETE ON service_accounts BEGIN DELETE FROM accounts WHERE id = OLD.account_id; END;
