ALTER TABLE `blobs` ADD `lost_at` integer;
