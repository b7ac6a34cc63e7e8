/** The row of the cluster, the heartbeats of the replicas, and the gate for changes of content. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One row: where the Worker looks for the replicas. It follows what they decided, and never goes back. */
export const cluster = sqliteTable('cluster', {
  /** Always 1. */
  id: integer().primaryKey(),
  epoch: integer().notNull(),
  /** The version of the cluster state that decided these members: an older set never replaces a newer one. */
  version: integer().notNull(),
  /** JSON: `[{id, location}]`. */
  members: text().notNull(),
  /** JSON: the first version of the cluster state, with which every founder begins. */
  founding: text().notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  /** When its first replicas were first seen to work together; null until then, when their health does not count. */
  readyAt: integer('ready_at'),
})

/** The write by which each replica checks whether D1 takes writes. */
export const replicaHeartbeats = sqliteTable('replica_heartbeats', {
  id: text().primaryKey(),
  beatAt: integer('beat_at').notNull(),
})

/**
 * One row, which the triggers on all content read: closed is read-only. Written only with a fencing token of the
 * replicas that is higher than the one it has, so that a late writer can neither open nor close it.
 */
export const writeGate = sqliteTable('write_gate', {
  /** Always 1. */
  id: integer().primaryKey(),
  token: integer().notNull(),
  closed: integer({ mode: 'boolean' }).notNull(),
  /** The reason, shown to refused callers; empty if none was given. */
  reason: text().notNull(),
  /** It opens automatically at this time; null if an administrator must open it. */
  until: integer(),
  /** The account that closed it; empty for the registry itself. */
  by: text().notNull(),
  /** Set, within one transaction, by the one that may change content while it is closed. */
  passing: integer(),
})
