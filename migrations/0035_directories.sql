CREATE TABLE `directories` ( `id` integer PRIMARY KEY NOT NULL, `document` text NOT NULL, `sealed` text NOT NULL, `sealed_with` text NOT NULL, `updated_at` integer NOT NULL );
