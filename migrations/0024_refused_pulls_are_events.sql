DROP INDEX `events_folded`;
--> statement-breakpoint
CREATE UNIQUE INDEX `events_folded` ON `events` (`repository`,`object_id`,`object_name`,`folded_since`,`type`,`actor`) WHERE folded_since IS NOT NULL;
