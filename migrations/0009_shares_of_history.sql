DROP INDEX `events_frequent`;
--> statement-breakpoint
DROP INDEX `events_of_changes`;
--> statement-breakpoint
ALTER TABLE `events` ADD `folded_since` integer;
--> statement-breakpoint
ALTER TABLE `events` ADD `share` text GENERATED ALWAYS AS (iif(type IN ('GET', 'FAIL'), 'frequent', iif(object_type IN ('account', 'member', 'team', 'access', 'token', 'settings', 'cron') OR (object_type = 'repository' AND type = 'UPDATE'), 'security', 'content'))) VIRTUAL;
--> statement-breakpoint
CREATE INDEX `events_by_share` ON `events` (`share`,`id`);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_folded` ON `events` (`repository`,`object_id`,`object_name`,`folded_since`) WHERE folded_since IS NOT NULL;
