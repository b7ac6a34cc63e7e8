/** The restore of the whole registry: into an empty one, over another one, and after it died. */
import { env } from 'cloudflare:workers'
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readWriteGate, setWriteGate } from '../../../src/db/write-gate.ts'
import { proposeChange, readClusterState } from '../../../src/replicas/cluster.ts'
import { acquireGcLock, setReadOnly } from '../../../src/replicas/consensus/cluster-state.ts'
import { forgetHealth } from '../../../src/replicas/health-check.ts'
import worker from '../../../src/worker.ts'
import { problemOf, send, withPassword } from '../../support/client.ts'
import { pushImage, type Image } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { aLogin, anAccount, aPerson, asking, clientOf } from '../../support/people.ts'
import { ownCluster, viewOf } from '../../support/replicas.ts'
import { bringTablesBack } from '../../support/restoration.ts'
import { dropEverything, rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'
import { readManifest } from '../support/reading.ts'
import { allRows, answerOf, begin, endRestore, recover, restore, slice, type Restore } from './support/restoring.ts'

const repository = 'acme/app'
let image: Image

beforeEach(async () => {
  image = await pushImage(await clientOf(repository), repository, 'latest')
  await anAccount('root', 'a good password', true)
})
afterEach(endRestore)
afterAll(bringTablesBack)

const pull = async (name: string): Promise<number> => {
  const response = await (await clientOf(repository))('GET', `/v2/${repository}/manifests/${name}`)
  await response.body?.cancel()
  return response.status
}

/** The health now: an answer holds for seconds. */
async function health(): Promise<number> {
  forgetHealth(env.REPLICAS)
  return (await send('GET', '/health')).status
}

describe('a restore', () => {
  it('over a registry that went on brings every row back as it was, and what came later is gone', async () => {
    const before = await allRows()
    const backup = await backUp()
    await pushImage(await clientOf(repository), repository, 'later')
    await aPerson('newcomer')
    await env.DB.prepare('UPDATE accounts SET is_admin = 0').run()
    const { report } = await restore(backup)
    expect(report).toMatchObject({ dropped: {}, missingSegments: 0, lostImages: [] })
    for (const [table, rows] of await allRows()) expect([table, rows]).toEqual([table, before.get(table)])
    expect([await pull('latest'), await pull('later')]).toEqual([200, 404])
    const login = await withPassword('root', 'a good password')('GET', '/enzi/v0/accounts/root')
    expect(login.status).toBe(200)
    expect(await health()).toBe(200)
    expect(await rowsOf('SELECT 1 FROM sessions')).toEqual([])
    expect(await rowsOf(`SELECT type, object_id FROM events WHERE content ->> 'restored' = 1`)).toEqual([
      { type: 'UPDATE', object_id: backup },
    ])
  })

  it('into a database of which nothing is left but today’s schema needs no account', async () => {
    const before = await allRows()
    const backup = await backUp()
    await bringTablesBack()
    const { report } = await restore(backup)
    expect(report?.rows).toBeGreaterThan(10)
    for (const [table, rows] of await allRows()) expect([table, rows]).toEqual([table, before.get(table)])
    expect(await pull('latest')).toBe(200)
  })

  it('over a broken database needs no table but its own', async () => {
    const backup = await backUp()
    await dropEverything()
    const statement = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries).find((text) =>
      text.includes('`restoration`'),
    )
    await env.DB.prepare(statement ?? '').run()
    await restore(backup)
    expect(await pull('latest')).toBe(200)
  })

  it('serves nothing in its middle, and the probes say so', async () => {
    const backup = await backUp()
    let at: Restore = await begin(backup)
    const seen = new Set<string>()
    while (at.state === 'running') {
      const isAway = (await rowsOf(`SELECT 1 FROM sqlite_schema WHERE name = 'tags'`)).length === 0
      if (isAway) {
        expect(await health()).toBe(503)
        const response = await withPassword('root', 'a good password')('GET', '/enzi/v0/accounts/root')
        expect([response.status, (await problemOf(response)).code]).toEqual([503, 'BEING_RESTORED'])
      }
      seen.add(`${at.step ?? ''} ${isAway ? 'away' : 'there'}`)
      at = await slice(at.id)
    }
    expect([...seen]).toEqual(expect.arrayContaining(['verify there', 'load away', 'finish away']))
    expect(await health()).toBe(200)
  })

  it('that died at any moment goes on when it is begun again, with a new token', async () => {
    const before = await allRows()
    const backup = await backUp()
    let at = await restore(backup, 3)
    for (let deaths = 0; at.state === 'running'; deaths++) {
      at = await restore(backup, 1 + (deaths % 2))
      expect(deaths).toBeLessThan(100)
    }
    for (const [table, rows] of await allRows()) expect([table, rows]).toEqual([table, before.get(table)])
    expect(await slice(at.id)).toEqual(at)
  })

  it('goes on by the cron trigger', async () => {
    const backup = await backUp()
    const { id, token } = await begin(backup)
    for (let turns = 0; turns < 20 && (await rowsOf('SELECT 1 FROM restoration')).length > 0; turns++) {
      const execution = createExecutionContext()
      // On a busy machine another task of the turn may fail.
      await worker.scheduled(createScheduledController(), env, execution).catch(() => undefined)
      await waitOnExecutionContext(execution)
    }
    const done = await answerOf<Restore>(recover('GET', `/api/v0/restores/${id}`, undefined, token))
    expect(done).toMatchObject({ state: 'done', report: { lostImages: [] } })
    expect(await pull('latest')).toBe(200)
  })

  it('of two workers at once lets one work, and both see it end', async () => {
    const backup = await backUp()
    const { id } = await begin(backup)
    const follow = async (): Promise<Restore> => {
      let at = await slice(id)
      while (at.state === 'running') at = await slice(id)
      return at
    }
    const [one, other] = await Promise.all([follow(), follow()])
    expect(other).toEqual(one)
    expect(await pull('latest')).toBe(200)
  })

  it('names exactly the images that lost content', async () => {
    const other = await pushImage(await clientOf('acme/other'), 'acme/other', 'v1')
    const backup = await backUp()
    const [layer] = image.layers
    const segments = await rowsOf<{ key: string }>(
      `SELECT key FROM segments WHERE blob_digest = '${layer?.digest ?? ''}'`,
    )
    await env.BUCKET.delete(segments.map(({ key }) => key))
    const { report } = await restore(backup)
    expect(report?.missingSegments).toBe(segments.length)
    const lost = [{ repository, digest: image.digest }]
    const shares = other.layers.some(({ digest }) => digest === layer?.digest)
    expect(report?.lostImages).toEqual(shares ? [...lost, { repository: 'acme/other', digest: other.digest }] : lost)
  })

  it('does not revive access tokens that were revoked after the backup, unless it is told to, and lists them', async () => {
    await aPerson('owner')
    const revoked = await aLogin('owner')
    const backup = await backUp()
    expect((await revoked('GET', '/api/v0/repositories')).status).toBe(200)
    await env.DB.prepare('DELETE FROM access_tokens').run()
    const { report } = await restore(backup)
    const held = [expect.objectContaining({ kind: 'token', owner: 'owner', isHeldBack: true })]
    expect(report?.revoked).toEqual(held)
    expect((await revoked('GET', '/api/v0/repositories')).status).toBe(401)
    let at: Restore = await begin(backup, { keepRevokedTokens: true })
    while (at.state === 'running') at = await slice(at.id)
    expect((await revoked('GET', '/api/v0/repositories')).status).toBe(200)
  })

  it('copies content back that the bucket lost, if a backup has it', async () => {
    const backup = await backUp()
    const [layer] = image.layers
    const digest = layer?.digest ?? ''
    const [segment] = await rowsOf<{ key: string }>(`SELECT key FROM segments WHERE blob_digest = '${digest}'`)
    const bytes = await (await env.BUCKET.get(segment?.key ?? ''))?.arrayBuffer()
    await env.BACKUPS.put(`blobs/${digest.replace(':', '/')}`, bytes ?? '')
    await env.BUCKET.delete(segment?.key ?? '')
    const { report } = await restore(backup)
    expect(report).toMatchObject({ segmentsPutBack: 1, missingSegments: 0, lostImages: [] })
    expect((await env.BUCKET.head(segment?.key ?? ''))?.size).toBe(bytes?.byteLength)
  })
})

