CREATE TABLE `settings_documents` ( `name` text PRIMARY KEY NOT NULL, `document` text NOT NULL, `sealed` text NOT NULL, `sealed_with` text NOT NULL );
--> statement-breakpoint
INSERT OR REPLACE INTO settings_documents (name, document, sealed, sealed_with) SELECT 'ldap', document, sealed, sealed_with FROM directories UNION ALL SELECT 'oidc', settings, sealed, sealed_with FROM oidc_provider;
--> statement-breakpoint
DROP TABLE `directories`;
--> statement-breakpoint
DROP TABLE `oidc_provider`;
--> statement-breakpoint
ALTER TABLE `oidc_logouts` RENAME TO `used_messages`;
--> statement-breakpoint
DROP INDEX `oidc_logouts_expiry`;
--> statement-breakpoint
CREATE INDEX `used_messages_expiry` ON `used_messages` (`expires_at`);
