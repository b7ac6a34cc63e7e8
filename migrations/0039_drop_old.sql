DROP TABLE `directories`;
--> statement-breakpoint
DROP TABLE `oidc_logouts`;
--> statement-breakpoint
DROP TABLE `oidc_provider`;
