/** For tests of bounds: as much as may be sent, and one more. */
import { env } from 'cloudflare:workers'

export const text = (length: number): string => 'x'.repeat(length)

export const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item)

/** Whether no bound refuses it; whatever else may be wrong with it. */
export async function isWithin(answer: Promise<Response>): Promise<boolean> {
  const response = await answer
  const said = await response.text()
  if (response.status >= 500) throw new Error(`no bound was asked: ${response.status} ${said}`)
  return !(response.status === 400 && /Too big|at most|nested more|more than/.test(said))
}

export const withSql = async (sql: string, ...values: unknown[]): Promise<void> => {
  await env.DB.prepare(sql)
    .bind(...values)
    .run()
}

/** As many rows as wanted beside those of a table, by a SELECT from `n(i)`. */
export const insertMany = (count: number, sql: string, ...values: unknown[]): Promise<void> =>
  withSql(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) ${sql}`, ...values)
