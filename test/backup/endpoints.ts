import type { CapabilityEndpoints } from '../support/capability-endpoints.ts'

export const capabilityEndpoints: CapabilityEndpoints = {
  endpoints: {
    // `asked`: the recovery secret is enough.
    'GET /api/v0/backups': { answers: ['asked', 403, 403] },
    'POST /api/v0/backups': { answers: [401, 403, 403], isDecisive: true },
    'GET /api/v0/backups/:backupID/proof': { answers: [401, 403, 403] },
    'POST /api/v0/backups/:backupID/proof': { answers: [401, 403, 403], isDecisive: true },
    'POST /api/v0/backups/:backupID/verification': { answers: [401, 403, 403], isDecisive: true },
    'POST /api/v0/backups/prune': { answers: [401, 403, 403], body: {}, isDecisive: true },
    'POST /api/v0/backups/:backupID/downloads': { answers: [401, 403, 403], isDecisive: true },
    'GET /api/v0/backups/:backupID/key': { answers: ['asked', 403, 403] },
    'PUT /api/v0/backups/:backupID/key': {
      answers: ['asked', 403, 403],
      body: { dataKey: '0'.repeat(64) },
      isDecisive: true,
    },
    'POST /api/v0/restores': { answers: ['asked', 403, 403], body: { backup: 'none' }, isDecisive: true },
    'GET /api/v0/restores/:restoreID': { answers: ['asked', 403, 403], isDecisive: true },
    'POST /api/v0/restores/:restoreID/slices': { answers: ['asked', 403, 403], isDecisive: true },
    'POST /api/v0/backups/:backupID/repositories': {
      answers: [401, 403, 403],
      body: { repository: 'acme/app' },
      isDecisive: true,
    },
  },
  middlewares: ['/* flushAfterAnswer'],
  // A backup is in its bucket alone.
  withoutTables: [
    'GET /api/v0/backups/:backupID/key',
    'GET /api/v0/backups/:backupID/object',
    'GET /api/v0/backups/:backupID/objects',
    'GET /api/v0/backups/:backupID/proof',
    'POST /api/v0/backups/:backupID/downloads',
    'POST /api/v0/backups/:backupID/proof',
    'POST /api/v0/backups/:backupID/repositories',
    'POST /api/v0/backups/:backupID/verification',
    'POST /api/v0/restores',
    'POST /api/v0/restores/:restoreID/slices',
    'PUT /api/v0/backups/:backupID/key',
  ],
  // For the holder of a ticket, and not for an account.
  open: ['GET /api/v0/backups/:backupID/objects', 'GET /api/v0/backups/:backupID/object'],
  names: {
    backupID: ['0e4f7a52-6a0b-4f53-8d5c-6d1f2f0a9b13', '1e4f7a52-6a0b-4f53-8d5c-6d1f2f0a9b14'],
    restoreID: ['0e4f7a52-6a0b-4f53-8d5c-6d1f2f0a9b11', '1e4f7a52-6a0b-4f53-8d5c-6d1f2f0a9b12'],
  },
  prepare: (db) => [
    db.prepare(
      `INSERT INTO restoration (id, restore_id, backup_id, begun_by, begun_at, token_hash, tables_are_away, wanted, progress,
         lease_holder, lease_until)
       VALUES (1, '0e4f7a52-6a0b-4f53-8d5c-6d1f2f0a9b11', 'none', '', 1, '', 0, '{"keepRevokedTokens":false,"keptKey":null}',
         '{"step":"load","loader":null,"fences":null,"revoked":{"after":null,"found":0,"lists":0,"unreadable":[]},"putBack":{"after":"","copying":null,"segments":0,"bytes":0,"missing":0},"content":{"after":"","compared":0,"missing":0},"images":{"after":[0,""],"searched":0,"lost":0,"lists":0}}',
         '', 0)`,
    ),
  ],
}
