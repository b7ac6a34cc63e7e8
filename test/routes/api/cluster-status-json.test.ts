import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Alert } from '../../../src/capability.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { databaseBytes, largestDatabaseBytes } from '../../../src/db/size.ts'
import { alertsOf } from '../../../src/routes/api/cluster-status-json.ts'
import { look } from '../../support/replicas.ts'

describe('the alerts', () => {
  it('tell of a database that is nearly full from 80 % on, and that it is critical from 95 % on', async () => {
    const view = await look()
    const mode = { on: false, reason: '', until: undefined, by: '' } as const
    const alertAt = (share: number): Alert | undefined =>
      alertsOf({ view, mode, pullsWithoutMajority: true, databaseBytes: share * largestDatabaseBytes }).find(
        ({ id }) => id === 'database_size',
      )
    expect(alertAt(0.799)).toBeUndefined()
    expect(alertAt(0.8)).toMatchObject({
      class: 'warning',
      message: expect.stringContaining('The database holds 8.0 GB of the 10 GB that D1 takes'),
    })
    expect(alertAt(0.949)).toMatchObject({ class: 'warning' })
    expect(alertAt(0.95)).toMatchObject({ class: 'critical' })
  })
})

it('the size of the database is what D1 says, and grows with what it holds', async () => {
  const db = openDatabase(env.DB)
  const before = await databaseBytes(db)
  expect(before).toBeGreaterThan(0)
  await env.DB.prepare("INSERT INTO settings (name, value) VALUES ('x', hex(zeroblob(500000)))").run()
  expect(await databaseBytes(db)).toBeGreaterThan(before)
})
