/**
 * What a backup does with each table: the core's are listed here, and a capability lists its own (`tables` in
 * `capability.ts`). `test/db/tables.test.ts` compares the lists with the database.
 *
 * Tables are read one after the other while the registry changes, so the order matters: a row is read before the rows
 * that it names. The README of this folder has the argument.
 */
import { lazily } from '../util/lazy.ts'
import type { Mending } from './restoration/mended.ts'

interface Restored {
  /** Loads what a restore does in SQL, which the declaration says in words. */
  readonly mending?: () => Promise<Mending>
}

/** A table whose rows a backup has. */
export interface ExportedTable extends Restored {
  readonly name: string
  /** The columns of a unique index, none of which is null: pages are read in its order. */
  readonly key: readonly string[]
  /** Set for a table that is read from the highest key down. */
  readonly isDescending?: true
  /**
   * Tables that are read after this one, as its rows name theirs: those of all foreign keys, but for `ON DELETE SET NULL`,
   * and those of what only the code knows. The table itself and the one that it is a part of need no mention.
   */
  readonly refersTo?: readonly string[]
  /**
   * The table whose rows these are parts of: written in one transaction, and wrong without each other. So they are read in
   * one transaction too. Its key is the beginning of the key of this table.
   */
  readonly partOf?: string
  /** What a restore does beside inserting the rows. */
  readonly atRestore?: string
}

/** A table whose rows a backup does not have. */
export interface LeftOutTable extends Restored {
  readonly name: string
  /** Why no backup needs its rows. */
  readonly leftOut: string
  /** What a restore does in place of inserting rows. */
  readonly atRestore: string
}

const loadMending = lazily(() => import('./restoration/mending.ts'))

export type TableDeclaration = ExportedTable | LeftOutTable

export const coreTables: readonly TableDeclaration[] = [
  // Accounts
  { name: 'accounts', key: ['id'] },
  { name: 'members', key: ['organization_id', 'user_id'], refersTo: ['accounts'] },
  { name: 'service_accounts', key: ['account_id'], refersTo: ['accounts'] },
  { name: 'teams', key: ['id'], refersTo: ['accounts'] },
  { name: 'team_members', key: ['team_id', 'user_id'], refersTo: ['members', 'teams'] },
  {
    name: 'access_tokens',
    key: ['hash'],
    refersTo: ['accounts'],
    atRestore: 'lists the tokens that were deleted or made inactive after the backup, and keeps them inactive',
  },
  { name: 'sessions', leftOut: 'sessions are short', atRestore: 'ends all sessions: users log in again' },
  { name: 'login_failures', leftOut: 'counts of guesses are short', atRestore: 'begins with no count' },
  { name: 'login_addresses', leftOut: 'each login brings its address', atRestore: 'begins with no address' },

  // Content
  {
    name: 'upload_sessions',
    leftOut: 'clients begin an interrupted upload again',
    atRestore: 'ends all uploads: the sweep deletes their segments',
  },
  // Segments only lose their blob in a garbage collection, which waits for the backup. Read earlier, they would lack those
  // of a blob that was pushed meanwhile.
  {
    name: 'blobs',
    key: ['digest'],
    refersTo: ['segments'],
    atRestore: 'marks a blob as lost whose segments do not add up to its size',
    mending: async () => (await loadMending()).blobs,
  },
  { name: 'segments', key: ['key'] },
  { name: 'repository_blobs', key: ['repository_id', 'digest'], refersTo: ['blobs', 'repositories'] },
  { name: 'manifests', key: ['repository_id', 'digest'], refersTo: ['blobs', 'repositories'] },
  {
    name: 'manifest_blobs',
    key: ['repository_id', 'manifest_digest', 'blob_digest'],
    partOf: 'manifests',
    refersTo: ['repository_blobs'],
  },
  { name: 'manifest_children', key: ['repository_id', 'manifest_digest', 'child_digest'], partOf: 'manifests' },
  { name: 'tags', key: ['repository_id', 'name'], refersTo: ['manifests'] },
  { name: 'pins', key: ['repository_id', 'kind', 'name', 'pinned_by'], refersTo: ['repositories'] },
  {
    name: 'namespace_tags',
    leftOut: 'triggers count tags',
    atRestore: 'counts the tags of each namespace',
    mending: async () => (await loadMending()).namespaceTags,
  },
  {
    name: 'namespace_manifests',
    leftOut: 'triggers count bytes',
    atRestore: 'sums the bytes of the manifests of each namespace',
    mending: async () => (await loadMending()).namespaceManifests,
  },

  // Repositories
  {
    name: 'repositories',
    key: ['id'],
    refersTo: ['accounts'],
    atRestore: 'inserts them with all their columns: the job goes on that deletes the rows of deleted ones',
  },
  { name: 'repository_grants', key: ['repository_id', 'team_id'], refersTo: ['repositories', 'teams'] },
  {
    name: 'repository_words',
    leftOut: 'triggers make words of names',
    atRestore: 'makes the words of the names',
    mending: async () => (await loadMending()).repositoryWords,
  },

  // Events
  { name: 'events', key: ['id'], atRestore: 'numbers new events above all that the backup knew of' },
  // A cursor must not be ahead of the events: its consumer would miss those that follow.
  { name: 'event_consumers', key: ['name'], refersTo: ['events'] },
  { name: 'parked_events', key: ['consumer', 'event_id'], partOf: 'event_consumers' },

  // Jobs and settings
  {
    name: 'jobs',
    key: ['id'],
    atRestore: 'cancels the unfinished ones',
    mending: async () => (await loadMending()).jobs,
  },
  { name: 'job_logs', key: ['job_id', 'line_number'], refersTo: ['jobs'] },
  { name: 'crons', key: ['action'] },
  { name: 'settings', key: ['name'] },

  // The cluster
  { name: 'cluster', leftOut: 'it tells of replicas that are gone', atRestore: 'begins a new epoch of replicas' },
  { name: 'replica_heartbeats', leftOut: 'each replica writes its own', atRestore: 'begins with none' },
  {
    name: 'write_gate',
    leftOut: 'its token is older than that of the replicas',
    atRestore: 'opens the gate with a token above the one of the backup',
  },
  {
    name: 'restoration',
    leftOut: 'it tells of the restoration of this database alone',
    atRestore: 'keeps it until the restoration is done, and then deletes its row',
  },
  {
    name: 'd1_migrations',
    leftOut: 'the backup names its schema',
    atRestore: 'makes that schema, and then migrates it',
  },
]

