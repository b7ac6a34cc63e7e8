import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { countRows } from '../support/content.ts'
import { referredTo } from '../support/longest-names.ts'
import { strictBinding, strictDatabase } from '../support/strict-database.ts'
import { beginRun, finishRun, dryRun } from './support/collecting.ts'

describe('with the limits of D1', () => {
  it('a dry run shows thousands of manifests with the longest names', async () => {
    await referredTo(4900)
    const { lines } = await dryRun({}, strictDatabase())
    expect(lines.length).toBeGreaterThan(4900)
  })

  it('a collection deletes them', async () => {
    await referredTo(1500)
    await finishRun(await beginRun({ bindings: { DB: strictBinding(), BUCKET: env.BUCKET } }))
    expect(await countRows('manifests')).toBe(0)
  })
})
