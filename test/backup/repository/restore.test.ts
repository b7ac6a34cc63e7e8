/** One repository, or those of one namespace, come back out of a backup into the running registry. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { aWorker, workOnJob } from '../../../src/jobs/runner.ts'
import type { Send } from '../../support/client.ts'
import { pushImage, type Image } from '../../support/content.ts'
import { idOfRepository } from '../../support/deletions.ts'
import { faultyBucket } from '../../support/faults.ts'
import { age, image, index, referrer, type Pushed } from '../../support/garbage.ts'
import { interceptedBucket } from '../../support/intercepted-bucket.ts'
import { aJob, jobsContext, logOf, theJob } from '../../support/jobs.ts'
import { aTeam, clientOf, namespaces } from '../../support/people.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'
import { collect, contentOf, copyContent, pulled, removeWholly, restoreRepositories } from '../support/repositories.ts'

const repository = 'alice/app'
let client: Send
let first: Image
let child: Pushed
let list: Pushed
let signature: Pushed

beforeEach(async () => {
  client = await clientOf(repository)
  first = await pushImage(client, repository, 'v1', 1)
  child = await image(client, repository, { seed: 20 })
  list = await index(client, repository, [child], { tag: 'multi' })
  signature = await referrer(client, repository, list, { seed: 40 })
})

const again = (): Promise<Send> => clientOf(repository)

describe('a repository that was deleted', () => {
  it('comes back with its settings, images, tags, referrers, dates and grants, and serves pushes', async () => {
    await env.DB.prepare(
      "UPDATE repositories SET short_description = 'short', immutable_tags = 1, tag_limit = 9, pulls = 7 WHERE name = ?",
    )
      .bind(repository)
      .run()
    const [organization] = await rowsOf<{ id: string }>("SELECT id FROM accounts WHERE name = 'alice'")
    const kept = await aTeam(organization?.id ?? '', 'kept')
    const gone = await aTeam(organization?.id ?? '', 'gone')
    const id = await idOfRepository(repository)
    await env.DB.batch(
      [kept, gone].map((team) =>
        env.DB.prepare('INSERT INTO repository_grants (repository_id, team_id, rank) VALUES (?, ?, 2)').bind(id, team),
      ),
    )
    await env.DB.prepare(
      "INSERT INTO trust_policies (id, repository_id, mode, updated_at) VALUES ('policy', ?, 'report', 5)",
    )
      .bind(id)
      .run()
    const before = await contentOf(repository)
    const backup = await backUp()
    await removeWholly(repository)
    await env.DB.prepare('DELETE FROM teams WHERE id = ?').bind(gone).run()
    const log = await restoreRepositories({ backup, repository })
    expect(log).toContain(`${repository} is made again, private`)
    expect(log).toContain(`${repository}: 4 manifests, 2 tags and 0 blobs came back; nothing could not be restored`)
    expect(await contentOf(repository)).toEqual(before)
    const [row] = await rowsOf(
      `SELECT id, visibility, short_description, immutable_tags, tag_limit, pulls, demands_signatures FROM repositories WHERE name = '${repository}'`,
    )
    expect(row).toMatchObject({
      visibility: 'private',
      short_description: 'short',
      immutable_tags: 1,
      tag_limit: 9,
      pulls: 7,
      demands_signatures: 1,
    })
    expect(row).not.toMatchObject({ id })
    expect(await rowsOf('SELECT team_id, rank FROM repository_grants')).toEqual([{ team_id: kept, rank: 2 }])
    const now = await again()
    expect(await pulled(now, repository, 'v1')).toBe(first.digest)
    expect(await pulled(now, repository, list.digest)).toBe(list.digest)
    const referrers = await (
      await now('GET', `/v2/${repository}/referrers/${list.digest}`)
    ).json<{
      manifests: { digest: string }[]
    }>()
    expect(referrers.manifests.map(({ digest }) => digest)).toEqual([signature.digest])
    await pushImage(now, repository, 'v2', 60)
    expect(await pulled(now, repository, 'v2')).toBeDefined()
    expect(
      await rowsOf(
        `SELECT content ->> 'restoredFrom' AS backup FROM events WHERE type = 'UPDATE' AND object_type = 'repository'`,
      ),
    ).toEqual([{ backup }])
  })

  it('is not taken by garbage collection, though its rows are old', async () => {
    const backup = await backUp()
    await removeWholly(repository)
    await restoreRepositories({ backup, repository })
    // All that is young is so because of the restore.
    await collect()
    const now = await again()
    expect(await pulled(now, repository, 'v1')).toBe(first.digest)
    expect(await pulled(now, repository, 'multi')).toBe(list.digest)
    await age(365 * 24 * 3600 * 1000)
    await collect()
    expect(await pulled(now, repository, 'v1')).toBe(first.digest)
    expect(await pulled(now, repository, 'multi')).toBe(list.digest)
  })

  it('gets the bytes from the content of the backup that a collection has deleted', async () => {
    await copyContent()
    const backup = await backUp()
    await removeWholly(repository)
    await age(365 * 24 * 3600 * 1000)
    await collect()
    expect(await rowsOf('SELECT 1 FROM blobs')).toEqual([])
    const log = await restoreRepositories({ backup, repository })
    expect(log.at(-1)).toMatch(/4 manifests, 2 tags and 7 blobs came back; nothing could not be restored/)
    const now = await again()
    expect(await pulled(now, repository, 'v1')).toBe(first.digest)
    expect(await pulled(now, repository, 'multi')).toBe(list.digest)
  })

  it.each([
    { message: 'Network connection lost.', times: 1 },
    { message: 'Unspecified error (0)', times: 3 },
  ])('gets them all the same when the bucket of backups breaks off in the middle: $message', async (fault) => {
    await copyContent()
    const backup = await backUp()
    await removeWholly(repository)
    await age(365 * 24 * 3600 * 1000)
    await collect()
    const { id } = await aJob({ action: 'restore_repository', parameters: { backup, repository } })
    let left = fault.times
    const broken = faultyBucket({ call: 'get', ...fault, when: 'reading' }, env.BACKUPS)
    const backups = interceptedBucket(async (call, [key], act) => {
      const breaksOff = call === 'get' && String(key).startsWith('blobs/') && left-- > 0
      return breaksOff ? broken.bucket.get(String(key)) : act()
    }, env.BACKUPS)
    // Each turn may meet one more outage.
    for (let turn = 0; turn <= fault.times && (await theJob(id)).endedAt === null; turn++) {
      await workOnJob(aWorker(jobsContext({ backups }), 20_000), id)
    }
    const log = await logOf(id)
    expect([broken.failed(), (await theJob(id)).status, ...log].join('\n')).toContain(`${fault.times}\ndone`)
    expect(log.at(-1)).toMatch(/4 manifests, 2 tags and 7 blobs came back; nothing could not be restored/)
    expect(await pulled(await again(), repository, 'v1')).toBe(first.digest)
  })

  it('lacks exactly the images whose bytes are nowhere, and the report names each with its blobs', async () => {
    const layer = first.layers[0]?.digest ?? ''
    await copyContent([layer])
    const backup = await backUp()
    await removeWholly(repository)
    await age(365 * 24 * 3600 * 1000)
    await collect()
    const log = await restoreRepositories({ backup, repository })
    const told = log.filter((line) => line.includes('not restored'))
    expect(told).toHaveLength(2)
    expect(told[0]).toContain(`${repository}@${first.digest} is not restored`)
    expect(told[0]).toContain(layer)
    expect(told[1]).toContain(`${repository}:v1 is not restored: the repository lacks its image ${first.digest}`)
    expect(log.at(-1)).toContain('3 manifests, 1 tags')
    const now = await again()
    expect(await pulled(now, repository, 'v1')).toBeUndefined()
    expect(await pulled(now, repository, 'multi')).toBe(list.digest)
  })

  it('refuses content of the bucket that has other bytes than its name says', async () => {
    const layer = first.layers[0]?.digest ?? ''
    await copyContent()
    await env.BACKUPS.put(`blobs/${layer.replace(':', '/')}`, 'other bytes')
    const backup = await backUp()
    await removeWholly(repository)
    await age(365 * 24 * 3600 * 1000)
    await collect()
    const log = await restoreRepositories({ backup, repository })
    expect(log.filter((line) => line.includes('not restored')).join('\n')).toContain(layer)
    expect(await pulled(await again(), repository, 'v1')).toBeUndefined()
  })

  it('comes back beside another of its name, under a name of its own', async () => {
    const backup = await backUp()
    await removeWholly(repository)
    const now = await again()
    const other = await pushImage(now, repository, 'v1', 90)
    const before = await contentOf(repository)
    await restoreRepositories({ backup, repository, as: 'alice/app-restored' })
    expect(await contentOf(repository)).toEqual(before)
    const both = await clientOf(repository, 'alice/app-restored')
    expect(await pulled(both, repository, 'v1')).toBe(other.digest)
    expect(await pulled(both, 'alice/app-restored', 'v1')).toBe(first.digest)
  })

  it('does not touch a repository that has its old id', async () => {
    const id = await idOfRepository(repository)
    const backup = await backUp()
    await removeWholly(repository)
    await namespaces('bob')
    await env.DB.prepare("INSERT INTO repositories (id, name, namespace, created_at) VALUES (?, 'bob/app', 'bob', 1)")
      .bind(id)
      .run()
    await restoreRepositories({ backup, repository })
    expect(await idOfRepository('bob/app')).toBe(id)
    expect(await contentOf('bob/app')).toEqual([])
    expect(await pulled(await again(), repository, 'v1')).toBe(first.digest)
  })

  it('is not restored into a namespace that is gone', async () => {
    const backup = await backUp()
    await removeWholly(repository)
    await env.DB.prepare("DELETE FROM accounts WHERE name = 'alice'").run()
    const log = await restoreRepositories({ backup, repository })
    expect(log.join('\n')).toContain(`${repository} is not restored: `)
    expect(await rowsOf(`SELECT 1 FROM repositories WHERE name = '${repository}'`)).toEqual([])
  })
})

describe('a repository that is there', () => {
  it('gets what it lacks; tags that moved stay, and settings too', async () => {
    const backup = await backUp()
    const newer = await pushImage(client, repository, 'v1', 70)
    expect((await client('DELETE', `/v2/${repository}/manifests/multi`)).status).toBe(202)
    expect((await client('DELETE', `/v2/${repository}/manifests/${list.digest}`)).status).toBe(202)
    await env.DB.prepare("UPDATE repositories SET short_description = 'newer' WHERE name = ?").bind(repository).run()
    const log = await restoreRepositories({ backup, repository })
    expect(log).toContain(`${repository}:v1 stays at ${newer.digest}; in the backup it is at ${first.digest}`)
    expect(log.at(-1)).toContain('1 manifests, 1 tags and 0 blobs came back; nothing could not be restored')
    expect(await pulled(client, repository, 'multi')).toBe(list.digest)
    expect(await pulled(client, repository, 'v1')).toBe(newer.digest)
    expect(await rowsOf('SELECT short_description FROM repositories')).toEqual([{ short_description: 'newer' }])
  })

  it('gets its tags moved back if that is asked for, but for immutable ones', async () => {
    const backup = await backUp()
    const newer = await pushImage(client, repository, 'v1', 70)
    await env.DB.prepare('UPDATE repositories SET immutable_tags = 1').run()
    const log = await restoreRepositories({ backup, repository, movesTags: true })
    expect(log.join('\n')).toContain(`${repository}:v1 stays at ${newer.digest}`)
    await env.DB.prepare('UPDATE repositories SET immutable_tags = 0').run()
    await restoreRepositories({ backup, repository, movesTags: true })
    expect(await pulled(client, repository, 'v1')).toBe(first.digest)
  })

  it('gets no tag beyond its limit, and loses none', async () => {
    const backup = await backUp()
    expect((await client('DELETE', `/v2/${repository}/manifests/v1`)).status).toBe(202)
    await env.DB.prepare('UPDATE repositories SET tag_limit = 1').run()
    const log = await restoreRepositories({ backup, repository })
    expect(log.join('\n')).toContain(
      `${repository}:v1 is not restored: the repository has as many tags as its limit allows`,
    )
    expect(await rowsOf('SELECT name FROM tags')).toEqual([{ name: 'multi' }])
  })

  it('keeps the grants that it has: one that was taken away does not come back', async () => {
    const id = await idOfRepository(repository)
    const [organization] = await rowsOf<{ id: string }>("SELECT id FROM accounts WHERE name = 'alice'")
    const team = await aTeam(organization?.id ?? '', 'team')
    await env.DB.prepare('INSERT INTO repository_grants (repository_id, team_id, rank) VALUES (?, ?, 2)')
      .bind(id, team)
      .run()
    const backup = await backUp()
    await env.DB.prepare('DELETE FROM repository_grants').run()
    await restoreRepositories({ backup, repository })
    expect(await rowsOf('SELECT 1 FROM repository_grants')).toEqual([])
  })
})

describe('a namespace', () => {
  it('comes back with all its repositories, and another one is the same byte for byte', async () => {
    const others = await clientOf('alice/other', 'alice/deep/er', 'bob/app', 'alicex/app')
    await pushImage(others, 'alice/other', 'v1', 100)
    await pushImage(others, 'alice/deep/er', 'v1', 1)
    await pushImage(others, 'bob/app', 'v1', 1)
    await pushImage(others, 'alicex/app', 'v1', 1)
    const backup = await backUp()
    for (const name of [repository, 'alice/other', 'alice/deep/er']) await removeWholly(name)
    const foreign = () =>
      rowsOf(`SELECT * FROM repositories LEFT JOIN tags ON repository_id = id LEFT JOIN manifests USING (repository_id)
        WHERE namespace <> 'alice' ORDER BY repositories.name`)
    const before = await foreign()
    await restoreRepositories({ backup, namespace: 'alice' })
    expect(await foreign()).toEqual(before)
    const now = await clientOf(repository, 'alice/other', 'alice/deep/er')
    expect(await pulled(now, repository, 'multi')).toBe(list.digest)
    expect(await pulled(now, 'alice/other', 'v1')).toBeDefined()
    expect(await pulled(now, 'alice/deep/er', 'v1')).toBe(first.digest)
    expect((await rowsOf(`SELECT name FROM repositories ORDER BY name`)).length).toBe(5)
  })

  it('that the backup does not have changes nothing, and the log says so', async () => {
    const backup = await backUp()
    expect(await restoreRepositories({ backup, namespace: 'carol' })).toContain(
      `the backup ${backup} has no repository in the namespace carol`,
    )
  })
})
