/** The rules by which workloads get in. Each function is one round trip to D1. */
import { sql, type SQL } from 'drizzle-orm'
import type { WorkloadHolder } from '../../db/access/rights.ts'
import { runBatch, type Database } from '../../db/database.ts'
import { recordEvent, type Attribution } from '../../db/events/events.ts'
import { mostWorkloadRules } from '../../limits.ts'
import type { AccountName, RepositoryName, WorkloadName } from '../../names.ts'

/** What a rule opens: a repository, or all of a namespace. */
export interface OpenedPlace {
  readonly namespace: AccountName
  readonly namespaceId: string
  /** Undefined for all repositories of the namespace. */
  readonly repository?: RepositoryName | undefined
}

export interface NewRule {
  readonly name: string
  readonly issuer: string
  readonly audience: string
  readonly condition: string
  readonly places: readonly OpenedPlace[]
  readonly level: 'read-only' | 'read-write'
  /** JSON: the key set of the issuer; undefined for the keys that it publishes. */
  readonly keySet: string | undefined
  readonly enabled: boolean
  readonly anyNetwork: boolean
}

export interface RuleRecord extends NewRule {
  readonly id: string
  readonly updatedAt: number
  readonly lastUsedAt: number | undefined
}

interface Row {
  id: string
  name: string
  issuer: string
  audience: string
  condition: string
  repositories: string
  level: 'read-only' | 'read-write'
  keySet: string | null
  enabled: number
  anyNetwork: number
  updatedAt: number
  lastUsedAt: number | null
}

const columns: SQL = sql`
  id, name, issuer, audience, condition, repositories, level, key_set AS keySet, enabled, any_network AS anyNetwork,
  updated_at AS updatedAt, last_used_at AS lastUsedAt`

const ruleOf = ({ repositories, keySet, enabled, anyNetwork, lastUsedAt, ...row }: Row): RuleRecord => ({
  ...row,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `putRule` alone writes this column
  places: JSON.parse(repositories) as OpenedPlace[],
  keySet: keySet ?? undefined,
  enabled: enabled === 1,
  anyNetwork: anyNetwork === 1,
  lastUsedAt: lastUsedAt ?? undefined,
})

/** Lists all rules by name. Index: workload_rules_by_name. */
export async function listRules(db: Database): Promise<RuleRecord[]> {
  const rows = await db.all<Row>(sql`SELECT ${columns} FROM workload_rules ORDER BY name`)
  return rows.map(ruleOf)
}

/** Lists the enabled rules of an issuer by name. Index: workload_rules_by_issuer. */
export async function rulesOfIssuer(db: Database, issuer: string): Promise<RuleRecord[]> {
  const rows = await db.all<Row>(sql`
    SELECT ${columns} FROM workload_rules WHERE issuer = ${issuer} AND enabled = 1 ORDER BY name`)
  return rows.map(ruleOf)
}

/** Finds a rule. Index: workload_rules_by_name. */
export async function findRule(db: Database, name: string): Promise<RuleRecord | undefined> {
  const [row] = await db.all<Row>(sql`SELECT ${columns} FROM workload_rules WHERE name = ${name}`)
  return row === undefined ? undefined : ruleOf(row)
}

/**
 * Finds the ids of the accounts that have the names.
 * Index: accounts_name_unique.
 */
export async function idsOfNamespaces(
  db: Database,
  names: readonly AccountName[],
): Promise<ReadonlyMap<AccountName, string>> {
  const rows = await db.all<{ name: AccountName; id: string }>(sql`
    SELECT accounts.name, accounts.id FROM json_each(${JSON.stringify(names)}) AS wanted
    CROSS JOIN accounts ON accounts.name = wanted.value`)
  return new Map(rows.map(({ name, id }) => [name, id]))
}

/** Matches if there is a rule of the name. Index: workload_rules_by_name. */
const isRule = (name: string): SQL => sql`EXISTS (SELECT 1 FROM workload_rules WHERE name = ${name})`

/**
 * Writes a rule in place of one of the same name, with its event. Rights that the earlier one gave end.
 * Index: workload_rules_by_name.
 *
 * @returns undefined if there are too many
 */
export async function putRule(
  db: Database,
  rule: NewRule,
  { by, now }: Attribution,
): Promise<{ readonly rule: RuleRecord; readonly isNew: boolean } | undefined> {
  const { name, places, keySet = null, ...said } = rule
  const isThere = isRule(name)
  const hasRoom = sql`(SELECT count(*) FROM workload_rules) < ${mostWorkloadRules}`
  const content = {
    kind: 'workload rule',
    ...said,
    repositories: places.map(patternOf),
    ...(keySet === null ? {} : { hasKeys: true }),
  }
  const event = { actor: by, objectType: 'access', objectId: name, objectName: name, content, now } as const
  const { created, written } = await runBatch(db, {
    created: recordEvent({ ...event, type: 'CREATE' }, sql`NOT ${isThere} AND ${hasRoom}`),
    updated: recordEvent({ ...event, type: 'UPDATE' }, isThere),
    written: sql<Row>`
      INSERT INTO workload_rules
        (id, name, issuer, audience, condition, repositories, level, key_set, enabled, any_network, updated_at)
      SELECT ${crypto.randomUUID()}, ${name}, ${rule.issuer}, ${rule.audience}, ${rule.condition},
        ${JSON.stringify(places)}, ${rule.level}, ${keySet}, ${Number(rule.enabled)}, ${Number(rule.anyNetwork)}, ${now}
      WHERE ${isThere} OR ${hasRoom}
      ON CONFLICT (name) DO UPDATE SET
        id = excluded.id, issuer = excluded.issuer, audience = excluded.audience, condition = excluded.condition,
        repositories = excluded.repositories, level = excluded.level, key_set = excluded.key_set,
        enabled = excluded.enabled,
        any_network = excluded.any_network, updated_at = excluded.updated_at
      RETURNING ${columns}`,
  })
  return written.first === undefined ? undefined : { rule: ruleOf(written.first), isNew: created.changes > 0 }
}

/** Deletes a rule, with its event. Index: workload_rules_by_name. @returns whether it was there */
export async function deleteRule(db: Database, name: string, { by, now }: Attribution): Promise<boolean> {
  const content = { kind: 'workload rule' }
  const event = {
    actor: by,
    type: 'DELETE',
    objectType: 'access',
    objectId: name,
    objectName: name,
    content,
    now,
  } as const
  const { deleted } = await runBatch(db, {
    event: recordEvent(event, isRule(name)),
    deleted: sql`DELETE FROM workload_rules WHERE name = ${name}`,
  })
  return deleted.changes === 1
}

/** Makes a workload the holder of rights, as long as its rule is what it was and enabled. Key: workload_rules. */
export const workloadHolder = ({ id, name }: { readonly id: string; readonly name: WorkloadName }): WorkloadHolder => ({
  id,
  name,
  isLetIn: sql`EXISTS (SELECT 1 FROM workload_rules WHERE id = ${id} AND enabled = 1)`,
})

/** Writes a place as a rule does: `acme/app`, or `acme/*` for all of a namespace. */
export const patternOf = ({ namespace, repository }: OpenedPlace): string => repository ?? `${namespace}/*`
