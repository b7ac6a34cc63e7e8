/**
 * Random histories of pushes, tags, deletions, mounts and collections, in which the process may die between any two
 * effects, against a model. After each step everything that tags lead to can be pulled, and in the end nothing else is left.
 */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { namespaces } from '../support/people.ts'
import { play, playLastCollection } from './histories/play.ts'
import { histories } from './histories/steps.ts'
import { expectNothingElse, expectPullable, newWorld } from './histories/world.ts'

it('no history loses what is used, or keeps what is not', async () => {
  await namespaces('alice')
  // Short, so that every question renews it.
  await env.DB.prepare(`INSERT INTO settings (name, value) VALUES ('gcGrace', '"10ms"')`).run()
  let steps = 0
  const property = fc.asyncProperty(histories, async (history) => {
    const world = await newWorld()
    for (const step of history) {
      await play(world, step)
      await expectPullable(world)
      steps++
    }
    await playLastCollection(world)
    await expectPullable(world)
    await expectNothingElse(world)
  })
  await fc.assert(property, { numRuns: 50, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false })
  expect(steps).toBeGreaterThan(50)
}, 60_000)
