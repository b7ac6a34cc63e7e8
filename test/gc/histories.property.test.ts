/**
 * Random histories of pushes, tags, deletions, mounts and collections, in which the process may die between any two
 * effects, against a model. After each step everything that tags and pins lead to can be pulled, and in the end nothing else is left.
 */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { namespaces } from '../support/people.ts'
import { play, playLastCollection } from './histories/play.ts'
import { histories } from './histories/steps.ts'
import { expectNothingElse, expectPullable, newWorld } from './histories/world.ts'

const wanted = 50
const minimum = 10

it('no history loses used content, or keeps garbage', async () => {
  await namespaces('alice')
  // Short, so that every question renews it.
  await env.DB.prepare(`INSERT INTO settings (name, value, milliseconds) VALUES ('gcGrace', '"10ms"', 10)`).run()
  let begun = 0
  const endsAt = Date.now() + 60_000
  const property = fc.asyncProperty(histories, async (history) => {
    // A slow machine plays fewer, and says so; less than the minimum proves nothing. An interrupt by fast-check would leave
    // the last one running, into the next test.
    if (begun >= minimum && Date.now() > endsAt) return
    begun++
    const world = await newWorld()
    for (const step of history) {
      await play(world, step)
      await expectPullable(world)
    }
    await playLastCollection(world)
    await expectPullable(world)
    await expectNothingElse(world)
  })
  await fc.assert(property, { numRuns: wanted })
  if (begun < wanted) console.warn(`${begun} of ${wanted} histories were played in the time`)
}, 300_000)

it('a push that crashed before its first write renews nothing', async () => {
  await namespaces('alice')
  const world = await newWorld()
  const push = { kind: 'push blob', repository: 'alice/one', blob: 0 } as const
  await play(world, { ...push, crash: undefined })
  await play(world, { kind: 'delete tag', repository: 'alice/one', tag: 'a' })
  await play(world, { ...push, crash: { after: 0, tookEffect: false } })
  const keeping = { keepUntagged: false, deleteReferrers: true, limit: 10, crash: undefined }
  await play(world, { kind: 'collect', graceSteps: 2, ...keeping })
  expect(world.state['alice/one'].links.size).toBe(0)
})
