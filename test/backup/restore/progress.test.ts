/** A restore goes on after the registry was upgraded in its middle, whatever form its row had. */
import { env } from 'cloudflare:workers'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { beginning, progressOf, wantedOf } from '../../../src/backup/restore/progress.ts'
import { findRestoration } from '../../../src/backup/restore/restoration.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { pushImage } from '../../support/content.ts'
import { anAccount, clientOf } from '../../support/people.ts'
import { bringTablesBack } from '../../support/restoration.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'
import { begin, endRestore, restore, slice, type Restore } from './support/restoring.ts'

const fences = { token: 7 * 2 ** 32, formerReplicas: [{ id: 'one', location: 'weur' }] }

describe('the progress of a restore that another release wrote', () => {
  it('is read as it is where its form is the same', () => {
    const progress = { ...beginning(fences), step: 'content' as const }
    expect(progressOf(JSON.stringify(progress))).toEqual(progress)
  })

  it('begins again with its fences where the form of another step has changed', () => {
    const written = { ...beginning(fences, ['the journal']), step: 'of-another-release', content: 7 }
    expect(progressOf(JSON.stringify(written))).toEqual(beginning(fences, ['the journal']))
  })

  it('keeps the token where the replicas have another form, and begins without fences where nothing is known', () => {
    const written = { step: 'load', fences: { ...fences, formerReplicas: 'three' } }
    expect(progressOf(JSON.stringify(written))).toEqual(beginning({ ...fences, formerReplicas: [] }))
    expect(progressOf('{}')).toEqual(beginning(null))
  })

  it('does not revive tokens, and has no key, where what was ordered has another form', () => {
    expect(wantedOf('{"keepRevokedTokens":"yes"}')).toEqual({ keepRevokedTokens: false, keptKey: null })
  })
})

describe('a restore', () => {
  beforeEach(async () => {
    await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
    await anAccount('root', 'a good password', true)
  })
  afterEach(endRestore)
  afterAll(bringTablesBack)

  it('whose tables are away goes on from its beginning after an upgrade, above the same fences', async () => {
    const backup = await backUp()
    let at: Restore = await begin(backup)
    const found = async () => findRestoration(openDatabase(env.DB))
    while ((await found())?.tablesAreAway !== true) at = await slice(at.id)
    const before = await found()
    await env.DB.prepare(
      `UPDATE restoration SET progress = json_set(json_remove(progress, '$.content'), '$.step', 'old')`,
    ).run()
    expect((await found())?.progress).toEqual(beginning(before?.progress.fences ?? null))
    expect(await slice(at.id)).toMatchObject({ state: 'running', step: 'prepare' })
    const { report } = await restore(backup)
    expect(report?.epoch).toBe(Math.floor(Number(before?.progress.fences?.token) / 2 ** 32) + 1)
    expect(await rowsOf(`SELECT name FROM tags`)).toEqual([{ name: 'latest' }])
  })
})
