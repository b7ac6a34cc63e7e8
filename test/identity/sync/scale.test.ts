/** A sync of a large directory stays within what one invocation of a Worker may use, whatever the size. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { leaseMilliseconds } from '../../../src/jobs/decisions.ts'
import { aWorker, workOnJob } from '../../../src/jobs/runner.ts'
import { countedBindings } from '../../support/counting.ts'
import { theJob } from '../../support/jobs.ts'
import { aDirectoryUser, aSync, byGroup, MemoryDirectory, syncContext } from './memory-directory.ts'

/** Ten makes it a directory of 50,000 users and 5,000 groups, which takes minutes. */
const scale = 1
const userCount = 5000 * scale
const groupCount = 500 * scale
const membersOfGroup = 20
/** What D1 takes of one invocation. */
const mostStatements = 1000

const nameOf = (index: number): string => `user${index}`
const groupOf = (index: number): string => `cn=group${index}`

async function fill(): Promise<void> {
  await env.DB.prepare(
    "INSERT INTO accounts (id, name, is_organization, created_at) VALUES ('acme', 'acme', 1, 1)",
  ).run()
  const indexes = JSON.stringify(Array.from({ length: groupCount }, (_, index) => index))
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO teams (id, organization_id, name, created_at, members_synced)
       SELECT 'team' || value, 'acme', 'team' || value, 1, 1 FROM json_each(?)`,
    ).bind(indexes),
    env.DB.prepare(
      `INSERT INTO member_syncs (id, organization_id, team_id, is_enabled, options)
       SELECT 'team' || value, 'acme', 'team' || value, 1, json_set(?, '$.groupDN', 'cn=group' || value)
       FROM json_each(?)`,
    ).bind(JSON.stringify(byGroup('')), indexes),
  ])
}

function directoryOf(shift: number): MemoryDirectory {
  const directory = new MemoryDirectory()
  directory.pageSize = 100
  directory.searches = [Array.from({ length: userCount }, (_, index) => aDirectoryUser(nameOf(index)))]
  directory.groups = Object.fromEntries(
    Array.from({ length: groupCount }, (_, group) => [
      groupOf(group),
      Array.from({ length: membersOfGroup }, (__, at) => nameOf((group * membersOfGroup + at + shift) % userCount)),
    ]),
  )
  return directory
}

interface Turns {
  readonly turns: number
  readonly statements: number
  readonly mostInTurn: number
  readonly longestSlice: number
}

/** Carries a sync out and counts what each turn of a worker asks of D1. */
async function counted(directory: MemoryDirectory): Promise<Turns> {
  const { id } = await aSync(directory)
  const inTurns: number[] = []
  let longestSlice = 0
  while ((await theJob(id)).endedAt === null) {
    const { db, counted: operations } = countedBindings(env.DB, env.BUCKET)
    let last = Date.now()
    const clock = (): number => {
      const now = Date.now()
      longestSlice = Math.max(longestSlice, now - last)
      last = now
      return now
    }
    await workOnJob(aWorker(syncContext(directory, { db, clock }), 50_000), id)
    inTurns.push(operations.statements)
    if (inTurns.length > 1000) throw new Error('the sync does not end')
  }
  expect((await theJob(id)).status).toBe('done')
  const statements = inTurns.reduce((sum, one) => sum + one, 0)
  return { turns: inTurns.length, statements, mostInTurn: Math.max(...inTurns), longestSlice }
}

const count = async (table: string): Promise<number | null> =>
  env.DB.prepare(`SELECT count(*) AS count FROM ${table}`).first<number>('count')

it(
  'a sync is done in bounded turns, and one that changes nothing reads and writes little',
  { timeout: 600_000 },
  async () => {
    await fill()
    const first = await counted(directoryOf(0))
    expect(await count('identities')).toBe(userCount)
    expect(await count('team_members')).toBe(groupCount * membersOfGroup)
    const same = await counted(directoryOf(0))
    const moved = await counted(directoryOf(1))
    console.log(JSON.stringify({ userCount, groupCount, first, same, moved }))
    for (const turns of [first, same, moved]) {
      expect(turns.mostInTurn).toBeLessThanOrEqual(mostStatements)
      expect(turns.longestSlice).toBeLessThan(leaseMilliseconds)
    }
  },
)
