/** The request that brings repositories back: who may send it, and what it refuses. */
import { env } from 'cloudflare:workers'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { beforeEach, expect, it } from 'vitest'
import { sealedKeyKey, wrappedKeyKey } from '../../../src/backup/keys.ts'
import { lendKey } from '../../../src/backup/repository/source.ts'
import { unwrapWithIdentity } from '../../../src/backup/sealing/age.ts'
import { forgetDataKey } from '../../../src/backup/sealing/open.ts'
import { workOnJob } from '../../../src/jobs/runner.ts'
import { problemOf } from '../../support/client.ts'
import { pushImage } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { aJob, logOf, over, theJob, worker } from '../../support/jobs.ts'
import { aLogin, aPerson, asking, clientOf, type Ask } from '../../support/people.ts'
import { close, open } from '../../support/read-only.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'
import { pulled, removeWholly } from '../support/repositories.ts'

const repository = 'alice/app'
let root: Ask
let backup: string

beforeEach(async () => {
  root = (await aPerson('root', { isAdmin: true })).ask
  await pushImage(await clientOf(repository), repository, 'v1')
  backup = await backUp()
})

/** Makes an encrypted backup that was proven. @returns its id and its data key */
async function sealedBackup(): Promise<readonly [string, string]> {
  const identity = await generateIdentity()
  const backupRecipients = [await identityToRecipient(identity)]
  expect((await root('POST', '/api/v0/meta/settings', { backupRecipients })).status).toBe(202)
  const sealed = await backUp()
  const wrapped = await (await env.BACKUPS.get(wrappedKeyKey(sealed)))?.arrayBuffer()
  const dataKey = await unwrapWithIdentity(new Uint8Array(wrapped ?? new ArrayBuffer()), identity)
  await env.DB.prepare(`UPDATE jobs SET status = 'canceled', ended_at = 1 WHERE action = 'prove'`).run()
  await forgetDataKey({ backups: env.BACKUPS, id: sealed })
  return [sealed, dataKey]
}

const path = (id = backup): string => `/api/v0/backups/${id}/repositories`

it('an administrator restores a repository with a password, and a job does it', async () => {
  await removeWholly(repository)
  const answer = await root('POST', path(), { repository })
  expect(answer.status).toBe(202)
  const { id } = await answer.json<{ id: string }>()
  expect((await over(id)).status).toBe('done')
  expect(await pulled(await clientOf(repository), repository, 'v1')).toBeDefined()
})

it('an access token restores none, neither at once nor by a job or a schedule', async () => {
  const byToken = asking(await aLogin('root'))
  const order = { action: 'restore_repository', parameters: { backup, repository } }
  const refused = [
    await byToken('POST', path(), { repository }),
    await byToken('POST', '/api/v0/jobs', order),
    await byToken('POST', '/api/v0/crons', { ...order, schedule: '@daily' }),
  ]
  for (const response of refused) {
    expect([response.status, (await problemOf(response)).code]).toEqual([403, 'PASSWORD_NEEDED'])
  }
})

it('an order that means nothing, or another backup, is refused', async () => {
  for (const body of [
    {},
    { repository, namespace: 'alice' },
    { namespace: 'alice', as: 'alice/other' },
    { repository: 'no/../path' },
    { repository, as: 'UPPER/case' },
    { namespace: 'a/b' },
  ]) {
    expect((await root('POST', path(), body)).status, JSON.stringify(body)).toBe(400)
  }
  expect((await root('POST', path('none'), { repository })).status).toBe(404)
})

it('an encrypted backup opens with its data key, which the registry forgets when the job ends', async () => {
  const [sealed, dataKey] = await sealedBackup()
  await removeWholly(repository)
  const refused = await root('POST', path(sealed), { repository })
  expect([refused.status, (await problemOf(refused)).code]).toEqual([409, 'BACKUP_SEALED'])
  const wrong = await root('POST', path(sealed), { repository, dataKey: '0'.repeat(64) })
  expect(wrong.status).toBe(409)
  const { id } = await (await root('POST', path(sealed), { repository, dataKey })).json<{ id: string }>()
  expect((await over(id)).status).toBe('done')
  expect(await pulled(await clientOf(repository), repository, 'v1')).toBeDefined()
  expect(await env.BACKUPS.head(sealedKeyKey(sealed))).toBeNull()
  const [job] = await rowsOf<{ parameters: string }>(`SELECT parameters FROM jobs WHERE id = '${id}'`)
  expect(job?.parameters).not.toContain(dataKey)
})

it('a job that waits while the registry is read-only keeps the key until it has ended', async () => {
  const [sealed, dataKey] = await sealedBackup()
  await removeWholly(repository)
  await close()
  const order = { backup: sealed, repository }
  await lendKey(testContext(), sealed, dataKey)
  const { id } = await aJob({ action: 'restore_repository', parameters: order })
  await workOnJob(worker(), id)
  expect((await logOf(id)).join()).toContain('waits: ')
  expect(await env.BACKUPS.head(sealedKeyKey(sealed))).not.toBeNull()
  await open()
  await workOnJob(worker(), id)
  expect((await theJob(id)).status).toBe('done')
  expect(await env.BACKUPS.head(sealedKeyKey(sealed))).toBeNull()
})
