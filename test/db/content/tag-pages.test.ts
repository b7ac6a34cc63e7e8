import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { listTags } from '../../../src/db/content/tags.ts'
import { longestTag, mostTagsOfPage } from '../../../src/limits.ts'
import { parseRepositoryName } from '../../../src/names.ts'
import { pushImage } from '../../support/content.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { clientOf } from '../../support/people.ts'
import { strictDatabase } from '../../support/strict-database.ts'

it('the row of a page has room for as many of the longest tags as a page may have', async () => {
  const repository = parseRepositoryName('alice/app')
  const { digest } = await pushImage(await clientOf(repository), repository, 'latest')
  const repositoryId = await idOfRepository(repository)
  await env.DB.prepare(
    `WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
     INSERT INTO tags (repository_id, name, digest, updated_by, updated_at)
     SELECT ?, printf('%0${longestTag}d', number), ?, 'alice', 1 FROM numbers`,
  )
    .bind(mostTagsOfPage, repositoryId, digest)
    .run()
  const names = await listTags(strictDatabase(), { repository, ground: { repositoryId } }, '', mostTagsOfPage)
  expect(new Set(names).size).toBe(mostTagsOfPage)
})
