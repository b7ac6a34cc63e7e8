-- A backup each night, unless the operator has another schedule. It can be deleted like any other
INSERT INTO crons (action, id, schedule, retries, capacity_map, parameters, deadline, stop_timeout, next_run) VALUES ('backup', 'daily-backup', '30 2 * * *', 0, '{}', '{}', '', '', unixepoch('now', 'start of day', '+1 day', '+2 hours', '+30 minutes') * 1000) ON CONFLICT (action) DO NOTHING;
