CREATE TABLE `revocations` ( `id` integer PRIMARY KEY AUTOINCREMENT NOT NULL, `kind` text NOT NULL, `subject` text NOT NULL, `account_id` text NOT NULL, `label` text NOT NULL, `at` integer NOT NULL );
--> statement-breakpoint
-- Triggers, so that no path forgets one, and the cascade of a deleted account neither
CREATE TRIGGER token_deletion_revokes AFTER DELETE ON access_tokens WHEN OLD.is_active = 1 BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('token', OLD.hash, OLD.account_id, OLD.label, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
--> statement-breakpoint
CREATE TRIGGER token_rest_revokes AFTER UPDATE OF is_active ON access_tokens WHEN OLD.is_active = 1 AND NEW.is_active = 0 BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('token', OLD.hash, OLD.account_id, NEW.label, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
--> statement-breakpoint
CREATE TRIGGER account_deletion_revokes AFTER DELETE ON accounts BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('account-deleted', OLD.id, OLD.id, OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
--> statement-breakpoint
CREATE TRIGGER account_rest_revokes AFTER UPDATE OF is_active ON accounts WHEN OLD.is_active = 1 AND NEW.is_active = 0 BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('account-inactive', OLD.id, OLD.id, OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
--> statement-breakpoint
CREATE TRIGGER administrator_revoked AFTER UPDATE OF is_admin ON accounts WHEN OLD.is_admin = 1 AND NEW.is_admin = 0 BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('administrator', OLD.id, OLD.id, OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
--> statement-breakpoint
CREATE TRIGGER password_revoked AFTER UPDATE OF password_hash ON accounts WHEN OLD.password_hash IS NOT NULL AND NEW.password_hash IS NOT OLD.password_hash BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('password', OLD.id, OLD.id, OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
--> statement-breakpoint
CREATE TRIGGER public_key_revoked AFTER DELETE ON public_keys BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('public-key', OLD.fingerprint, OLD.account_id, OLD.label, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
--> statement-breakpoint
CREATE TRIGGER signer_revoked AFTER DELETE ON signer_identities BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('signer', OLD.id, OLD.account_id, OLD.issuer || ' ' || OLD.subject, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
--> statement-breakpoint
CREATE TRIGGER trust_root_revoked AFTER DELETE ON trust_roots BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('trust-root', OLD.name, '', OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
