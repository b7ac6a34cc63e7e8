/**
 * A restore dies at any call of D1 or R2. The registry is then what it was, or serves nothing and says so, or is restored;
 * never anything between. The same restore, begun again, brings everything back.
 */
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { beginRestoration } from '../../../src/backup/restore/begin.ts'
import { restoreSlice } from '../../../src/backup/restore/slice.ts'
import { openContext } from '../../../src/context.ts'
import { readRestoration } from '../../../src/db/restoration/restoration.ts'
import { tables } from '../../../src/installed.ts'
import { pushImage } from '../../support/content.ts'
import { mortal, type Mortal } from '../../support/crashing.ts'
import { testContext } from '../../support/context.ts'
import { clientOf } from '../../support/people.ts'
import { Random } from '../../support/random.ts'
import { rowsOf } from '../../support/schema.ts'
import { backUp } from '../support/making.ts'

const fewestDeaths = 50
/** Of a worker, in calls: some get no slice done, and some many. */
const longestLife = 60
const repository = 'acme/app'
/** Tables of which a restore itself writes. */
const restless = new Set(['crons', 'event_consumers', 'events', 'job_logs', 'jobs', 'parked_events'])
const statements = tables.flatMap((table) =>
  'key' in table && !restless.has(table.name) ? [`SELECT * FROM ${table.name} ORDER BY ${table.key.join()}`] : [],
)

/** Restores the backup until it is done, or until the bindings die. */
async function restore(backup: string, bindings: Mortal): Promise<void> {
  const opened = openContext({ ...env, ...bindings }, (work) => void work.catch(() => undefined))
  const context = { ...opened, tables }
  const wanted = { keepRevokedTokens: false, keptKey: null }
  const order = { backup, overwrite: true, instead: false, wanted, by: '' } as const
  const { restoration } = await beginRestoration(context, order)
  for (;;) {
    const { kind } = await restoreSlice({ ...context, now: Date.now() }, restoration.id)
    if (kind === 'done') return
    expect(kind).toBe('running')
  }
}

/** Reads all rows of a restore; undefined while the tables are away. */
async function snapshot(): Promise<string | undefined> {
  if ((await readRestoration(testContext().db)) !== undefined) {
    await expect(rowsOf('SELECT 1 FROM accounts')).rejects.toThrow('no such table')
    return undefined
  }
  const results = await env.DB.batch(statements.map((text) => env.DB.prepare(text)))
  return JSON.stringify(results.map(({ results: rows }) => rows))
}

it('a restore that died at seeded moments, at least 50 in all, leaves nothing half, and ends well when it is repeated', async () => {
  const client = await clientOf(repository)
  for (let at = 0; at < 3; at++) await pushImage(client, repository, String(at), at)
  const backup = await backUp()
  await pushImage(client, repository, 'late', 9)
  await restore(backup, mortal(undefined))
  const restored = await snapshot()
  expect(restored).not.toContain('late')
  vi.spyOn(console, 'error').mockReturnValue()
  const random = new Random(14)
  let deaths = 0
  while (deaths < fewestDeaths) {
    await env.DB.prepare('UPDATE accounts SET full_name = ?').bind(`before death ${deaths}`).run()
    const before = await snapshot()
    const seen = new Set<string | undefined>()
    for (let isDone = false; !isDone;) {
      const bindings = mortal({ after: random.below(longestLife), tookEffect: random.isLucky(0.5) })
      isDone = await restore(backup, bindings).then(
        () => true,
        () => false,
      )
      if (bindings.hasCrashed()) deaths++
      const now = await snapshot()
      expect([before, undefined, restored]).toContain(now)
      seen.add(now)
      // The dead hold it no longer.
      await env.DB.prepare('UPDATE restoration SET lease_until = 0').run()
    }
    expect(await snapshot()).toBe(restored)
    expect(seen).toContain(undefined)
  }
}, 300_000)
