/** What the registry signs itself: its keys, and what it restates of Notary. */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { repositories } from '../../db/repositories/schema.ts'
import type { Digest } from '../../names.ts'
import { trustCollections } from '../notary/schema.ts'

const repositoryId = () =>
  integer('repository_id')
    .notNull()
    .references(() => repositories.id, { onDelete: 'cascade' })

/**
 * The registry's own keys. The highest generation signs. Of those before it the private half is gone; their rows stay, so
 * that what they signed is never taken for a signature of a user.
 */
export const registryKeys = sqliteTable('registry_keys', {
  generation: integer().primaryKey(),
  /** The SHA-256 of the DER SubjectPublicKeyInfo in hexadecimal digits. */
  fingerprint: text().notNull().unique(),
  /** The DER SubjectPublicKeyInfo in base64. */
  publicKey: text('public_key').notNull(),
  /** Self-signed, DER in base64. */
  certificate: text().notNull(),
  /** The private key and the secret that it was encrypted under, as in `trust_keys`; empty when it is gone. */
  sealedPrivate: text('sealed_private').notNull(),
  sealedWith: text('sealed_with').notNull(),
  createdAt: integer('created_at').notNull(),
})

/**
 * Collections in which the registry may be a delegate, and when it looks at each again. Publications, changes of facts
 * (by triggers) and events make a row due.
 */
export const trustDelegates = sqliteTable(
  'trust_delegates',
  {
    collectionId: integer('collection_id')
      .primaryKey()
      .references(() => trustCollections.id, { onDelete: 'cascade' }),
    /** Grows with each change that a look has to see. */
    changes: integer().notNull().default(1),
    /** Zero while there is a change that no look has seen. */
    dueAt: integer('due_at').notNull().default(0),
    /** What the last look has found in the way; null for nothing. */
    problem: text({
      enum: [
        'snapshot-key',
        'no-own-role',
        'key-replaced',
        'threshold',
        'releases-unsigned',
        'releases-expired',
        'unreadable',
        'refused',
      ],
    }),
  },
  (table) => [
    index('trust_delegates_due').on(table.dueAt),
    index('trust_delegates_stuck')
      .on(table.problem)
      .where(sql`problem IS NOT NULL`),
  ],
)

/** Repositories with trust data, and how far what is signed in them is restated. Triggers write the rows. */
export const bridgedRepositories = sqliteTable(
  'bridged_repositories',
  {
    repositoryId: integer('repository_id')
      .primaryKey()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    /** When the job compares the repository next, if nothing changes until then; null for never. */
    dueAt: integer('due_at'),
    /** Grows with each change, so that a comparison which met one is repeated. */
    changes: integer().notNull().default(0),
    /** `bridgeState` (`restatement-store.ts`) as of the last comparison; empty before the first. */
    comparedIn: text('compared_in').notNull().default(''),
  },
  (table) => [
    index('bridged_repositories_due')
      .on(table.dueAt)
      .where(sql`due_at IS NOT NULL`),
    index('bridged_repositories_by_state').on(table.comparedIn),
  ],
)

/**
 * What Notary signs, restated with the registry's own key. A row is written before its manifest, with all that its bytes
 * are made of, so that a repeated job makes the same bytes. A trigger deletes it with its manifest.
 */
export const restatements = sqliteTable(
  'restatements',
  {
    repositoryId: repositoryId(),
    /** The image that is signed. */
    subject: text().$type<Digest>().notNull(),
    kind: text({ enum: ['cosign', 'notation'] }).notNull(),
    /** The fingerprint of the registry's key. */
    signedWith: text('signed_with').notNull(),
    signedAt: integer('signed_at').notNull(),
    /** r and s, in base64. */
    signature: text().notNull(),
    /** Of the manifest that carries the signature. */
    digest: text().$type<Digest>().notNull(),
    isStored: integer('is_stored', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.subject, table.kind, table.signedWith] }),
    index('restatements_by_digest').on(table.repositoryId, table.digest),
  ],
)
