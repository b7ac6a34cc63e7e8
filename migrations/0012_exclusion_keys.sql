ALTER TABLE `jobs` ADD `exclusion_key` text;
--> statement-breakpoint
UPDATE jobs INDEXED BY jobs_unfinished SET exclusion_key = CASE WHEN action IN ('gc', 'onlinegc') THEN 'gc' ELSE action END WHERE status IN ('waiting', 'running', 'cancel_request') AND coalesce(parameters ->> 'dryRun', 0) <> 1 AND parameters ->> 'repository' IS NULL;
