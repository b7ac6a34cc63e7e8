import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { answerRequest } from '../../../src/answer.ts'
import type { Alert } from '../../../src/capability.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { databaseBytes, largestDatabaseBytes } from '../../../src/db/size.ts'
import { alertsOf } from '../../../src/routes/api/cluster-status-json.ts'
import { origin } from '../../support/client.ts'
import { databaseOfSize } from '../../support/intercepted-database.ts'
import { anAccount } from '../../support/people.ts'
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

  it('tell an administrator of the size that D1 says it has', async () => {
    await anAccount('root', 'password of root', true)
    const headers = { authorization: `Basic ${btoa('root:password of root')}` }
    const alertsOn = async (DB: D1Database): Promise<readonly Alert[]> => {
      const request = new Request(`${origin}/api/v0/meta/alerts`, { headers })
      const response = await answerRequest(request, { ...env, DB }, createExecutionContext())
      expect(response.status).toBe(200)
      const found = await response.json<readonly Alert[]>()
      return found.filter(({ id }) => id === 'database_size')
    }
    expect(await alertsOn(databaseOfSize(7.9e9))).toEqual([])
    expect(await alertsOn(databaseOfSize(8.1e9))).toMatchObject([
      { class: 'warning', message: expect.stringContaining('The database holds 8.1 GB of the 10 GB that D1 takes') },
    ])
  })
})

it('the size of the database is what D1 says, and grows with what it holds', async () => {
  const db = openDatabase(env.DB)
  const before = await databaseBytes(db)
  expect(before).toBeGreaterThan(0)
  await env.DB.prepare("INSERT INTO settings (name, value) VALUES ('x', hex(zeroblob(500000)))").run()
  expect(await databaseBytes(db)).toBeGreaterThan(before)
})
