-- Accounts get UUIDs and may be organisations. Nothing refers to them yet, so the table can be made anew.
CREATE TABLE `__new_accounts` (`id` text PRIMARY KEY NOT NULL, `name` text NOT NULL, `is_organization` integer DEFAULT false NOT NULL, `full_name` text DEFAULT '' NOT NULL, `password_hash` text, `is_admin` integer DEFAULT false NOT NULL, `is_active` integer DEFAULT true NOT NULL, `created_at` integer NOT NULL);
--> statement-breakpoint
INSERT OR IGNORE INTO `__new_accounts` (`id`, `name`, `password_hash`, `is_admin`, `is_active`, `created_at`) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), `username`, `password_hash`, `is_admin`, `is_active`, `created_at` FROM `accounts` WHERE `username` NOT IN (SELECT `name` FROM `__new_accounts`);
--> statement-breakpoint
DROP TABLE `accounts`;
--> statement-breakpoint
ALTER TABLE `__new_accounts` RENAME TO `accounts`;
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_name_unique` ON `accounts` (`name`);
--> statement-breakpoint
CREATE INDEX `accounts_by_kind` ON `accounts` (`is_organization`,`name`);
--> statement-breakpoint
CREATE INDEX `accounts_admins` ON `accounts` (`name`) WHERE is_admin = 1;
--> statement-breakpoint
CREATE INDEX `accounts_inactive` ON `accounts` (`name`) WHERE is_active = 0;
--> statement-breakpoint
CREATE TABLE `access_tokens` (`hash` text PRIMARY KEY NOT NULL, `account_id` text NOT NULL, `label` text NOT NULL, `is_active` integer DEFAULT true NOT NULL, `created_by` text NOT NULL, `creator_agent` text NOT NULL, `created_at` integer NOT NULL, `last_used_at` integer, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE INDEX `access_tokens_by_account` ON `access_tokens` (`account_id`,`created_at`);
--> statement-breakpoint
CREATE TABLE `login_addresses` (`account_id` text NOT NULL, `address` text NOT NULL, `last_at` integer NOT NULL, PRIMARY KEY(`account_id`, `address`), FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE INDEX `login_addresses_age` ON `login_addresses` (`last_at`);
--> statement-breakpoint
CREATE TABLE `login_failures` (`key` text PRIMARY KEY NOT NULL, `count` integer NOT NULL, `last_at` integer NOT NULL);
--> statement-breakpoint
CREATE INDEX `login_failures_age` ON `login_failures` (`last_at`);
--> statement-breakpoint
CREATE TABLE `members` (`organization_id` text NOT NULL, `user_id` text NOT NULL, `is_admin` integer DEFAULT false NOT NULL, PRIMARY KEY(`organization_id`, `user_id`), FOREIGN KEY (`organization_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`user_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE INDEX `members_by_user` ON `members` (`user_id`,`organization_id`);
--> statement-breakpoint
CREATE INDEX `members_admins` ON `members` (`organization_id`,`user_id`) WHERE is_admin = 1;
--> statement-breakpoint
CREATE TABLE `sessions` (`hash` text PRIMARY KEY NOT NULL, `account_id` text NOT NULL, `expires_at` integer NOT NULL, FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE INDEX `sessions_by_account` ON `sessions` (`account_id`);
--> statement-breakpoint
CREATE INDEX `sessions_expiry` ON `sessions` (`expires_at`);
--> statement-breakpoint
CREATE TABLE `team_members` (`team_id` text NOT NULL, `organization_id` text NOT NULL, `user_id` text NOT NULL, `is_admin` integer DEFAULT false NOT NULL, PRIMARY KEY(`team_id`, `user_id`), FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`organization_id`,`user_id`) REFERENCES `members`(`organization_id`,`user_id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE INDEX `team_members_by_user` ON `team_members` (`user_id`,`organization_id`);
--> statement-breakpoint
CREATE TABLE `teams` (`id` text PRIMARY KEY NOT NULL, `organization_id` text NOT NULL, `name` text NOT NULL, `description` text DEFAULT '' NOT NULL, `namespace_rank` integer, `created_at` integer NOT NULL, FOREIGN KEY (`organization_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE UNIQUE INDEX `teams_by_name` ON `teams` (`organization_id`,`name`);
--> statement-breakpoint
CREATE TABLE `events` (`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `published_at` integer NOT NULL, `actor_id` text, `actor` text NOT NULL, `type` text NOT NULL, `object_type` text NOT NULL, `object_id` text NOT NULL, `object_name` text NOT NULL, `repository` text, `content` text);
--> statement-breakpoint
CREATE INDEX `events_by_time` ON `events` (`published_at`);
--> statement-breakpoint
CREATE INDEX `events_by_actor` ON `events` (`actor_id`,`id`) WHERE actor_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `events_by_repository` ON `events` (`repository`,`id`) WHERE repository IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `events_frequent` ON `events` (`id`) WHERE type IN ('GET', 'FAIL');
--> statement-breakpoint
CREATE INDEX `events_of_changes` ON `events` (`id`) WHERE type NOT IN ('GET', 'FAIL');
--> statement-breakpoint
CREATE TABLE `settings` (`name` text PRIMARY KEY NOT NULL, `value` text NOT NULL);
--> statement-breakpoint
CREATE TABLE `repository_grants` (`repository_id` integer NOT NULL, `team_id` text NOT NULL, `rank` integer NOT NULL, PRIMARY KEY(`repository_id`, `team_id`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`team_id`) REFERENCES `teams`(`id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE INDEX `repository_grants_by_team` ON `repository_grants` (`team_id`,`repository_id`);
--> statement-breakpoint
CREATE TABLE `repository_words` (`word` text NOT NULL, `repository_id` integer NOT NULL, `namespace` text NOT NULL, `is_public` integer NOT NULL, PRIMARY KEY(`word`, `repository_id`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade);
--> statement-breakpoint
CREATE INDEX `repository_words_by_repository` ON `repository_words` (`repository_id`);
--> statement-breakpoint
CREATE INDEX `repository_words_by_namespace` ON `repository_words` (`namespace`,`word`);
--> statement-breakpoint
CREATE INDEX `repository_words_public` ON `repository_words` (`word`,`repository_id`) WHERE is_public = 1;
--> statement-breakpoint
ALTER TABLE `repositories` ADD `namespace` text REFERENCES accounts(name);
--> statement-breakpoint
ALTER TABLE `repositories` ADD `visibility` text DEFAULT 'private' NOT NULL;
--> statement-breakpoint
ALTER TABLE `repositories` ADD `short_description` text DEFAULT '' NOT NULL;
--> statement-breakpoint
ALTER TABLE `repositories` ADD `long_description` text DEFAULT '' NOT NULL;
--> statement-breakpoint
ALTER TABLE `repositories` ADD `immutable_tags` integer DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE `repositories` ADD `tag_limit` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `repositories` ADD `pulls` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `repositories` ADD `pushes` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
CREATE INDEX `repositories_by_namespace` ON `repositories` (`namespace`);
--> statement-breakpoint
CREATE INDEX `repositories_public` ON `repositories` (`name`) WHERE visibility = 'public';
--> statement-breakpoint
ALTER TABLE `tags` ADD `created_at` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
UPDATE `tags` SET `created_at` = `updated_at`;
--> statement-breakpoint
-- Names of one part are no longer possible. The user of that name owned it, and goes on owning it.
UPDATE `repositories` SET `name` = `name` || '/' || `name` WHERE instr(`name`, '/') = 0 AND length(`name`) <= 100 AND EXISTS (SELECT 1 FROM `accounts` WHERE `accounts`.`name` = `repositories`.`name`) AND NOT EXISTS (SELECT 1 FROM `repositories` AS `other` WHERE `other`.`name` = `repositories`.`name` || '/' || `repositories`.`name`);
--> statement-breakpoint
-- The others belonged to the administrators, and so does a namespace without a member.
UPDATE `repositories` SET `name` = (SELECT CASE WHEN EXISTS (SELECT 1 FROM `accounts` WHERE `name` = 'library') THEN 'library-of-before' ELSE 'library' END) || '/' || CASE WHEN instr(`name`, '/') > 0 OR length(`name`) > 200 THEN 'renamed-' || `id` WHEN EXISTS (SELECT 1 FROM `repositories` AS `other` WHERE `other`.`name` = (SELECT CASE WHEN EXISTS (SELECT 1 FROM `accounts` WHERE `name` = 'library') THEN 'library-of-before' ELSE 'library' END) || '/' || `repositories`.`name`) THEN `name` || '-renamed-' || `id` ELSE `name` END WHERE instr(`name`, '/') = 0 OR instr(`name`, '/') > 101;
--> statement-breakpoint
-- Administrators could push to namespaces that nobody had: each becomes an organisation without members.
INSERT OR IGNORE INTO `accounts` (`id`, `name`, `is_organization`, `created_at`) SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), `namespace`, 1, 0 FROM (SELECT DISTINCT substr(`name`, 1, instr(`name`, '/') - 1) AS `namespace` FROM `repositories` WHERE instr(`name`, '/') > 0) WHERE `namespace` NOT IN (SELECT `name` FROM `accounts`);
--> statement-breakpoint
UPDATE `repositories` SET `namespace` = substr(`name`, 1, instr(`name`, '/') - 1) WHERE instr(`name`, '/') > 0;
--> statement-breakpoint
INSERT OR IGNORE INTO `repository_words` (`word`, `repository_id`, `namespace`, `is_public`) SELECT `value`, `repositories`.`id`, `repositories`.`namespace`, 0 FROM `repositories`, json_each('["' || replace(replace(replace(replace(`repositories`.`name`, '/', '","'), '.', '","'), '_', '","'), '-', '","') || '"]') WHERE `value` <> '';
--> statement-breakpoint
-- While a deployment spreads, the Worker of before still makes repositories. The foreign key decides about those too.
CREATE TRIGGER `repositories_namespace` AFTER INSERT ON `repositories` WHEN NEW.`namespace` IS NULL BEGIN UPDATE `repositories` SET `namespace` = substr(NEW.`name`, 1, instr(NEW.`name`, '/') - 1) WHERE `id` = NEW.`id`; END;
--> statement-breakpoint
-- A name has no character that JSON would escape, so its words are an array after four replacements.
CREATE TRIGGER `repositories_words` AFTER INSERT ON `repositories` BEGIN INSERT OR IGNORE INTO `repository_words` (`word`, `repository_id`, `namespace`, `is_public`) SELECT `value`, NEW.`id`, substr(NEW.`name`, 1, instr(NEW.`name`, '/') - 1), NEW.`visibility` = 'public' FROM json_each('["' || replace(replace(replace(replace(NEW.`name`, '/', '","'), '.', '","'), '_', '","'), '-', '","') || '"]') WHERE `value` <> ''; END;
--> statement-breakpoint
CREATE TRIGGER `repositories_words_visibility` AFTER UPDATE OF `visibility` ON `repositories` WHEN OLD.`visibility` <> NEW.`visibility` BEGIN UPDATE `repository_words` SET `is_public` = NEW.`visibility` = 'public' WHERE `repository_id` = NEW.`id`; END;
--> statement-breakpoint
-- A trigger, so that no way to move a tag can forget it.
CREATE TRIGGER `tags_immutable` BEFORE UPDATE OF `digest` ON `tags` WHEN OLD.`digest` <> NEW.`digest` AND (SELECT `immutable_tags` FROM `repositories` WHERE `id` = OLD.`repository_id`) = 1 BEGIN SELECT RAISE(ABORT, 'tag is immutable'); END;
--> statement-breakpoint
-- The switch to read-only is in force the moment its setting is written: every change of content asks for it in its own
-- transaction. The counters of a repository and what cleans up go on.
CREATE TRIGGER `read_only_upload_sessions_insert` BEFORE INSERT ON `upload_sessions` WHEN NEW.`state` = 'open' AND EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_segments_insert` BEFORE INSERT ON `segments` WHEN NEW.`session_id` IS NOT NULL AND EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_repository_blobs_insert` BEFORE INSERT ON `repository_blobs` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_repository_blobs_delete` BEFORE DELETE ON `repository_blobs` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_manifests_insert` BEFORE INSERT ON `manifests` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_manifests_delete` BEFORE DELETE ON `manifests` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_tags_insert` BEFORE INSERT ON `tags` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_tags_update` BEFORE UPDATE ON `tags` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_tags_delete` BEFORE DELETE ON `tags` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_repositories_insert` BEFORE INSERT ON `repositories` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_repositories_delete` BEFORE DELETE ON `repositories` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
--> statement-breakpoint
CREATE TRIGGER `read_only_repositories_update` BEFORE UPDATE OF `visibility`, `short_description`, `long_description`, `immutable_tags`, `tag_limit` ON `repositories` WHEN EXISTS (SELECT 1 FROM settings WHERE name = 'readOnlyRegistry' AND value = 'true') BEGIN SELECT RAISE(ABORT, 'registry is read-only'); END;
