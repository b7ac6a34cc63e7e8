/** Repositories, the grants of teams on them, and the words that find them. */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { AccountName, RepositoryName } from '../../names.ts'
import { accounts, teams } from '../accounts/schema.ts'

export const repositories = sqliteTable(
  'repositories',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    name: text().$type<RepositoryName>().notNull().unique(),
    createdAt: integer('created_at').notNull(),
    /**
     * The first part of the name (the trigger `repositories_namespace` fills it for a statement that leaves it out). The
     * foreign key refuses a repository in a namespace without an account, and the deletion of an account that still has
     * repositories.
     */
    namespace: text()
      .$type<AccountName>()
      .references(() => accounts.name),
    visibility: text({ enum: ['public', 'private'] })
      .notNull()
      .default('private'),
    shortDescription: text('short_description').notNull().default(''),
    longDescription: text('long_description').notNull().default(''),
    immutableTags: integer('immutable_tags', { mode: 'boolean' }).notNull().default(false),
    /** How many tags it may have; the oldest go first, and zero means no limit. */
    tagLimit: integer('tag_limit').notNull().default(0),
    /** Whether pulls demand signatures: 0 no, 1 refusals are only reported, 2 yes. The trust capability decides it. */
    demandsSignatures: integer('demands_signatures').notNull().default(0),
    pulls: integer().notNull().default(0),
    pushes: integer().notNull().default(0),
    /**
     * The name of a deleted repository, whose rows a job deletes (see `db/repositories/repository-deletion.ts`); null for
     * all others. `name` is then none that a client can send, `namespace` is null and `visibility` private.
     */
    deletedName: text('deleted_name').$type<RepositoryName>(),
  },
  (table) => [
    index('repositories_deleted')
      .on(table.id)
      .where(sql`deleted_name IS NOT NULL`),
    index('repositories_by_namespace').on(table.namespace),
    index('repositories_public')
      .on(table.name)
      .where(sql`visibility = 'public'`),
  ],
)

/**
 * The words of a repository's name, and the ends of its path with several parts (`backend/api` of `acme/backend/api`),
 * for the search, with what decides who finds them. Triggers write them.
 */
export const repositoryWords = sqliteTable(
  'repository_words',
  {
    word: text().notNull(),
    repositoryId: integer('repository_id')
      .notNull()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    namespace: text().$type<AccountName>().notNull(),
    isPublic: integer('is_public', { mode: 'boolean' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.word, table.repositoryId] }),
    index('repository_words_by_repository').on(table.repositoryId),
    index('repository_words_by_namespace').on(table.namespace, table.word),
    index('repository_words_public')
      .on(table.word, table.repositoryId)
      .where(sql`is_public = 1`),
  ],
)

/** The level of a team on one repository of its organization. */
export const repositoryGrants = sqliteTable(
  'repository_grants',
  {
    repositoryId: integer('repository_id')
      .notNull()
      .references(() => repositories.id, { onDelete: 'cascade' }),
    teamId: text('team_id')
      .notNull()
      .references(() => teams.id, { onDelete: 'cascade' }),
    /** See `access-levels.ts`. */
    rank: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repositoryId, table.teamId] }),
    index('repository_grants_by_team').on(table.teamId, table.repositoryId),
  ],
)
