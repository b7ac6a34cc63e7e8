CREATE TABLE `bridged_repositories` ( `repository_id` integer PRIMARY KEY NOT NULL, `due_at` integer, `changes` integer DEFAULT 0 NOT NULL, `compared_in` text DEFAULT '' NOT NULL, FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `bridged_repositories_due` ON `bridged_repositories` (`due_at`) WHERE due_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `bridged_repositories_by_state` ON `bridged_repositories` (`compared_in`);
--> statement-breakpoint
CREATE TABLE `restatements` ( `repository_id` integer NOT NULL, `subject` text NOT NULL, `kind` text NOT NULL, `signed_with` text NOT NULL, `signed_at` integer NOT NULL, `signature` text NOT NULL, `digest` text NOT NULL, `is_stored` integer DEFAULT false NOT NULL, PRIMARY KEY(`repository_id`, `subject`, `kind`, `signed_with`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `restatements_by_digest` ON `restatements` (`repository_id`,`digest`);
--> statement-breakpoint
-- What changes what Notary signs here: a publication or a deletion, an expiry, and the push of an image that was signed before
CREATE TRIGGER bridge_collection_changed AFTER UPDATE OF revision ON trust_collections WHEN NEW.revision <> OLD.revision BEGIN INSERT INTO bridged_repositories (repository_id, due_at, changes) VALUES (NEW.repository_id, 0, 1) ON CONFLICT (repository_id) DO UPDATE SET due_at = 0, changes = changes + 1; END;
--> statement-breakpoint
CREATE TRIGGER bridge_expiry_learned AFTER INSERT ON trust_expiries WHEN NEW.expires_at IS NOT NULL BEGIN INSERT INTO bridged_repositories (repository_id, due_at, changes) SELECT repository_id, 0, 1 FROM trust_collections WHERE id = NEW.collection_id ON CONFLICT (repository_id) DO UPDATE SET due_at = 0, changes = changes + 1; END;
--> statement-breakpoint
CREATE TRIGGER bridge_expiry_changed AFTER UPDATE OF expires_at ON trust_expiries WHEN NEW.expires_at IS NOT OLD.expires_at BEGIN INSERT INTO bridged_repositories (repository_id, due_at, changes) SELECT repository_id, 0, 1 FROM trust_collections WHERE id = NEW.collection_id ON CONFLICT (repository_id) DO UPDATE SET due_at = 0, changes = changes + 1; END;
--> statement-breakpoint
CREATE TRIGGER bridge_image_pushed AFTER INSERT ON manifests WHEN EXISTS (SELECT 1 FROM signature_facts WHERE repository_id = NEW.repository_id AND digest = NEW.digest AND kind = 'notary') BEGIN INSERT INTO bridged_repositories (repository_id, due_at, changes) VALUES (NEW.repository_id, 0, 1) ON CONFLICT (repository_id) DO UPDATE SET due_at = 0, changes = changes + 1; END;
--> statement-breakpoint
-- A restatement is no signature of a user: it makes no facts, and its row goes with its manifest
CREATE TRIGGER restatement_deleted AFTER DELETE ON manifests WHEN OLD.subject IS NOT NULL BEGIN DELETE FROM restatements WHERE repository_id = OLD.repository_id AND digest = OLD.digest; END;
--> statement-breakpoint
DROP TRIGGER signature_referrer_pushed;
--> statement-breakpoint
CREATE TRIGGER signature_referrer_pushed AFTER INSERT ON manifests WHEN NEW.subject IS NOT NULL AND ((NEW.artifact_type >= 'application/vnd.cncf.notary.signature' AND NEW.artifact_type < 'application/vnd.cncf.notary.signature~') OR (NEW.artifact_type >= 'application/vnd.dev.cosign.artifact.sig.' AND NEW.artifact_type < 'application/vnd.dev.cosign.artifact.sig.~') OR (NEW.artifact_type >= 'application/vnd.dev.sigstore.bundle.' AND NEW.artifact_type < 'application/vnd.dev.sigstore.bundle.~')) AND NOT EXISTS (SELECT 1 FROM restatements WHERE repository_id = NEW.repository_id AND digest = NEW.digest) BEGIN INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) VALUES (NEW.repository_id, NEW.digest, '', NEW.subject, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT DO NOTHING; END;
--> statement-breakpoint
-- The trust data that is here already
INSERT INTO bridged_repositories (repository_id, due_at) SELECT DISTINCT repository_id, 0 FROM trust_collections WHERE is_published = 1 ON CONFLICT DO NOTHING;
