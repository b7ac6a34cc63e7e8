/** Rules by which workloads get in, and the tokens that they have shown. */
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const workloadRules = sqliteTable(
  'workload_rules',
  {
    /** A new one with each change: rights that the rule gave before end with it. */
    id: text().primaryKey(),
    name: text().notNull().unique('workload_rules_by_name'),
    issuer: text().notNull(),
    audience: text().notNull(),
    /** In CEL. */
    condition: text().notNull(),
    /** JSON: what it opens, each with the id of the namespace, so that the access ends with the namespace. */
    repositories: text().notNull(),
    level: text({ enum: ['read-only', 'read-write'] }).notNull(),
    /** JSON: the key set of an issuer that the registry cannot reach; null: the keys are those that the issuer publishes. */
    keySet: text('key_set'),
    enabled: integer({ mode: 'boolean' }).notNull(),
    /** A token may come again from another network than the first time. */
    anyNetwork: integer('any_network', { mode: 'boolean' }).notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** The last time that a new token got in; null: never yet. */
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [index('workload_rules_by_issuer').on(table.issuer, table.name)],
)

/** Tokens that got in, until they end: none is used twice, but for what clients do (see `uses.ts`). */
export const workloadUses = sqliteTable(
  'workload_uses',
  {
    /** The SHA-256 of the issuer and the id of the token. */
    token: text().primaryKey(),
    /** The network of its first use. */
    network: text().notNull(),
    firstUsedAt: integer('first_used_at').notNull(),
    usedAs: text('used_as', { enum: ['password', 'exchange'] }).notNull(),
    endsAt: integer('ends_at').notNull(),
  },
  (table) => [index('workload_uses_by_end').on(table.endsAt)],
)
