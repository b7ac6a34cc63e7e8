-- A restore must not silently give back the user of a provider who was unlinked from an account.
CREATE TRIGGER identity_revoked AFTER DELETE ON identities BEGIN INSERT INTO revocations (kind, subject, account_id, label, at) VALUES ('identity', OLD.subject, OLD.account_id, OLD.provider || ' ' || OLD.name, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
--> statement-breakpoint
-- What a sync did to a vanished user, a sync may take back, but not what was decided since.
CREATE TRIGGER account_status_is_decided AFTER UPDATE OF is_active ON accounts WHEN OLD.is_active <> NEW.is_active BEGIN UPDATE identities SET vanished_at = NULL WHERE account_id = NEW.id AND vanished_at IS NOT NULL; END;
