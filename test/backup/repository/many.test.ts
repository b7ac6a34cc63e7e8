/** A namespace of as many repositories as there may be comes back, from whatever checkpoint. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { repositoryOrder } from '../../../src/backup/repository/order.ts'
import { repositoryProgress } from '../../../src/backup/repository/progress.ts'
import { beginRepositories, repositoriesSlice } from '../../../src/backup/repository/restorer.ts'
import { openSource } from '../../../src/backup/repository/source.ts'
import { aWorker, workOnJob } from '../../../src/jobs/runner.ts'
import { longestRepositoryName } from '../../../src/limits.ts'
import { countRows } from '../../support/content.ts'
import { testContext } from '../../support/context.ts'
import { aJob, jobsContext, logOf, theJob } from '../../support/jobs.ts'
import { namespaces } from '../../support/people.ts'
import { Random } from '../../support/random.ts'
import { rowsOf } from '../../support/schema.ts'
import { strictDatabase } from '../../support/strict-database.ts'
import { backUp } from '../support/making.ts'

/** Makes repositories of alice, and of bob between them. @param length of their names */
async function addRepositories(count: number, length: number): Promise<void> {
  await namespaces('alice', 'bob')
  await env.DB.prepare(
    `WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?1)
     INSERT INTO repositories (name, namespace, created_at)
     SELECT name || '/' || printf('%0*d', ?2 - length(name) - 1, number), name, 1 FROM numbers
     JOIN accounts ON accounts.name = iif(number % 7, 'alice', 'bob')`,
  )
    .bind(count, length)
    .run()
}

const namesOf = (namespace: string) =>
  rowsOf<{ name: string }>(`SELECT name FROM repositories WHERE namespace = '${namespace}' ORDER BY name`)

it('a restore of thousands of repositories with the longest names saves how far it is', async () => {
  await addRepositories(7000, longestRepositoryName)
  const backup = await backUp()
  await env.DB.exec('DELETE FROM repositories')
  const { id } = await aJob({ action: 'restore_repository', parameters: { backup, namespace: 'alice' } })
  await workOnJob(aWorker({ ...jobsContext(), db: strictDatabase() }, 20_000), id)
  const { status, checkpoint } = await theJob(id)
  expect([status, ...(await logOf(id))].join('\n')).toMatch(/^running/)
  expect(checkpoint?.length).toBeLessThan(100_000)
  expect(await countRows('repositories')).toBeGreaterThan(10)
}, 60_000)

it('each comes back once, though slices are done twice', async () => {
  await addRepositories(84, 40)
  const names = await namesOf('alice')
  expect(names).toHaveLength(72)
  const backup = await backUp()
  await env.DB.exec('DELETE FROM repositories')
  const order = repositoryOrder.parse({ backup, namespace: 'alice' })
  const context = testContext()
  const random = new Random(7)
  let at = beginRepositories()
  const lines: string[] = []
  for (let isDone = false; !isDone;) {
    const source = await openSource(context, backup)
    const restoring = { context, source, order, returns: [] }
    // A worker that dies before it saves its slice says nothing.
    if (random.isLucky(0.3)) await repositoriesSlice(restoring, at)
    const done = await repositoriesSlice(restoring, at)
    at = repositoryProgress.parse(JSON.parse(JSON.stringify(done.progress)))
    lines.push(...done.lines)
    isDone = done.isDone
  }
  expect(await namesOf('alice')).toEqual(names)
  expect(await namesOf('bob')).toEqual([])
  expect(lines.filter((line) => line.includes('came back')).map((line) => line.split(':')[0])).toEqual(
    names.map(({ name }) => name),
  )
}, 60_000)

it('a restore that a worker of the release before has begun goes on', async () => {
  await addRepositories(70, 40)
  const names = await namesOf('alice')
  const rows = await rowsOf<{ id: number; name: string }>("SELECT id, name FROM repositories WHERE namespace = 'alice'")
  const backup = await backUp()
  await env.DB.exec('DELETE FROM repositories')
  const order = repositoryOrder.parse({ backup, namespace: 'alice' })
  const context = testContext()
  const wanted = rows.map(({ id, name }) => ({ id, name, as: name, part: 0 }))
  const begun = { finding: 1, wanted, done: 0, current: null, counts: beginRepositories().counts }
  let at = repositoryProgress.parse(begun)
  for (let isDone = false; !isDone;) {
    const source = await openSource(context, backup)
    const done = await repositoriesSlice({ context, source, order, returns: [] }, at)
    at = done.progress
    isDone = done.isDone
  }
  expect(await namesOf('alice')).toEqual(names)
}, 60_000)
