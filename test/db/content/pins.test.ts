import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, runBatch } from '../../../src/db/database.ts'
import { pinStatements, unpinAllStatement, unpinStatements } from '../../../src/db/content/pins.ts'
import { parseRepositoryName, parseTag, type Digest } from '../../../src/names.ts'
import { idOfRepository, removeByApi } from '../../support/deletions.ts'
import { plansOf } from '../../support/explaining.ts'
import { aRepository, namespaces } from '../../support/people.ts'
import { pin, unpin } from '../../support/pins.ts'
import { strictDatabase } from '../../support/strict-database.ts'

const repository = 'alice/app'
const tag = parseTag('v1')
const digest = `sha256:${'a'.repeat(64)}` as Digest

beforeEach(async () => {
  await namespaces('alice')
  for (const name of [repository, 'alice/other']) await aRepository(name)
})

async function rows(): Promise<string[]> {
  const { results } = await env.DB.prepare(
    `SELECT repositories.name || ' ' || kind || ' ' || pins.name || ' ' || pinned_by AS text
     FROM pins JOIN repositories ON repositories.id = repository_id ORDER BY text`,
  ).all<{ text: string }>()
  return results.map(({ text }) => text)
}

describe('pins', () => {
  it('name tags and manifests that need not be there, and the repository', async () => {
    await pin(repository, [{ tag }, { digest }, 'repository'])
    expect(await rows()).toEqual([
      `alice/app manifest ${digest} notary`,
      'alice/app repository  notary',
      'alice/app tag v1 notary',
    ])
  })

  it('are there once, however often they are written', async () => {
    await pin(repository, [{ tag }, { tag }])
    await pin(repository, [{ tag }])
    expect(await rows()).toEqual(['alice/app tag v1 notary'])
  })

  it('are taken back one by one, by the kind of signature that made them', async () => {
    await pin(repository, [{ tag }, { digest }, 'repository'])
    await pin(repository, [{ tag }], 'cosign')
    await pin('alice/other', [{ tag }])
    await unpin(repository, [{ tag }, 'repository'])
    expect(await rows()).toEqual([
      `alice/app manifest ${digest} notary`,
      'alice/app tag v1 cosign',
      'alice/other tag v1 notary',
    ])
  })

  it('of one kind of signature are taken back all at once', async () => {
    await pin(repository, [{ tag }, { digest }, 'repository'])
    await pin(repository, [{ tag }], 'cosign')
    await pin('alice/other', [{ tag }])
    await runBatch(openDatabase(env.DB), { gone: unpinAllStatement(await idOfRepository(repository), 'notary') })
    expect(await rows()).toEqual(['alice/app tag v1 cosign', 'alice/other tag v1 notary'])
  })

  it('are not made in a repository that is deleted, nor in one that is gone', async () => {
    const id = await idOfRepository(repository)
    await removeByApi(parseRepositoryName(repository))
    await runBatch(openDatabase(env.DB), {
      deleted: pinStatements(id, [{ tag }], 'notary'),
      gone: pinStatements(id + 1000, [{ tag }], 'notary'),
    })
    expect(await rows()).toEqual([])
  })

  it('are written within the limits of D1, however many there are', async () => {
    const many = Array.from({ length: 9000 }, (_, at) => ({ tag: parseTag(`${at}-`.padEnd(128, 'x')) }))
    const id = await idOfRepository(repository)
    await runBatch(strictDatabase(), { pinned: pinStatements(id, many, 'notary') })
    expect(await rows()).toHaveLength(9000)
    await runBatch(strictDatabase(), { unpinned: unpinStatements(id, many, 'notary') })
    expect(await rows()).toEqual([])
  })

  it('are found by their primary key', async () => {
    const id = await idOfRepository(repository)
    const plans = await plansOf((db) =>
      runBatch(db, {
        pinned: pinStatements(id, [{ tag }], 'notary'),
        unpinned: unpinStatements(id, [{ tag }], 'notary'),
        all: unpinAllStatement(id, 'notary'),
      }),
    )
    const steps = [...plans.values()].flat()
    expect(steps.filter((step) => step.startsWith('SCAN ') && !step.includes('VIRTUAL TABLE'))).toEqual([])
    expect(steps).toContainEqual(
      expect.stringContaining('sqlite_autoindex_pins_1 (repository_id=? AND kind=? AND name=? AND pinned_by=?)'),
    )
  })
})
