/** What alerts and metrics tell of backups. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { alertsOf } from '../../../src/backup/standing/alerts.ts'
import { backupReadings } from '../../../src/backup/standing/readings.ts'
import { noBackups, readStanding, writeStanding } from '../../../src/backup/standing/standing.ts'
import { testContext } from '../../support/context.ts'
import { aPerson, type Ask } from '../../support/people.ts'
import { backUp } from '../support/making.ts'
import { standingBackup } from '../support/standing-backups.ts'

const hour = 3_600_000
const now = Date.UTC(2026, 11, 24, 12)
let root: Ask

beforeEach(async () => {
  root = (await aPerson('root', { isAdmin: true })).ask
})

const alertsAt = async (at: number, installedAt = 0): Promise<string[]> =>
  alertsOf({ standing: await readStanding(env.BACKUPS), within: '48h', installedAt, now: at }).map(({ id }) => id)

it('a registry has the time of the setting for its first proven backup', () => {
  const facts = { standing: noBackups, within: '48h', installedAt: now }
  expect(alertsOf({ ...facts, now: now + 48 * hour })).toEqual([])
  expect(alertsOf({ ...facts, now: now + 48 * hour + 1 })).toMatchObject([
    { id: 'no_recent_proven_backup', class: 'critical', message: expect.stringContaining('no backup was ever proven') },
  ])
})

it('the newest proven backup must not be too old, whatever is newer', async () => {
  await standingBackup({ id: 'old', createdAt: now - 47 * hour, state: 'proven' })
  await standingBackup({ id: 'new', createdAt: now - hour })
  await writeStanding(env.BACKUPS)
  expect(await alertsAt(now)).toEqual([])
  expect(await alertsAt(now + 2 * hour)).toEqual(['no_recent_proven_backup'])
})

it('a proof that failed is an alert with its finding until a newer backup is proven', async () => {
  await standingBackup({ id: 'b1', createdAt: now - 3 * hour, state: 'proven' })
  await standingBackup({
    id: 'b2',
    createdAt: now - 2 * hour,
    state: 'failed',
    findings: ['the part x is missing', 'more'],
  })
  await writeStanding(env.BACKUPS)
  expect(alertsOf({ standing: await readStanding(env.BACKUPS), within: '48h', installedAt: 0, now })).toMatchObject([
    {
      id: 'backup_failed_proof',
      class: 'critical',
      message: expect.stringContaining('the backup b2 failed its proof: the part x is missing;'),
    },
  ])
  await standingBackup({ id: 'b3', createdAt: now - hour, state: 'proven' })
  await writeStanding(env.BACKUPS)
  expect(await alertsAt(now)).toEqual([])
})

it('a proof of another manifest proves nothing', async () => {
  await standingBackup({ id: 'b1', createdAt: now, state: 'proven' })
  const { customMetadata = {} } = (await env.BACKUPS.head('backups/b1/manifest.json')) ?? {}
  await env.BACKUPS.put('backups/b1/manifest.json', '{}', { customMetadata: { ...customMetadata, sha256: 'another' } })
  await writeStanding(env.BACKUPS)
  expect(await readStanding(env.BACKUPS)).toMatchObject({ count: 1, newestProven: null })
})

it('metrics have the times, and nothing where the bucket does not answer', async () => {
  await standingBackup({ id: 'b1', createdAt: now, state: 'proven' })
  await standingBackup({ id: 'b2', createdAt: now + hour })
  await writeStanding(env.BACKUPS)
  const read = async (backups = env.BACKUPS as Parameters<typeof backupReadings>[0]['backups']) =>
    Object.fromEntries((await backupReadings({ backups })).map((one) => [one.name, one.value]))
  expect(await read()).toEqual({
    breakwater_backups: 2,
    breakwater_backup_newest_timestamp_seconds: (now + hour) / 1000,
    breakwater_backup_proven_timestamp_seconds: now / 1000,
    breakwater_backup_rto_seconds: 2,
    breakwater_backup_rpo_seconds: 5,
    breakwater_backup_proof_failed: 0,
    breakwater_backup_encrypted: 0,
  })
  const away = { ...testContext().backups, get: () => Promise.reject(new Error('away')) }
  expect(await read(away)).toEqual({})
})

it('the API has the alert, and the metrics the backup that was made', async () => {
  const id = await backUp()
  expect((await readStanding(env.BACKUPS)).newest?.id).toBe(id)
  const metrics = await (await root('GET', '/api/v0/admin/metrics')).text()
  expect(metrics).toContain('breakwater_backups 1')
  await standingBackup({ id: 'later', createdAt: Date.now(), state: 'failed', findings: ['the part x is missing'] })
  await writeStanding(env.BACKUPS)
  expect(await (await root('GET', '/api/v0/meta/alerts')).json()).toMatchObject([{ id: 'backup_failed_proof' }])
})
