-- A key that another account has registered too is not forgotten with the first of them
DROP TRIGGER public_key_deleted;
--> statement-breakpoint
CREATE TRIGGER public_key_deleted AFTER DELETE ON public_keys WHEN NOT EXISTS (SELECT 1 FROM public_keys WHERE fingerprint = OLD.fingerprint) BEGIN INSERT INTO forgotten_keys (fingerprint) VALUES (OLD.fingerprint) ON CONFLICT DO NOTHING; END;
