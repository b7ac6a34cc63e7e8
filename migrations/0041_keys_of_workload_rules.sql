ALTER TABLE `workload_rules` ADD `key_set` text;
