/** Trust data: collections of signed metadata, the keys that the server holds, and what signatures say of images. */
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Digest } from '../names.ts'
import { accounts } from '../db/accounts/schema.ts'
import { manifests, segments } from '../db/content/schema.ts'
import { repositories } from '../db/repositories/schema.ts'

const repositoryId = () =>
  integer('repository_id')
    .notNull()
    .references(() => repositories.id, { onDelete: 'cascade' })
const collectionId = () =>
  integer('collection_id')
    .notNull()
    .references(() => trustCollections.id, { onDelete: 'cascade' })

/**
 * The trust data of one GUN. It belongs to the id of a repository, so a later repository of the same name never
 * inherits it. The row stays when the trust data is deleted: numbering continues, and old keys still sign.
 */
export const trustCollections = sqliteTable(
  'trust_collections',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    repositoryId: repositoryId(),
    /** `<host>/<repository>`; one repository may have several, by the hosts that it is known under. */
    gun: text().notNull(),
    /** The highest version ever, also of deleted trust data: clients refuse a timestamp that goes back. */
    timestampVersion: integer('timestamp_version').notNull().default(0),
    snapshotVersion: integer('snapshot_version').notNull().default(0),
    /** False before the first publication and after a deletion. */
    isPublished: integer('is_published', { mode: 'boolean' }).notNull().default(false),
    /** Grows with each change of the metadata: a publication compares and sets it. */
    revision: integer().notNull().default(0),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [uniqueIndex('trust_collections_by_gun').on(table.repositoryId, table.gun)],
)

/** One version of one role, with the exact bytes that were uploaded. */
export const trustMetadata = sqliteTable(
  'trust_metadata',
  {
    collectionId: collectionId(),
    role: text().notNull(),
    version: integer().notNull(),
    /** In hexadecimal digits, of the stored bytes. */
    sha256: text().notNull(),
    /** The document as text (JSON is UTF-8); null for one that is too long for a row. */
    body: text(),
    /** Where R2 has a document that is too long for a row. The trigger `trust_metadata_deleted` gives it up. */
    segmentKey: text('segment_key').references(() => segments.key),
    sizeBytes: integer('size_bytes').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.collectionId, table.role, table.version] }),
    index('trust_metadata_by_sha256').on(table.collectionId, table.role, table.sha256),
    index('trust_metadata_by_segment')
      .on(table.segmentKey)
      .where(sql`segment_key IS NOT NULL`),
  ],
)

/**
 * Until when the current documents of a collection hold, as their signers say. A timestamp or snapshot that the registry
 * signs again before it expires has no row. A missing row never refuses anything.
 */
export const trustExpiries = sqliteTable(
  'trust_expiries',
  {
    collectionId: collectionId(),
    role: text().notNull(),
    /** Null for a root whose collection is older than this table, until the job `trust_facts` has read its documents. */
    expiresAt: integer('expires_at'),
  },
  (table) => [
    primaryKey({ columns: [table.collectionId, table.role] }),
    index('trust_expiries_by_time').on(table.collectionId, table.expiresAt),
    index('trust_expiries_unknown')
      .on(table.collectionId)
      .where(sql`expires_at IS NULL`),
  ],
)

/** Keys of the roles `timestamp` and `snapshot` that the server holds. A key that was ever used stays. */
export const trustKeys = sqliteTable(
  'trust_keys',
  {
    collectionId: collectionId(),
    /** TUF's key id, which clients know it by. */
    keyId: text('key_id').notNull(),
    role: text({ enum: ['timestamp', 'snapshot'] }).notNull(),
    /** The DER SubjectPublicKeyInfo in base64. */
    publicKey: text('public_key').notNull(),
    /** The private key, encrypted under a key derived from the secret of the registry. */
    sealedPrivate: text('sealed_private').notNull(),
    /** Names the secret that it was encrypted under, without telling anything about it. */
    sealedWith: text('sealed_with').notNull(),
    createdAt: integer('created_at').notNull(),
    /** Null until its first signature: until then it is the pending key of its role. */
    usedAt: integer('used_at'),
  },
  (table) => [
    primaryKey({ columns: [table.collectionId, table.keyId] }),
    uniqueIndex('trust_keys_pending')
      .on(table.collectionId, table.role)
      .where(sql`used_at IS NULL`),
    index('trust_keys_by_secret').on(table.sealedWith),
  ],
)