describe('the replicas after a restore', () => {
  it('begin an epoch above all that survived, have a majority at once, and give only higher tokens', async () => {
    const backup = await backUp()
    const ids = await ownCluster(3)
    // Repairs and switches after the backup.
    const high = 40 * 2 ** 32
    await setWriteGate(testContext().db, { token: high, closed: false, reason: '', until: undefined, by: '' })
    const lost = await ownCluster(3)
    const locked = await proposeChange(testContext(), acquireGcLock('a job', Date.now() + 60_000, Date.now()))
    const { report } = await restore(backup)
    expect(report?.epoch).toBeGreaterThan(locked.epoch)
    const context = testContext()
    const state = await readClusterState(context)
    expect(state).toMatchObject({ epoch: report?.epoch, gcLock: null, readOnly: { on: false } })
    expect(state.members.map(({ id }) => id).filter((id) => [...ids, ...lost].includes(id))).toEqual([])
    const gate = await readWriteGate(context.db)
    expect(gate.token).toBeGreaterThan(Math.max(high, locked.lastToken))
    const next = await proposeChange(context, setReadOnly({ on: false, reason: '', until: null, by: '' }))
    expect(next.lastToken).toBeGreaterThan(gate.token)
    expect((await viewOf(lost[0] ?? '')).retired).toBe(true)
    expect(await health()).toBe(200)
    const push = await clientOf(repository)
    expect((await pushImage(push, repository, 'after')).digest).not.toBe('')
  })
})

