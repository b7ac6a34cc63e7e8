CREATE TABLE `accounts` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `username` text NOT NULL, `password_hash` text NOT NULL, `is_admin` integer DEFAULT false NOT NULL, `is_active` integer DEFAULT true NOT NULL, `created_at` integer NOT NULL);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_username_unique` ON `accounts` (`username`);
--> statement-breakpoint
CREATE TABLE `blobs` (`digest` text PRIMARY KEY NOT NULL, `size_bytes` integer NOT NULL, `session_id` text NOT NULL, `created_at` integer NOT NULL);
--> statement-breakpoint
CREATE TABLE `manifest_blobs` (`repository_id` integer NOT NULL, `manifest_digest` text NOT NULL, `blob_digest` text NOT NULL, PRIMARY KEY(`repository_id`, `manifest_digest`, `blob_digest`), FOREIGN KEY (`repository_id`,`manifest_digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`repository_id`,`blob_digest`) REFERENCES `repository_blobs`(`repository_id`,`digest`) ON UPDATE no action ON DELETE no action);
--> statement-breakpoint
CREATE INDEX `manifest_blobs_by_blob` ON `manifest_blobs` (`repository_id`,`blob_digest`);
--> statement-breakpoint
CREATE TABLE `manifest_children` (`repository_id` integer NOT NULL, `manifest_digest` text NOT NULL, `child_digest` text NOT NULL, PRIMARY KEY(`repository_id`, `manifest_digest`, `child_digest`), FOREIGN KEY (`repository_id`,`manifest_digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`repository_id`,`child_digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE no action);
--> statement-breakpoint
CREATE INDEX `manifest_children_by_child` ON `manifest_children` (`repository_id`,`child_digest`);
--> statement-breakpoint
CREATE TABLE `manifests` (`repository_id` integer NOT NULL, `digest` text NOT NULL, `media_type` text NOT NULL, `artifact_type` text, `subject` text, `size_bytes` integer NOT NULL, `body` text, `body_digest` text, `pushed_by` text NOT NULL, `pushed_at` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action, FOREIGN KEY (`body_digest`) REFERENCES `blobs`(`digest`) ON UPDATE no action ON DELETE no action);
--> statement-breakpoint
CREATE INDEX `manifests_by_subject` ON `manifests` (`repository_id`,`subject`,`digest`) WHERE subject IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `manifests_by_body` ON `manifests` (`body_digest`) WHERE body_digest IS NOT NULL;
--> statement-breakpoint
CREATE TABLE `repositories` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `name` text NOT NULL, `created_at` integer NOT NULL);
--> statement-breakpoint
CREATE UNIQUE INDEX `repositories_name_unique` ON `repositories` (`name`);
--> statement-breakpoint
CREATE TABLE `repository_blobs` (`repository_id` integer NOT NULL, `digest` text NOT NULL, `linked_at` integer NOT NULL, PRIMARY KEY(`repository_id`, `digest`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action, FOREIGN KEY (`digest`) REFERENCES `blobs`(`digest`) ON UPDATE no action ON DELETE no action);
--> statement-breakpoint
CREATE INDEX `repository_blobs_by_digest` ON `repository_blobs` (`digest`);
--> statement-breakpoint
CREATE TABLE `segments` (`key` text PRIMARY KEY NOT NULL, `session_id` text, `blob_digest` text, `offset_bytes` integer NOT NULL, `size_bytes` integer, `multipart_id` text, `created_at` integer NOT NULL, FOREIGN KEY (`session_id`) REFERENCES `upload_sessions`(`id`) ON UPDATE no action ON DELETE set null, FOREIGN KEY (`blob_digest`) REFERENCES `blobs`(`digest`) ON UPDATE no action ON DELETE set null);
--> statement-breakpoint
CREATE INDEX `segments_by_blob` ON `segments` (`blob_digest`,`offset_bytes`) WHERE blob_digest IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `segments_by_session` ON `segments` (`session_id`) WHERE session_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `segments_unowned` ON `segments` (`created_at`) WHERE session_id IS NULL AND blob_digest IS NULL;
--> statement-breakpoint
CREATE TABLE `tags` (`repository_id` integer NOT NULL, `name` text NOT NULL, `digest` text NOT NULL, `updated_by` text NOT NULL, `updated_at` integer NOT NULL, PRIMARY KEY(`repository_id`, `name`), FOREIGN KEY (`repository_id`,`digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE INDEX `tags_by_digest` ON `tags` (`repository_id`,`digest`);
--> statement-breakpoint
CREATE TABLE `upload_sessions` (`id` text PRIMARY KEY NOT NULL, `repository` text NOT NULL, `offset_bytes` integer NOT NULL, `chunk_count` integer NOT NULL, `digest` text, `state` text NOT NULL, `expires_at` integer NOT NULL);
--> statement-breakpoint
CREATE INDEX `upload_sessions_expiry` ON `upload_sessions` (`expires_at`);
