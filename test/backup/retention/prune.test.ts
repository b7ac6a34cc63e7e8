/** Old backups are deleted, with all that no other backup has. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { findBackups } from '../../../src/backup/backups.ts'
import { beginning } from '../../../src/backup/restore/progress.ts'
import { insertRestoration } from '../../../src/backup/restore/restoration-store.ts'
import { settings } from '../../../src/installed.ts'
import { workOnJob } from '../../../src/jobs/runner.ts'
import { changeSettings } from '../../../src/settings/settings.ts'
import { testContext } from '../../support/context.ts'
import { problemOf } from '../../support/client.ts'
import { aJob, logOf, over, root as name, theJob, worker } from '../../support/jobs.ts'
import { aLogin, aPerson, asking, type Ask } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { expectRefused } from '../../support/settings.ts'
import { backUp } from '../support/making.ts'
import { standingBackup } from '../support/standing-backups.ts'

const day = 86_400_000
const now = Date.now()
let root: Ask

beforeEach(async () => {
  root = (await aPerson('root', { isAdmin: true })).ask
  await changeSettings(testContext(), settings, { backupKeepLast: 2, backupKeepDays: 0, backupKeepWeeks: 0 }, name)
})

const keysOf = async (prefix: string): Promise<string[]> =>
  (await env.BACKUPS.list({ prefix })).objects.map(({ key }) => key)

/** Four proven backups, of which each has a part of its own and one that the others have too. */
async function fourBackups(): Promise<void> {
  for (const at of [1, 2, 3, 4]) {
    await standingBackup({
      id: `b${at}`,
      createdAt: now - (5 - at) * day,
      state: 'proven',
      parts: [`own${at}`, 'common'],
    })
    await env.BACKUPS.put(`backups/b${at}/key.age`, 'of the operator')
  }
}

it('the job deletes what no rule keeps: the manifest, what belongs to it, and parts of no other backup', async () => {
  await fourBackups()
  const { id } = await aJob({ action: 'backup_prune' })
  await workOnJob(worker(), id)
  expect((await theJob(id)).status).toBe('done')
  expect((await findBackups(env.BACKUPS)).map((one) => one.id)).toEqual(['b4', 'b3'])
  expect(await keysOf('backups/')).toEqual(
    ['b3', 'b4'].flatMap((one) => ['key.age', 'manifest.json', 'proof.json'].map((key) => `backups/${one}/${key}`)),
  )
  expect(await keysOf('parts/')).toEqual(['parts/common.gz', 'parts/own3.gz', 'parts/own4.gz'])
  expect((await logOf(id)).join('\n')).toContain('deletes the backup b1: no rule of retention keeps it')
  expect(
    await rowsOf(`SELECT object_id FROM events WHERE object_type = 'backup' AND type = 'DELETE' ORDER BY id`),
  ).toEqual([{ object_id: 'b1' }, { object_id: 'b2' }])
})

async function prune(): Promise<void> {
  await workOnJob(worker(), (await aJob({ action: 'backup_prune' })).id)
}

it('what is being restored stays until the restore is done', async () => {
  await fourBackups()
  const wanted = { keepRevokedTokens: false, keptKey: null }
  const begun = { id: 'r1', backup: 'b1', begunBy: '', begunAt: now, tokenHash: '', wanted, progress: beginning(null) }
  await insertRestoration(testContext().db, begun, undefined)
  await prune()
  expect((await findBackups(env.BACKUPS)).map((one) => one.id)).toEqual(['b4', 'b3', 'b1'])
  await env.DB.prepare('DELETE FROM restoration').run()
  await prune()
  expect((await findBackups(env.BACKUPS)).map((one) => one.id)).toEqual(['b4', 'b3'])
})

it('each backup prunes at its end, and is not proven itself: the last proven ones stay beside it', async () => {
  await fourBackups()
  const id = await backUp()
  expect((await findBackups(env.BACKUPS)).map((one) => one.id)).toEqual([id, 'b4', 'b3'])
})

it('a crash at any point leaves what the next job deletes, and never half a backup that looks whole', async () => {
  await fourBackups()
  // The marker is written and the manifest is still there.
  await env.BACKUPS.put('backups/b1/begun', '')
  // The manifest is gone and the rest is there.
  await env.BACKUPS.put('backups/b2/begun', '')
  await env.BACKUPS.delete('backups/b2/manifest.json')
  const { id } = await aJob({ action: 'backup_prune' })
  await workOnJob(worker(), id)
  expect((await findBackups(env.BACKUPS)).map((one) => one.id)).toEqual(['b4', 'b3'])
  expect(await keysOf('parts/')).toEqual(['parts/common.gz', 'parts/own3.gz', 'parts/own4.gz'])
})

it('a manifest that cannot be read keeps all parts, and the log says so', async () => {
  await fourBackups()
  const { customMetadata = {} } = (await env.BACKUPS.head('backups/b3/manifest.json')) ?? {}
  await env.BACKUPS.put('backups/b3/manifest.json', '{"form', { customMetadata })
  const { id } = await aJob({ action: 'backup_prune' })
  await workOnJob(worker(), id)
  expect((await theJob(id)).status).toBe('done')
  expect(await keysOf('parts/')).toHaveLength(5)
  expect((await logOf(id)).join('\n')).toContain('the manifest of the backup b3 cannot be read')
})

it('the API shows what it would delete, and deletes it with a password', async () => {
  await fourBackups()
  const dry = await root('POST', '/api/v0/backups/prune', { dryRun: true })
  const shown = await dry.json<{ job: null; backups: { id: string; keptFor: string[] }[] }>()
  expect(shown.job).toBeNull()
  expect(shown.backups.map(({ id, keptFor }) => [id, keptFor])).toEqual([
    ['b4', ['last', 'last-proven']],
    ['b3', ['last']],
    ['b2', []],
    ['b1', []],
  ])
  expect(await keysOf('parts/')).toHaveLength(5)
  const byToken = asking(await aLogin('root'))
  const refused = await byToken('POST', '/api/v0/backups/prune', { dryRun: true })
  expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'PASSWORD_NEEDED'])
  const { job } = await (await root('POST', '/api/v0/backups/prune', {})).json<{ job: string }>()
  expect((await over(job)).status).toBe('done')
  expect((await findBackups(env.BACKUPS)).map(({ id }) => id)).toEqual(['b4', 'b3'])
})

it('what no rule can be is refused, with the field in the sentence', () => {
  expectRefused(settings, {
    backupKeepLast: [0, 101, 1.5],
    backupKeepDays: [-1, 367],
    backupKeepWeeks: [-1, 261],
    backupProve: ['yes'],
    backupProvenWithin: ['59m', '', '1w'],
  })
})
