-- An account of a directory or of single sign-on has its password there: a second one here would outlive the user.
CREATE TRIGGER imported_account_has_no_password BEFORE UPDATE OF password_hash, is_imported ON accounts WHEN NEW.is_imported = 1 AND NEW.password_hash IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a directory or an OpenID provider keeps the password of this user: name another user'); END;
--> statement-breakpoint
CREATE TRIGGER imported_account_begins_without_password BEFORE INSERT ON accounts WHEN NEW.is_imported = 1 AND NEW.password_hash IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a directory or an OpenID provider keeps the password of this user: name another user'); END;
--> statement-breakpoint
-- A service account is a machine of one organization: no password, no user of a provider, no rights of an administrator.
CREATE TRIGGER service_account_begins_bare BEFORE INSERT ON service_accounts WHEN EXISTS (SELECT 1 FROM accounts WHERE id = NEW.account_id AND (password_hash IS NOT NULL OR is_admin = 1 OR is_imported = 1 OR is_organization = 1)) OR EXISTS (SELECT 1 FROM identities WHERE account_id = NEW.account_id) BEGIN SELECT RAISE(ABORT, 'this is the account of a user and cannot become a service account'); END;
--> statement-breakpoint
CREATE TRIGGER service_account_has_no_password BEFORE UPDATE OF password_hash, is_admin, is_imported ON accounts WHEN (NEW.password_hash IS NOT NULL OR NEW.is_admin = 1 OR NEW.is_imported = 1) AND EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which has no password and is no administrator: name a user'); END;
--> statement-breakpoint
CREATE TRIGGER service_account_has_no_identity BEFORE INSERT ON identities WHEN EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.account_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which is no user of a provider: name a user'); END;
--> statement-breakpoint
CREATE TRIGGER service_account_gets_no_identity BEFORE UPDATE OF account_id ON identities WHEN EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.account_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which is no user of a provider: name a user'); END;
--> statement-breakpoint
CREATE TRIGGER service_account_stays_in_organization BEFORE INSERT ON members WHEN EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.user_id AND (NEW.is_admin = 1 OR organization_id <> NEW.organization_id)) BEGIN SELECT RAISE(ABORT, 'this is a service account, which belongs to one organization and owns none: name a user'); END;
--> statement-breakpoint
CREATE TRIGGER service_account_owns_nothing BEFORE UPDATE OF is_admin ON members WHEN NEW.is_admin = 1 AND EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.user_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which belongs to one organization and owns none: name a user'); END;
--> statement-breakpoint
CREATE TRIGGER service_account_joins_teams_as_member BEFORE INSERT ON team_members WHEN NEW.is_admin = 1 AND EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.user_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which administers no team: name a user'); END;
--> statement-breakpoint
CREATE TRIGGER service_account_administers_no_team BEFORE UPDATE OF is_admin ON team_members WHEN NEW.is_admin = 1 AND EXISTS (SELECT 1 FROM service_accounts WHERE account_id = NEW.user_id) BEGIN SELECT RAISE(ABORT, 'this is a service account, which administers no team: name a user'); END;
