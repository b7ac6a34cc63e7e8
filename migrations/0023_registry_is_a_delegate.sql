CREATE TABLE `trust_delegates` ( `collection_id` integer PRIMARY KEY NOT NULL, `changes` integer DEFAULT 1 NOT NULL, `due_at` integer DEFAULT 0 NOT NULL, `problem` text, FOREIGN KEY (`collection_id`) REFERENCES `trust_collections`(`id`) ON UPDATE no action ON DELETE cascade );
--> statement-breakpoint
CREATE INDEX `trust_delegates_due` ON `trust_delegates` (`due_at`);
--> statement-breakpoint
CREATE INDEX `trust_delegates_stuck` ON `trust_delegates` (`problem`) WHERE problem IS NOT NULL;
--> statement-breakpoint
-- What signatures of cosign and notation prove decides what the registry signs as a delegate
CREATE TRIGGER delegate_fact_made AFTER INSERT ON signature_facts WHEN NEW.kind <> 'notary' BEGIN UPDATE trust_delegates SET changes = changes + 1, due_at = 0 WHERE collection_id IN (SELECT id FROM trust_collections WHERE repository_id = NEW.repository_id); END;
--> statement-breakpoint
CREATE TRIGGER delegate_fact_gone AFTER DELETE ON signature_facts WHEN OLD.kind <> 'notary' BEGIN UPDATE trust_delegates SET changes = changes + 1, due_at = 0 WHERE collection_id IN (SELECT id FROM trust_collections WHERE repository_id = OLD.repository_id); END;
