/** The statements of the sources with what their comments say, and the schema that the comments speak of. */
import { env } from 'cloudflare:workers'
import type { Plans } from './explaining.ts'
import {
  declarationsOf,
  findingsOf,
  unnamedWays,
  unusedWays,
  withoutPlan,
  type Finding,
  type Schema,
} from './statements.ts'

const sources = import.meta.glob<string>(
  [
    '../../src/db/**/*.ts',
    '../../src/*/*store.ts',
    '../../src/*/*/*store.ts',
    '!**/schema.ts',
    // A restore goes through whole tables while nothing is served; what its slices cost is tested by itself.
    '!**/mending.ts',
    '!**/mending-store.ts',
    '!../../src/backup/load/*.ts',
  ],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
)

export const declarations = Object.entries(sources).flatMap(([path, source]) =>
  declarationsOf(path.replace('../../', ''), source),
)

/** The tables and indexes of the test database, which all migrations have made. */
export async function schemaOfDatabase(): Promise<Schema> {
  const statement = `SELECT type, name, tbl_name AS tableName FROM sqlite_schema WHERE type IN ('table', 'index')`
  const { results } = await env.DB.prepare(statement).all<{ type: string; name: string; tableName: string }>()
  return {
    tables: new Set(results.filter(({ type }) => type === 'table').map(({ name }) => name)),
    tableOfIndex: new Map(
      results.filter(({ type }) => type === 'index').map(({ name, tableName }) => [name, tableName]),
    ),
  }
}

/** @param folder `src/db/`, for example */
export async function findingsIn(folder: string): Promise<{ findings: Finding[]; schema: Schema }> {
  const schema = await schemaOfDatabase()
  return { findings: findingsOf(declarations, schema).filter(({ place }) => place.startsWith(folder)), schema }
}

/** @returns what the comments of a folder say wrongly of these plans, which have to be those of all its statements */
export async function untruthsIn(folder: string, plans: Plans): Promise<string[]> {
  const { findings, schema } = await findingsIn('src/')
  const own = findings.filter(({ place }) => place.startsWith(folder))
  return [
    ...withoutPlan(own, plans).map((place) => `${place}: no plan`),
    ...unusedWays(own, schema, plans),
    ...unnamedWays(findings, schema, plans),
  ]
}
