CREATE TABLE `trust_counts` ( `name` text PRIMARY KEY NOT NULL, `count` integer NOT NULL );
--> statement-breakpoint
INSERT OR REPLACE INTO trust_counts (name, count) SELECT 'collections', count(*) FROM trust_collections WHERE is_published = 1;
--> statement-breakpoint
-- What monitoring systems ask for every few seconds is kept, not counted
CREATE TRIGGER trust_collection_counted AFTER INSERT ON trust_collections WHEN NEW.is_published = 1 BEGIN INSERT INTO trust_counts (name, count) VALUES ('collections', 1) ON CONFLICT (name) DO UPDATE SET count = count + 1; END;
--> statement-breakpoint
CREATE TRIGGER trust_collection_recounted AFTER UPDATE OF is_published ON trust_collections WHEN NEW.is_published <> OLD.is_published BEGIN INSERT INTO trust_counts (name, count) VALUES ('collections', NEW.is_published - OLD.is_published) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count; END;
--> statement-breakpoint
CREATE TRIGGER trust_collection_uncounted AFTER DELETE ON trust_collections WHEN OLD.is_published = 1 BEGIN UPDATE trust_counts SET count = count - 1 WHERE name = 'collections'; END;
--> statement-breakpoint
CREATE TRIGGER trust_refusal_counted AFTER INSERT ON events WHEN NEW.type = 'FAIL' AND NEW.object_type IN ('tag', 'manifest') BEGIN INSERT INTO trust_counts (name, count) VALUES ('refusals', NEW.content ->> 'count') ON CONFLICT (name) DO UPDATE SET count = count + excluded.count; END;
--> statement-breakpoint
CREATE TRIGGER trust_refusal_recounted AFTER UPDATE OF content ON events WHEN NEW.type = 'FAIL' AND NEW.object_type IN ('tag', 'manifest') BEGIN UPDATE trust_counts SET count = count + (NEW.content ->> 'count') - (OLD.content ->> 'count') WHERE name = 'refusals'; END;