/** An exported table with its parts, which are read together. */
export interface Aggregate {
  readonly table: ExportedTable
  readonly parts: readonly ExportedTable[]
}

const isExported = (table: TableDeclaration): table is ExportedTable => 'key' in table

/**
 * Returns the aggregates in the order in which a backup reads them: each before those that its rows name. A restore
 * inserts them the other way round.
 *
 * @throws Error for a circle, which no order satisfies, and for a table that names an unknown one
 */
export function exportOrder(tables: readonly TableDeclaration[]): readonly Aggregate[] {
  const exported = tables.filter(isExported)
  const left = new Map(
    exported
      .filter(({ partOf }) => partOf === undefined)
      .map((table) => [table.name, { table, parts: exported.filter(({ partOf }) => partOf === table.name) }]),
  )
  const ownerOf = new Map(exported.map(({ name, partOf = name }) => [name, partOf]))
  const order: Aggregate[] = []
  while (left.size > 0) {
    const named = new Set([...left.values()].flatMap((aggregate) => namedBy(aggregate, ownerOf)))
    const next = [...left.values()].find(({ table }) => !named.has(table.name))
    if (next === undefined) throw new Error(`tables refer to each other in a circle: ${[...left.keys()].join(', ')}`)
    left.delete(next.table.name)
    order.push(next)
  }
  return order
}

/** Returns the tables of other aggregates that the rows of an aggregate name. */
function namedBy({ table, parts }: Aggregate, ownerOf: ReadonlyMap<string, string>): readonly string[] {
  const named = [table, ...parts].flatMap(({ name, refersTo = [] }) =>
    refersTo.map((other) => {
      const owner = ownerOf.get(other)
      if (owner === undefined) throw new Error(`the table ${name} refers to ${other}, which is not exported`)
      return owner
    }),
  )
  return named.filter((owner) => owner !== table.name)
}
