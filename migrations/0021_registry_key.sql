CREATE TABLE `registry_keys` ( `generation` integer PRIMARY KEY NOT NULL, `fingerprint` text NOT NULL, `public_key` text NOT NULL, `certificate` text NOT NULL, `sealed_private` text NOT NULL, `sealed_with` text NOT NULL, `created_at` integer NOT NULL );
--> statement-breakpoint
CREATE UNIQUE INDEX `registry_keys_fingerprint_unique` ON `registry_keys` (`fingerprint`);
