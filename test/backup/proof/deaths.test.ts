/** A proof whose worker dies at any call of D1 or R2 is continued by the next one, and comes to the same. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { usualLimits } from '../../../src/backup/boundaries.ts'
import { proofProgress } from '../../../src/backup/proof/progress.ts'
import { beginProof, proofSlice } from '../../../src/backup/proof/prover.ts'
import { openDatabase } from '../../../src/db/database.ts'
import { tables } from '../../../src/installed.ts'
import { pushImage } from '../../support/content.ts'
import { mortal } from '../../support/crashing.ts'
import { clientOf } from '../../support/people.ts'
import { Random } from '../../support/random.ts'
import { contextOf, exportAll } from '../support/exporting.ts'
import { drillTables, provingOf, smallProofLimits, writtenProof } from '../support/proving.ts'

const deaths = 50
const id = 'b1'

it('a proof that dies at 50 seeded moments comes to the same, and leaves nothing', async () => {
  await pushImage(await clientOf('acme/app'), 'acme/app', 'latest')
  await exportAll(contextOf(id, tables, usualLimits))
  const random = new Random(15)
  let died = 0
  let proofs = 0
  const phases = new Set<string>()
  while (died < deaths) {
    const healthy = await provingOf(id)
    let at = beginProof(healthy.manifest, 'of the manifest', Date.now(), false)
    while (at.phase !== 'done') {
      const bindings = mortal({ after: random.below(12), tookEffect: random.isLucky(0.5) })
      const proving = await provingOf(id, {
        backups: bindings.BACKUPS,
        bucket: bindings.BUCKET,
        db: openDatabase(bindings.DB),
        drill: openDatabase(bindings.DRILL),
        limits: { ...smallProofLimits, sampledBlobs: 3 },
      })
      try {
        while (at.phase !== 'done') at = proofProgress.parse(JSON.parse(JSON.stringify(await proofSlice(proving, at))))
      } catch (error) {
        expect(String(error)).toMatch(/crash|unavailable|Failed query/)
        phases.add(at.phase)
        died++
        // A slice that needs more calls than a life has would never end.
        at = proofProgress.parse(JSON.parse(JSON.stringify(await proofSlice(healthy, at))))
      }
    }
    proofs++
    expect(await writtenProof(id)).toMatchObject({ state: 'proven', findings: [] })
    expect(await drillTables()).toEqual([])
    await env.BACKUPS.delete(`backups/${id}/proof.json`)
  }
  expect(proofs).toBeGreaterThan(0)
  expect(phases.size).toBeGreaterThan(4)
}, 300_000)
