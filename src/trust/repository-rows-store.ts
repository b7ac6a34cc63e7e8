/** Trust data that hangs on repositories, as a deletion takes it. */
import { sql, type SQL } from 'drizzle-orm'
import type { RepositoryRows } from '../db/repositories/deleted-repositories.ts'

/** Selects the collections of repositories. Index: trust_collections_by_gun. */
const collectionsOf = (repositories: SQL): SQL =>
  sql`(SELECT id FROM trust_collections WHERE repository_id IN ${repositories})`

/**
 * The row of a collection, one for each of a few hosts, goes with its repository once it has no documents and no keys. Rows of
 * signatures go with their manifests. Index: signature_facts_by_source, trust_changes_by_repository,
 * trust_expiries_by_time. Key: signature_facts, trust_metadata, trust_expiries, trust_keys, trust_changes.
 */
export const trustRows: readonly RepositoryRows[] = [
  {
    // Key: signature_facts.
    of: (repositories) => sql`signature_facts WHERE repository_id IN ${repositories}`,
    release: (rowids) => sql`DELETE FROM signature_facts WHERE rowid IN ${rowids}`,
  },
  {
    // Key: trust_metadata.
    of: (repositories) => sql`trust_metadata WHERE collection_id IN ${collectionsOf(repositories)}`,
    release: (rowids) => sql`DELETE FROM trust_metadata WHERE rowid IN ${rowids}`,
    areLong: true,
  },
  {
    // Index: trust_expiries_by_time.
    of: (repositories) => sql`trust_expiries WHERE collection_id IN ${collectionsOf(repositories)}`,
    release: (rowids) => sql`DELETE FROM trust_expiries WHERE rowid IN ${rowids}`,
  },
  {
    // Key: trust_keys.
    of: (repositories) => sql`trust_keys WHERE collection_id IN ${collectionsOf(repositories)}`,
    release: (rowids) => sql`DELETE FROM trust_keys WHERE rowid IN ${rowids}`,
  },
  {
    // The changefeed still tells what happened. Index: trust_changes_by_repository.
    of: (repositories) => sql`trust_changes WHERE repository_id IN ${repositories}`,
    release: (rowids) => sql`UPDATE trust_changes SET repository_id = NULL WHERE rowid IN ${rowids}`,
  },
]