/** A private key as it is stored. */
export type SealedPrivate = Pick<typeof trustKeys.$inferSelect, 'sealedPrivate' | 'sealedWith'>

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

/** The changefeed: a row for each timestamp that was stored, and for each deletion. */
export const trustChanges = sqliteTable(
  'trust_changes',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    createdAt: integer('created_at').notNull(),
    /** Null once the repository is deleted. */
    repositoryId: integer('repository_id').references(() => repositories.id, { onDelete: 'set null' }),
    gun: text().notNull(),
    /** Of the timestamp; zero for a deletion. */
    version: integer().notNull(),
    /** Of the timestamp; empty for a deletion. */
    sha256: text().notNull(),
    category: text({ enum: ['update', 'deletion'] }).notNull(),
  },
  (table) => [
    index('trust_changes_by_gun').on(table.gun, table.id),
    index('trust_changes_by_repository').on(table.repositoryId, table.id),
  ],
)

/**
 * Numbers for monitoring systems, so that none is counted when it is asked for: published collections, publications, and
 * pulls that a policy refused. Triggers keep them, the second one aside.
 */
export const trustCounts = sqliteTable('trust_counts', {
  name: text({ enum: ['collections', 'publications', 'refusals'] }).primaryKey(),
  count: integer().notNull(),
})

/** Public keys of users, by which signatures are theirs. */
export const publicKeys = sqliteTable(
  'public_keys',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** The SHA-256 of the DER SubjectPublicKeyInfo in hexadecimal digits: one key has one fingerprint in every format. */
    fingerprint: text().notNull(),
    /** PEM, as it was registered. */
    publicKey: text('public_key').notNull(),
    label: text().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('public_keys_by_account').on(table.accountId, table.fingerprint),
    index('public_keys_by_fingerprint').on(table.fingerprint),
  ],
)

/** Identities without a key of their own: of sigstore's certificates, and subjects of X.509 trust stores. */
export const signerIdentities = sqliteTable(
  'signer_identities',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** An OIDC issuer, or `x509:<trust root>`. */
    issuer: text().notNull(),
    /** A pattern, in which `*` stands for any characters. */
    subject: text().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('signer_identities_by_account').on(table.accountId, table.issuer, table.subject),
    index('signer_identities_by_issuer').on(table.issuer),
  ],
)

/** Roots that an administrator trusts: sigstore's trusted roots, and X.509 trust stores of notation. */
export const trustRoots = sqliteTable('trust_roots', {
  name: text().primaryKey(),
  kind: text({ enum: ['sigstore', 'x509'] }).notNull(),
  /** JSON of sigstore, or PEM. */
  document: text().notNull(),
  createdAt: integer('created_at').notNull(),
})

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

/**
 * What pulls demand, of one repository or of a namespace. Triggers keep `repositories.demands_signatures`, so that a
 * pull of anything else asks nothing.
 */
export const trustPolicies = sqliteTable(
  'trust_policies',
  {
    id: text().primaryKey(),
    repositoryId: integer('repository_id')
      .unique()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    namespaceId: text('namespace_id')
      .unique()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    mode: text({ enum: ['report', 'enforce'] }).notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  () => [check('trust_policies_of_one', sql`(repository_id IS NULL) <> (namespace_id IS NULL)`)],
)

/**
 * A team of which at least one member must have signed. Not a foreign key: the deletion of a team must not weaken a
 * policy, so its demand stays and nothing meets it until an administrator changes the policy.
 */
export const trustPolicyTeams = sqliteTable(
  'trust_policy_teams',
  {
    policyId: text('policy_id')
      .notNull()
      .references(() => trustPolicies.id, { onDelete: 'cascade' }),
    teamId: text('team_id').notNull(),
    /** For the sentence of a refusal. */
    teamName: text('team_name').notNull(),
  },
  (table) => [primaryKey({ columns: [table.policyId, table.teamId] })],
)
