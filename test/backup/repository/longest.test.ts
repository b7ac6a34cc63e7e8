/** What one manifest or one team brings may be too long for a parameter of D1. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { grantTeams, linkBlobs } from '../../../src/backup/repository/store.ts'
import { mostDescriptors } from '../../../src/limits.ts'
import { parseDigest, parseRepositoryName } from '../../../src/names.ts'
import { countRows } from '../../support/content.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { aRepository, aTeam, namespaces } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { strictDatabase } from '../../support/strict-database.ts'

const name = parseRepositoryName('alice/app')

it('as many blobs as a manifest may name are linked, and those that are missing come in their order', async () => {
  await namespaces('alice')
  await aRepository(name)
  const digests = Array.from({ length: mostDescriptors }, (_, at) =>
    parseDigest(`sha512:${String((at * 7919) % mostDescriptors).padStart(128, '0')}`),
  )
  const there = digests.at(-1)
  await env.DB.prepare("INSERT INTO blobs (digest, size_bytes, session_id, created_at) VALUES (?, 1, '', 1)")
    .bind(there)
    .run()
  const missing = await linkBlobs(strictDatabase(), { id: await idOfRepository(name), name }, digests)
  expect(missing).toEqual(digests.filter((digest) => digest !== there).sort())
  expect(await rowsOf('SELECT digest FROM repository_blobs')).toEqual([{ digest: there }])
})

it('a repository is granted to a team, however many others are gone', async () => {
  await namespaces('alice')
  await aRepository(name)
  const [organization] = await rowsOf<{ id: string }>("SELECT id FROM accounts WHERE name = 'alice'")
  const team = await aTeam(organization?.id ?? '', 'kept')
  const grants = Array.from({ length: 40_000 }, () => ({ teamId: crypto.randomUUID(), rank: 1 }))
  await grantTeams(strictDatabase(), { id: await idOfRepository(name), name }, [...grants, { teamId: team, rank: 2 }])
  expect(await countRows('repository_grants')).toBe(1)
})
