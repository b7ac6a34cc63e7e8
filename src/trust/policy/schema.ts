/** Which keys, identities and roots count, and where signatures are demanded. */
import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from '../../db/accounts/schema.ts'
import { repositories } from '../../db/repositories/schema.ts'

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
