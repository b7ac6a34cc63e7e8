ALTER TABLE `directory_syncs` ADD `done_milliseconds` integer;
--> statement-breakpoint
ALTER TABLE `directory_syncs` ADD `created` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `directory_syncs` ADD `deactivated` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `directory_syncs` ADD `failures` integer DEFAULT 0 NOT NULL;
