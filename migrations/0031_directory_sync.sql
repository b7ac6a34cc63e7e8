CREATE TABLE `directory_syncs` ( `id` integer PRIMARY KEY NOT NULL, `outcome` text NOT NULL, `reason` text NOT NULL, `job_id` text NOT NULL, `ended_at` integer NOT NULL, `done_at` integer );
--> statement-breakpoint
CREATE TABLE `found_members` ( `part` text NOT NULL, `target` text NOT NULL, `subject` text NOT NULL, PRIMARY KEY(`part`, `target`, `subject`) );
--> statement-breakpoint
CREATE TABLE `found_targets` ( `part` text NOT NULL, `target` text NOT NULL, `named` integer NOT NULL, PRIMARY KEY(`part`, `target`) );
--> statement-breakpoint
CREATE TABLE `found_users` ( `part` text NOT NULL, `subject` text NOT NULL, `name` text NOT NULL, `name_key` text NOT NULL, `full_name` text NOT NULL, `dn` text NOT NULL, `dn_key` text NOT NULL, `account_name` text, PRIMARY KEY(`part`, `subject`) );
--> statement-breakpoint
CREATE INDEX `found_users_by_name` ON `found_users` (`part`,`name_key`);
--> statement-breakpoint
CREATE INDEX `found_users_by_dn` ON `found_users` (`part`,`dn_key`);
--> statement-breakpoint
CREATE TABLE `member_syncs` ( `id` text PRIMARY KEY NOT NULL, `organization_id` text NOT NULL, `team_id` text, `is_enabled` integer NOT NULL, `options` text NOT NULL, FOREIGN KEY (`organization_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `member_syncs_by_organization` ON `member_syncs` (`organization_id`);
--> statement-breakpoint
CREATE INDEX `member_syncs_by_team` ON `member_syncs` (`team_id`);
--> statement-breakpoint
CREATE INDEX `member_syncs_enabled` ON `member_syncs` (`id`) WHERE is_enabled = 1;
--> statement-breakpoint
CREATE TABLE `search_counts` ( `search` text PRIMARY KEY NOT NULL, `found` integer NOT NULL );
--> statement-breakpoint
ALTER TABLE `accounts` ADD `owners_synced` integer DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE `teams` ADD `members_synced` integer DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE `identities` ADD `vanished_at` integer;
