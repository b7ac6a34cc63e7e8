CREATE TABLE `settings_documents` ( `name` text PRIMARY KEY NOT NULL, `document` text NOT NULL, `sealed` text NOT NULL, `sealed_with` text NOT NULL );
--> statement-breakpoint
CREATE TABLE `used_messages` ( `hash` text PRIMARY KEY NOT NULL, `expires_at` integer NOT NULL );
--> statement-breakpoint
CREATE INDEX `used_messages_expiry` ON `used_messages` (`expires_at`);
