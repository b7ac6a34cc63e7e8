/** What capabilities bring back with a repository that is restored alone. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { pushImage } from '../../support/content.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { clientOf } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'
import { removeWholly, restoreRepositories } from '../support/repositories.ts'

const repository = 'alice/app'

beforeEach(async () => {
  await pushImage(await clientOf(repository), repository, 'v1')
  await pushImage(await clientOf('alice/other'), 'alice/other', 'v1')
  for (const name of [repository, 'alice/other']) {
    const id = await idOfRepository(name)
    const columns = 'id, repository_id, enabled, rules, created_at, version, tags_since'
    const rules = '[{"field":"tag","operator":"sw","values":["v"]}]'
    await env.DB.prepare(`INSERT INTO pruning_policies (${columns}) VALUES (?, ?, 1, ?, 5, 3, 7)`)
      .bind(`policy of ${name}`, id, rules)
      .run()
    await env.DB.prepare(
      'INSERT INTO trust_collections (repository_id, gun, is_published, created_at) VALUES (?, ?, 1, 1)',
    )
      .bind(id, `registry.example.com/${name}`)
      .run()
  }
})

const policies = async (name: string) =>
  rowsOf<{ enabled: number; rules: string }>(
    `SELECT enabled, rules, created_at, tags_since FROM pruning_policies WHERE repository_id = ${await idOfRepository(name)}`,
  )

it('a repository that was deleted has its pruning policies again, switched off, and the log says so', async () => {
  const backup = await backUp()
  const [before] = await policies(repository)
  await removeWholly(repository)
  const log = await restoreRepositories({ backup, repository })
  expect(await policies(repository)).toEqual([{ ...before, enabled: 0 }])
  expect(log).toContain(
    `${repository}: its pruning policy is back, and is switched off: look at what came back, then enable it`,
  )
  expect(await policies('alice/other')).toMatchObject([{ enabled: 1 }])
})

it('trust data that is not whole in the backup is named as not restored', async () => {
  const backup = await backUp()
  await removeWholly(repository)
  const log = await restoreRepositories({ backup, repository })
  expect(log).toContain(
    `the trust data of registry.example.com/${repository} is not restored: the backup lacks its current document of the role timestamp`,
  )
})

it('a repository that is there keeps what it has', async () => {
  const backup = await backUp()
  await env.DB.prepare('DELETE FROM pruning_policies').run()
  const log = await restoreRepositories({ backup, repository })
  expect(await policies(repository)).toEqual([])
  expect(log.join()).not.toContain('trust data')
})
