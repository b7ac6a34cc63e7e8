CREATE TABLE `forgotten_keys` ( `fingerprint` text PRIMARY KEY NOT NULL );
--> statement-breakpoint
CREATE TABLE `signature_manifests` ( `repository_id` integer NOT NULL, `digest` text NOT NULL, `tag` text NOT NULL, `subject` text NOT NULL, `seen_at` integer NOT NULL, `checked_revision` integer DEFAULT -1 NOT NULL, `waits_for` text, PRIMARY KEY(`repository_id`, `digest`, `tag`), FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE cascade, FOREIGN KEY (`repository_id`,`digest`) REFERENCES `manifests`(`repository_id`,`digest`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `signature_manifests_by_revision` ON `signature_manifests` (`checked_revision`);
--> statement-breakpoint
CREATE INDEX `signature_manifests_waiting` ON `signature_manifests` (`waits_for`,`checked_revision`) WHERE waits_for IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `signature_manifests_without_content` ON `signature_manifests` (`repository_id`,`subject`) WHERE waits_for = 'content';
--> statement-breakpoint
CREATE TABLE `trust_revisions` ( `id` integer PRIMARY KEY NOT NULL, `revision` integer NOT NULL, `roots_revision` integer NOT NULL );
--> statement-breakpoint
ALTER TABLE `signature_facts` ADD `expires_at` integer;
--> statement-breakpoint
CREATE INDEX `signature_facts_by_fingerprint` ON `signature_facts` (`fingerprint`) WHERE kind <> 'notary';
--> statement-breakpoint
CREATE INDEX `signature_facts_by_expiry` ON `signature_facts` (`expires_at`) WHERE expires_at IS NOT NULL;
--> statement-breakpoint
-- Signatures are known by their manifests from the moment of a push, in its transaction, and until they go
CREATE TRIGGER signature_referrer_pushed AFTER INSERT ON manifests WHEN NEW.subject IS NOT NULL AND ((NEW.artifact_type >= 'application/vnd.cncf.notary.signature' AND NEW.artifact_type < 'application/vnd.cncf.notary.signature~') OR (NEW.artifact_type >= 'application/vnd.dev.cosign.artifact.sig.' AND NEW.artifact_type < 'application/vnd.dev.cosign.artifact.sig.~') OR (NEW.artifact_type >= 'application/vnd.dev.sigstore.bundle.' AND NEW.artifact_type < 'application/vnd.dev.sigstore.bundle.~')) BEGIN INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) VALUES (NEW.repository_id, NEW.digest, '', NEW.subject, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT DO NOTHING; END;
--> statement-breakpoint
CREATE TRIGGER signature_tag_pushed AFTER INSERT ON tags WHEN NEW.accompanies IS NOT NULL AND substr(NEW.name, 1, 7) = 'sha256-' AND substr(NEW.name, 72) = '.sig' BEGIN INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) VALUES (NEW.repository_id, NEW.digest, NEW.name, NEW.accompanies, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT DO NOTHING; END;
--> statement-breakpoint
CREATE TRIGGER signature_tag_moved AFTER UPDATE OF digest ON tags WHEN NEW.digest <> OLD.digest AND NEW.accompanies IS NOT NULL AND substr(NEW.name, 1, 7) = 'sha256-' AND substr(NEW.name, 72) = '.sig' BEGIN DELETE FROM signature_manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND tag = OLD.name; INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) VALUES (NEW.repository_id, NEW.digest, NEW.name, NEW.accompanies, CAST(unixepoch('subsec') * 1000 AS INTEGER)) ON CONFLICT DO NOTHING; END;
--> statement-breakpoint
CREATE TRIGGER signature_tag_deleted AFTER DELETE ON tags WHEN OLD.accompanies IS NOT NULL AND substr(OLD.name, 1, 7) = 'sha256-' AND substr(OLD.name, 72) = '.sig' BEGIN DELETE FROM signature_manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND tag = OLD.name; END;
--> statement-breakpoint
-- With a signature go its facts, and with the last fact of a signature its pin
CREATE TRIGGER signature_deleted AFTER DELETE ON signature_manifests WHEN NOT EXISTS (SELECT 1 FROM signature_manifests WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND subject = OLD.subject) BEGIN DELETE FROM signature_facts WHERE repository_id = OLD.repository_id AND digest = OLD.subject AND kind IN ('cosign', 'notation') AND source = OLD.digest; END;
--> statement-breakpoint
CREATE TRIGGER signature_fact_made AFTER INSERT ON signature_facts WHEN NEW.kind <> 'notary' BEGIN INSERT INTO pins (repository_id, kind, name, pinned_by) VALUES (NEW.repository_id, 'manifest', NEW.digest, NEW.kind || ' ' || NEW.source) ON CONFLICT DO NOTHING; END;
--> statement-breakpoint
CREATE TRIGGER signature_fact_gone AFTER DELETE ON signature_facts WHEN OLD.kind <> 'notary' AND NOT EXISTS (SELECT 1 FROM signature_facts WHERE repository_id = OLD.repository_id AND digest = OLD.digest AND kind = OLD.kind AND source = OLD.source) BEGIN DELETE FROM pins WHERE repository_id = OLD.repository_id AND kind = 'manifest' AND name = OLD.digest AND pinned_by = OLD.kind || ' ' || OLD.source; END;
--> statement-breakpoint
-- What changes of keys, of roots and of content mean for signatures that are here
CREATE TRIGGER signed_image_pushed AFTER INSERT ON manifests WHEN EXISTS (SELECT 1 FROM signature_manifests WHERE repository_id = NEW.repository_id AND subject = NEW.digest AND waits_for = 'content') BEGIN UPDATE signature_manifests SET checked_revision = -1 WHERE repository_id = NEW.repository_id AND subject = NEW.digest AND waits_for = 'content'; END;
--> statement-breakpoint
CREATE TRIGGER public_key_registered AFTER INSERT ON public_keys BEGIN INSERT INTO trust_revisions (id, revision, roots_revision) VALUES (1, 1, 0) ON CONFLICT (id) DO UPDATE SET revision = revision + 1; END;
--> statement-breakpoint
CREATE TRIGGER public_key_deleted AFTER DELETE ON public_keys BEGIN INSERT INTO forgotten_keys (fingerprint) VALUES (OLD.fingerprint) ON CONFLICT DO NOTHING; END;
--> statement-breakpoint
CREATE TRIGGER trust_root_added AFTER INSERT ON trust_roots BEGIN INSERT INTO trust_revisions (id, revision, roots_revision) VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET roots_revision = revision + 1, revision = revision + 1; END;
--> statement-breakpoint
CREATE TRIGGER trust_root_replaced AFTER UPDATE ON trust_roots BEGIN INSERT INTO trust_revisions (id, revision, roots_revision) VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET roots_revision = revision + 1, revision = revision + 1; END;
--> statement-breakpoint
CREATE TRIGGER trust_root_removed AFTER DELETE ON trust_roots BEGIN INSERT INTO trust_revisions (id, revision, roots_revision) VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET roots_revision = revision + 1, revision = revision + 1; END;
--> statement-breakpoint
-- The signatures that are here already
INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) SELECT repository_id, digest, '', subject, pushed_at FROM manifests WHERE subject IS NOT NULL AND ((artifact_type >= 'application/vnd.cncf.notary.signature' AND artifact_type < 'application/vnd.cncf.notary.signature~') OR (artifact_type >= 'application/vnd.dev.cosign.artifact.sig.' AND artifact_type < 'application/vnd.dev.cosign.artifact.sig.~') OR (artifact_type >= 'application/vnd.dev.sigstore.bundle.' AND artifact_type < 'application/vnd.dev.sigstore.bundle.~')) ON CONFLICT DO NOTHING;
--> statement-breakpoint
INSERT INTO signature_manifests (repository_id, digest, tag, subject, seen_at) SELECT repository_id, digest, name, accompanies, updated_at FROM tags WHERE accompanies IS NOT NULL AND substr(name, 1, 7) = 'sha256-' AND substr(name, 72) = '.sig' ON CONFLICT DO NOTHING;
