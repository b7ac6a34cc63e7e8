import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { deletePiece } from '../../src/db/repositories/deleted-repositories.ts'
import { fsckPage } from '../../src/fsck/fsck.ts'
import { parseRepositoryName } from '../../src/names.ts'
import { countRows, pushImage } from '../support/content.ts'
import { fillRepository, removeByApi } from '../support/deletions.ts'
import { aUser } from '../support/people.ts'

const db = openDatabase(env.DB)
const name = parseRepositoryName('alice/app')

beforeEach(async () => {
  await pushImage(await aUser('alice'), name, 'v1')
})

async function findings(content = false): Promise<unknown[]> {
  const all: unknown[] = []
  let cursor: string | undefined
  do {
    const page = await fsckPage({ db, bucket: env.BUCKET }, cursor, content)
    all.push(...page.findings)
    cursor = page.next
  } while (cursor !== undefined)
  return all
}

describe('the job of a deletion', () => {
  it('is no finding of fsck in between, not even for one that reads all content', async () => {
    await removeByApi(name)
    for (let pieces = 0; pieces < 50; pieces++) {
      const { isDone } = await deletePiece(db, 1)
      expect(await findings(true)).toEqual([])
      if (isDone) return
    }
    throw new Error('the deletion does not end')
  })

  it('of much content is no finding of fsck in between', async () => {
    await fillRepository(name, 1000)
    await removeByApi(name)
    for (let pieces = 0; pieces < 500; pieces++) {
      const { isDone } = await deletePiece(db, 100)
      if (pieces % 10 === 0) expect(await findings()).toEqual([])
      if (isDone) break
    }
    expect(await countRows('repositories')).toBe(0)
  })
})
