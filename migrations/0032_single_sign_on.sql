CREATE TABLE `oidc_logins` ( `hash` text PRIMARY KEY NOT NULL, `challenge` text NOT NULL, `purpose` text NOT NULL, `user_code_hash` text, `device` text NOT NULL, `network` text NOT NULL, `issuer` text, `subject` text, `sid` text, `name` text DEFAULT '' NOT NULL, `account_id` text, `expires_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE UNIQUE INDEX `oidc_logins_by_user_code` ON `oidc_logins` (`user_code_hash`);
--> statement-breakpoint
CREATE INDEX `oidc_logins_by_subject` ON `oidc_logins` (`issuer`,`subject`);
--> statement-breakpoint
CREATE INDEX `oidc_logins_by_sid` ON `oidc_logins` (`issuer`,`sid`);
--> statement-breakpoint
CREATE INDEX `oidc_logins_by_network` ON `oidc_logins` (`network`);
--> statement-breakpoint
CREATE INDEX `oidc_logins_by_account` ON `oidc_logins` (`account_id`);
--> statement-breakpoint
CREATE INDEX `oidc_logins_expiry` ON `oidc_logins` (`expires_at`);
--> statement-breakpoint
CREATE TABLE `oidc_logouts` ( `hash` text PRIMARY KEY NOT NULL, `expires_at` integer NOT NULL );
--> statement-breakpoint
CREATE INDEX `oidc_logouts_expiry` ON `oidc_logouts` (`expires_at`);
--> statement-breakpoint
CREATE TABLE `oidc_provider` ( `id` integer PRIMARY KEY NOT NULL, `settings` text NOT NULL, `sealed` text NOT NULL, `sealed_with` text NOT NULL );
--> statement-breakpoint
CREATE TABLE `oidc_sessions` ( `hash` text PRIMARY KEY NOT NULL, `issuer` text NOT NULL, `subject` text NOT NULL, `sid` text, FOREIGN KEY (`hash`) REFERENCES `sessions`(`hash`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `oidc_sessions_by_subject` ON `oidc_sessions` (`issuer`,`subject`);
--> statement-breakpoint
CREATE INDEX `oidc_sessions_by_sid` ON `oidc_sessions` (`issuer`,`sid`);
--> statement-breakpoint
CREATE TABLE `team_groups` ( `team_id` text PRIMARY KEY NOT NULL, `group_name` text NOT NULL, FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `team_groups_by_name` ON `team_groups` (`group_name`,`team_id`);
