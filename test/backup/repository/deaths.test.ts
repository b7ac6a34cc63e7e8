/** A restore of a repository dies at any call of D1 or R2, and the next worker makes it whole. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it, vi } from 'vitest'
import { openContext } from '../../../src/context.ts'
import { aWorker, workOnJob } from '../../../src/jobs/runner.ts'
import { pushImage } from '../../support/content.ts'
import { mortal, type Mortal } from '../../support/crashing.ts'
import { age, image, index } from '../../support/garbage.ts'
import { aJob, jobsContext, logOf, loseLease, theJob, worker } from '../../support/jobs.ts'
import { aTeam, clientOf } from '../../support/people.ts'
import { Random } from '../../support/random.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'
import { collect, contentOf, copyContent, pulled, removeWholly } from '../support/repositories.ts'

const deaths = 12
const repository = 'alice/app'
let backup: string

beforeEach(async () => {
  const client = await clientOf(repository)
  await pushImage(client, repository, 'v1')
  await index(client, repository, [await image(client, repository, { seed: 20 })], { tag: 'multi' })
  const [organization] = await rowsOf<{ id: string }>("SELECT id FROM accounts WHERE name = 'alice'")
  const team = await aTeam(organization?.id ?? '', 'team')
  await env.DB.prepare('INSERT INTO repository_grants (repository_id, team_id, rank) VALUES (?, ?, 2)')
    .bind(await idOfRepository(repository), team)
    .run()
  await copyContent()
  backup = await backUp()
})

const workerWith = (bindings: Mortal) => {
  const { db, bucket, backups } = openContext({ ...env, ...bindings }, (work) => void work.catch(() => undefined))
  return aWorker({ ...jobsContext(), db, bucket, backups }, 20_000)
}

/** Deletes the repository with its bytes, and restores it until the worker dies. @returns the id of the job */
async function restoreUntil(bindings: Mortal): Promise<string> {
  await removeWholly(repository)
  await age(365 * 24 * 3600 * 1000)
  await collect()
  expect(await rowsOf('SELECT 1 FROM blobs')).toEqual([])
  const { id } = await aJob({ action: 'restore_repository', parameters: { backup, repository } })
  await workOnJob(workerWith(bindings), id).catch(() => undefined)
  return id
}

it('after any of 12 seeded deaths all is there once, with its grants', async () => {
  // A worker says what it died of.
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const before = await contentOf(repository)
  const whole = mortal(undefined)
  const first = await restoreUntil(whole)
  expect([(await theJob(first)).status, ...(await logOf(first))].join('\n')).toMatch(/^done/)
  expect(await contentOf(repository)).toEqual(before)
  const random = new Random(15)
  let died = 0
  for (let at = 0; at < deaths; at++) {
    const bindings = mortal({ after: random.below(whole.calls()), tookEffect: random.isLucky(0.5) })
    const id = await restoreUntil(bindings)
    if (bindings.hasCrashed()) died++
    await loseLease(id)
    await workOnJob(worker(), id)
    expect([(await theJob(id)).status, ...(await logOf(id))].join('\n'), `death ${at}`).toMatch(/^done/)
    expect((await logOf(id)).join('\n'), `death ${at}`).toContain('nothing could not be restored')
    expect(undated(await contentOf(repository)), `death ${at}`).toEqual(undated(before))
    expect(await rowsOf('SELECT rank FROM repository_grants'), `death ${at}`).toEqual([{ rank: 2 }])
    const client = await clientOf(repository)
    expect(await pulled(client, repository, 'v1')).toBeDefined()
    expect(await pulled(client, repository, 'multi')).toBeDefined()
  }
  expect(died).toBeGreaterThanOrEqual(9)
}, 300_000)

/** A worker that dies between storing and dating manifests leaves them with the time of the restore. */
const undated = (rows: readonly { readonly row: string }[]): readonly string[] =>
  rows.map(({ row }) => (row.startsWith('manifest ') ? row.split(' ').slice(0, 3).join(' ') : row))
