CREATE TABLE `workload_rules` ( `id` text PRIMARY KEY NOT NULL, `name` text NOT NULL, `issuer` text NOT NULL, `audience` text NOT NULL, `condition` text NOT NULL, `repositories` text NOT NULL, `level` text NOT NULL, `enabled` integer NOT NULL, `any_network` integer NOT NULL, `updated_at` integer NOT NULL, `last_used_at` integer );
--> statement-breakpoint
CREATE UNIQUE INDEX `workload_rules_by_name` ON `workload_rules` (`name`);
--> statement-breakpoint
CREATE INDEX `workload_rules_by_issuer` ON `workload_rules` (`issuer`,`name`);
--> statement-breakpoint
CREATE TABLE `workload_uses` ( `token` text PRIMARY KEY NOT NULL, `network` text NOT NULL, `first_used_at` integer NOT NULL, `used_as` text NOT NULL, `ends_at` integer NOT NULL );
--> statement-breakpoint
CREATE INDEX `workload_uses_by_end` ON `workload_uses` (`ends_at`);
