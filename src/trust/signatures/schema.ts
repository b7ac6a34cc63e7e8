/** What signatures say of images. */
import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { manifests } from '../../db/content/schema.ts'
import { repositories } from '../../db/repositories/schema.ts'
import type { Digest } from '../../names.ts'

const repositoryId = () =>
  integer('repository_id')
    .notNull()
    .references(() => repositories.id, { onDelete: 'cascade' })

/**
 * Signatures of cosign and notation, by the manifests that carry them. Triggers on `manifests` and `tags` keep the rows,
 * so that each signature is checked sooner or later, also when the push that brought it failed to. With a row go the
 * facts that its signature made.
 */
export const signatureManifests = sqliteTable(
  'signature_manifests',
  {
    repositoryId: repositoryId(),
    /** Of the manifest that carries the signature. */
    digest: text().$type<Digest>().notNull(),
    /** The tag by which cosign 2 finds it, such as `sha256-<hex>.sig`; empty for a referrer. */
    tag: text().notNull(),
    /** What is said to be signed: as the tag says, or the manifest. */
    subject: text().$type<Digest>().notNull(),
    seenAt: integer('seen_at').notNull(),
    /** `trust_revisions.revision` as of the last check; -1 before the first. */
    checkedRevision: integer('checked_revision').notNull().default(-1),
    /** What a further fact waits for: a key or a root that is not registered, or a content that is not here. */
    waitsFor: text('waits_for', { enum: ['trust', 'content'] }),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.digest, table.tag] }),
    foreignKey({
      columns: [table.repositoryId, table.digest],
      foreignColumns: [manifests.repositoryId, manifests.digest],
    }).onDelete('cascade'),
    index('signature_manifests_by_revision').on(table.checkedRevision),
    index('signature_manifests_waiting')
      .on(table.waitsFor, table.checkedRevision)
      .where(sql`waits_for IS NOT NULL`),
    index('signature_manifests_without_content')
      .on(table.repositoryId, table.subject)
      .where(sql`waits_for = 'content'`),
  ],
)

/** Counts the changes of what signatures are checked against. Triggers write its one row, at the first change. */
export const trustRevisions = sqliteTable('trust_revisions', {
  id: integer().primaryKey(),
  /** Grows with each new public key and each change of the trust roots. */
  revision: integer().notNull(),
  /** The revision of the last change of the trust roots, after which every signature is checked again. */
  rootsRevision: integer('roots_revision').notNull(),
})

/** Public keys that were deleted, until a job has deleted what they signed. */
export const forgottenKeys = sqliteTable('forgotten_keys', { fingerprint: text().primaryKey() })

/**
 * "Digest D is signed by key K, seen at time T": what all kinds of signatures come down to. Triggers pin the image
 * while a signature of cosign or notation has a fact.
 */
export const signatureFacts = sqliteTable(
  'signature_facts',
  {
    repositoryId: repositoryId(),
    digest: text().$type<Digest>().notNull(),
    kind: text({ enum: ['notary', 'cosign', 'notation'] }).notNull(),
    /** `<collection id>/<role>` for Notary; otherwise the digest of the manifest that carries the signature. */
    source: text().notNull(),
    /** The tag that Notary's target names; empty for other kinds. */
    name: text().notNull(),
    /** Of the key; empty for a keyless identity, which has another key each time. */
    fingerprint: text().notNull(),
    /** Of a certificate; empty for a bare key. */
    issuer: text().notNull(),
    subject: text().notNull(),
    signedAt: integer('signed_at').notNull(),
    /** The signer's own end of the signature, at which the fact is none any more; null without one. */
    expiresAt: integer('expires_at'),
  },
  (table) => [
    primaryKey({
      columns: [
        table.repositoryId,
        table.digest,
        table.kind,
        table.source,
        table.name,
        table.fingerprint,
        table.issuer,
        table.subject,
      ],
    }),
    index('signature_facts_by_source').on(table.repositoryId, table.source),
    index('signature_facts_by_name')
      .on(table.repositoryId, table.name)
      .where(sql`name <> ''`),
    index('signature_facts_by_fingerprint')
      .on(table.fingerprint)
      .where(sql`kind <> 'notary'`),
    index('signature_facts_by_expiry')
      .on(table.expiresAt)
      .where(sql`expires_at IS NOT NULL`),
  ],
)
