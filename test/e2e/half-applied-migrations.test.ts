/** A migration that something else has applied in part is completed from wherever that stopped, whatever the registry holds. */
import assert from 'node:assert/strict'
import type { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { statementsDone } from '../../scripts/deploy/migrations.ts'
import { contentOf, databaseAfter, execute, migrations, objectsOf, schemaOf } from './support/migrated-database.ts'
import { writtenMeanwhile } from './support/rows-of-releases.ts'

describe('A migration that was applied in part', () => {
  for (const [index, migration] of migrations.entries()) {
    const before = migrations.slice(0, index)
    const { name, statements } = migration

    const completesAlways = (meanwhile: readonly string[]): void => {
      const complete = databaseAfter(before, migration)
      execute(complete, [...meanwhile, ...statements])
      const whole = contentOf(complete)
      const database = databaseAfter(before, migration)
      for (const cut of [...statements.keys(), statements.length]) {
        database.exec('SAVEPOINT stopped')
        if (canWrite(database, meanwhile)) {
          const done = statementsDone(before, migration, schemaOf(database))
          assert.ok(done <= cut, `${done} of ${cut} statements are taken as done`)
          execute(database, statements.slice(done))
          assert.deepEqual([cut, contentOf(database)], [cut, whole])
        }
        database.exec('ROLLBACK TO stopped; RELEASE stopped')
        execute(database, statements.slice(cut, cut + 1))
      }
    }

    test(`${name} is completed from every statement at which it can stop`, () => {
      completesAlways([])
    })

    const meanwhile = writtenMeanwhile[name]
    if (meanwhile !== undefined) {
      test(`${name} is completed with what the Worker of before writes until then`, () => {
        completesAlways(meanwhile)
      })
    }

    test(`${name} has rows here for each of its statements that changes rows`, () => {
      const database = databaseAfter(before, migration)
      for (const statement of statements) {
        const { changes } = database.prepare(statement).run()
        if (/^(?:INSERT|UPDATE|DELETE|REPLACE|WITH)\b/.test(statement)) {
          assert.ok(changes > 0, `test/e2e/support/rows-of-releases.ts has no rows for: ${statement}`)
        }
      }
    })
  }

  test('is recognized in a database that was restored, whose tables had another name meanwhile', () => {
    const last = migrations.at(-1)
    assert.ok(last !== undefined)
    const before = migrations.slice(0, -1)
    const database = databaseAfter(before)
    const tables = objectsOf(database).filter(({ type }) => type === 'table')
    const triggers = database.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`).all()
    // As a restore does: while a table has another name, no trigger is there that SQLite would rewrite.
    for (const { name } of triggers) database.exec(`DROP TRIGGER "${String(name)}"`)
    for (const { name } of tables) database.exec(`ALTER TABLE "${name}" RENAME TO "restoring_${name}"`)
    for (const { name } of tables) database.exec(`ALTER TABLE "restoring_${name}" RENAME TO "${name}"`)
    for (const { sql } of triggers) database.exec(String(sql))
    assert.equal(statementsDone(before, last, schemaOf(database)), 0)
  })
})

/** Writes, unless the Worker of before can no longer: a table that it knows is gone. */
function canWrite(database: DatabaseSync, statements: readonly string[]): boolean {
  try {
    execute(database, statements)
    return true
  } catch (error) {
    assert.match(String(error), /no such table/)
    return false
  }
}