describe('a restore is refused', () => {
  const refused = async (asked: Promise<Response>) => {
    const response = await asked
    return [response.status, (await problemOf(response)).code] as const
  }
  const order = (body: object, secret?: string) => recover('POST', '/api/v0/restores', body, secret)

  it('to all but the holder of the secret and an administrator with a password', async () => {
    const backup = await backUp()
    const body = { backup, overwrite: true }

    const stranger = (await aPerson('stranger2')).ask
    const admin = (await aPerson('admin2', { isAdmin: true })).ask
    const byToken = asking(await aLogin('admin2'))
    expect(await refused(order(body, 'wrong'))).toEqual([401, 'RECOVERY_REFUSED'])
    expect(await refused(asking(send)('POST', '/api/v0/restores', body))).toEqual([401, 'NOT_AUTHENTICATED'])
    expect(await refused(stranger('POST', '/api/v0/restores', body))).toEqual([403, 'NOT_AUTHORIZED'])
    expect(await refused(byToken('POST', '/api/v0/restores', body))).toEqual([403, 'PASSWORD_NEEDED'])
    const begun = await answerOf<Restore & { token: string }>(admin('POST', '/api/v0/restores', body))
    // The token goes on where accounts are gone.
    let at: Restore = begun
    while (at.state === 'running') at = await slice(begun.id, begun.token)
    expect(at.report?.lostImages).toEqual([])
    expect(await rowsOf(`SELECT actor FROM events WHERE content ->> 'restored' = 1`)).toEqual([{ actor: 'admin2' }])
    const another = await begin(backup)
    expect(await refused(recover('POST', `/api/v0/restores/${another.id}/slices`, undefined, begun.token))).toEqual([
      401,
      'RECOVERY_REFUSED',
    ])
  })

  it('of a backup that is unknown, unfinished, damaged, or of another path', async () => {
    await env.BACKUPS.put('backups/dead/begun', '')
    await env.BACKUPS.put('backups/bad/manifest.json', '{"format":1}')
    expect(await refused(order({ backup: 'none', overwrite: true }))).toEqual([404, 'NO_SUCH_BACKUP'])
    expect(await refused(order({ backup: '../dead', overwrite: true }))).toEqual([404, 'NO_SUCH_BACKUP'])
    expect(await refused(order({ backup: 'dead', overwrite: true }))).toEqual([409, 'BACKUP_UNFINISHED'])
    expect(await refused(order({ backup: 'bad', overwrite: true }))).toEqual([409, 'BACKUP_DAMAGED'])
    expect(await refused(recover('POST', '/api/v0/restores/none/slices'))).toEqual([404, 'NO_SUCH_RESTORE'])
  })

  it('over accounts without the word, and beside another restore', async () => {
    const backup = await backUp()
    const other = await backUp()
    expect(await refused(order({ backup }))).toEqual([409, 'RESTORE_OVERWRITES'])
    const { id } = await restore(backup, 6)
    expect(await refused(order({ backup: other, overwrite: true }))).toEqual([409, 'RESTORE_UNDER_WAY'])
    let at: Restore = await begin(other, { instead: true })
    expect(await refused(recover('POST', `/api/v0/restores/${id}/slices`))).toEqual([404, 'NO_SUCH_RESTORE'])
    while (at.state === 'running') at = await slice(at.id)
    expect(await pull('latest')).toBe(200)
  })

  it('for a damaged part before anything is changed, and says which', async () => {
    const backup = await backUp()
    const [part] = (await env.BACKUPS.list({ prefix: 'parts/' })).objects
    await env.BACKUPS.delete(part?.key ?? '')
    const { id } = await begin(backup)
    let said = ''
    while (said === '') said = await slice(id).then(() => '', String)
    expect(said).toContain('409 RESTORE_FAILED: nothing was changed, as the backup cannot be restored')
    expect(said).toContain(`the backup ${backup} is damaged: ${part?.key ?? ''}: it is missing; take another backup`)
    expect(await rowsOf('SELECT 1 FROM restoration')).toEqual([])
    expect(await refused(recover('GET', `/api/v0/restores/${id}`))).toEqual([409, 'RESTORE_FAILED'])
    expect([await pull('latest'), await health()]).toEqual([200, 200])
  })

  it('for a part that is lost while the tables are away, and says so; the list shows which other backup there is', async () => {
    const [other, backup] = [await backUp(), await backUp()]
    let at: Restore = await begin(backup)
    while (at.step !== 'load') at = await slice(at.id)
    expect(await health()).toBe(503)
    const of = async (which: string): Promise<string[]> => (await readManifest(which)).parts.map(({ object }) => object)
    const shared = new Set(await of(other))
    await env.BACKUPS.delete((await of(backup)).filter((part) => !shared.has(part)))
    const said = await slice(at.id).then(({ step }) => step, String)
    expect(said).toContain('409 RESTORE_STUCK: the restore cannot go on, and the registry serves nothing')
    expect(said).toContain('restore another backup with --instead')
    expect(said).not.toContain('nothing was changed')
    const { backups } = await answerOf<{ backups: { id: string; state: string }[] }>(recover('GET', '/api/v0/backups'))
    expect(backups.map((one) => [one.id, one.state])).toEqual([
      [backup, 'unproven'],
      [other, 'unproven'],
    ])
    at = await begin(other, { instead: true })
    while (at.state === 'running') at = await slice(at.id)
    expect([await pull('latest'), await health()]).toEqual([200, 200])
  })
})
