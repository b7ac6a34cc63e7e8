CREATE TABLE `event_consumers` ( `name` text PRIMARY KEY NOT NULL, `cursor` integer NOT NULL, `attempts` integer NOT NULL, `next_attempt_at` integer NOT NULL, `narrowed_to` integer, `last_error` text, `missed` integer NOT NULL, `removed_at` integer );
--> statement-breakpoint
CREATE TABLE `parked_events` ( `consumer` text NOT NULL, `event_id` integer NOT NULL, `published_at` integer NOT NULL, `actor_id` text, `actor` text NOT NULL, `type` text NOT NULL, `object_type` text NOT NULL, `object_id` text NOT NULL, `object_name` text NOT NULL, `repository` text, `content` text, `folded_since` integer, `parked_at` integer NOT NULL, `reason` text NOT NULL, `is_retried` integer NOT NULL, PRIMARY KEY(`consumer`, `event_id`), FOREIGN KEY (`consumer`) REFERENCES `event_consumers`(`name`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `parked_events_retried` ON `parked_events` (`consumer`,`event_id`) WHERE is_retried = 1;
--> statement-breakpoint
CREATE TABLE `event_counts` ( `type` text NOT NULL, `object_type` text NOT NULL, `count` integer NOT NULL, PRIMARY KEY(`type`, `object_type`) );
