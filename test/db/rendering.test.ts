import { sql } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'
import { describe, expect, it } from 'vitest'
import { segments } from '../../src/db/content/schema.ts'
import { render } from '../../src/db/rendering.ts'

const nested = sql`EXISTS (SELECT 1 FROM blobs WHERE digest = ${'b'} AND size_bytes > ${0})`

const statements = {
  'of text alone': sql`SELECT 1`,
  'with values of each kind': sql`SELECT ${'text'}, ${''}, ${1.5}, ${0}, ${null}`,
  'with a statement in a statement, and values around it': sql`SELECT ${1} WHERE ${sql`NOT ${nested}`} AND ${'c'} = ${nested}`,
  'with joined parts': sql`UPDATE t SET ${sql.join([sql`a = ${1}`, sql`b = ${2}`], sql`, `)} WHERE c = ${3}`,
  'with raw text': sql`SELECT ${sql.raw("'?'")}, ${4}`,
  'with nothing at all': sql.empty(),
  'with a column after a value': sql`DELETE FROM segments WHERE ${'k'} = ${segments.key} AND ${nested}`,
  'with a table deep inside': sql`SELECT ${1} WHERE EXISTS (${sql`SELECT ${2} FROM ${segments}`})`,
  'with a list': sql`SELECT 1 WHERE ${1} IN ${[2, 3]}`,
}

describe('a statement', () => {
  it.each(Object.entries(statements))('%s is rendered as drizzle renders it', (_, statement) => {
    const { sql: text, params: parameters } = new SQLiteAsyncDialect().sqlToQuery(statement)
    expect(render(statement)).toEqual({ text, parameters })
  })
})
