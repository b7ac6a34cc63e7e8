/** The verdict when all clients are done: everything that was tagged is whole, and nothing else is left. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Actor } from './actor.ts'
import type { Administrator } from './administrator.ts'
import { collectOnce, finishDeletions } from './collection.ts'
import type { Tally } from './tally.ts'
import type { World } from './world.ts'

/** Each deletes something, or it was the last. */
const mostRuns = 20

const fsckEveryMilliseconds = 5000

/** Runs fsck until the end of the load: content that comes and goes meanwhile is no finding. */
export async function checkAllTheTime(
  administrator: Administrator,
  tally: Tally,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const { findings } = await administrator.fsck()
    for (const finding of findings) tally.fail(`fsck during the load: ${finding}`)
    tally.add('runs of fsck')
    await sleep(fsckEveryMilliseconds)
  }
}

export interface Judging {
  readonly world: World
  readonly actors: readonly Actor[]
  readonly administrator: Administrator
  readonly tally: Tally
  readonly graceMilliseconds: number
  /** The repositories that have a tag that all push. */
  readonly shared: readonly string[]
}

export async function judge(judging: Judging): Promise<void> {
  const { world, actors, administrator, tally, graceMilliseconds, shared } = judging
  // For more than the grace, as nothing is younger than it is then.
  await finishDeletions(administrator, tally)
  await sleep(graceMilliseconds + 1500)
  for (let run = 1; await collectOnce(administrator, tally); run++) {
    if (run === mostRuns) tally.fail(`after ${mostRuns} runs the collector still finds something to delete`)
    if (run === mostRuns) break
  }
  await pullEverything(world, actors, shared)
  const { findings, checked } = await administrator.fsck()
  for (const finding of findings) tally.fail(`fsck: ${finding}`)
  compare(world, checked, tally)
  requireFewExcuses(tally)
}

/** Fails a run in which many pushes were slower than the grace, as it proves nothing. */
function requireFewExcuses(tally: Tally): void {
  const [slow, pushed] = [tally.of('pushes slower than the grace'), tally.of('artifacts pushed')]
  if (slow > 10 + pushed / 20) tally.fail(`${slow} of ${pushed} pushes were slower than the grace: take a longer one`)
}

async function pullEverything(world: World, actors: readonly Actor[], shared: readonly string[]): Promise<void> {
  // From here on it is known which client was last.
  for (const repository of shared) await actors[0]?.pullLast(repository)
  const tags = world.tags()
  const share = Math.ceil(tags.length / actors.length)
  await Promise.all(actors.map((actor, at) => actor.pullAll(tags.slice(at * share, (at + 1) * share))))
}

function compare(world: World, checked: Readonly<Record<string, number>>, tally: Tally): void {
  const { manifests, ...counts } = world.expected()
  const expected: Record<string, number> = {
    ...counts,
    objects: counts.segments,
    manifests: [...manifests.values()].reduce((sum, own) => sum + own.size, 0),
  }
  for (const [thing, count] of Object.entries(expected)) {
    tally.add(`left ${thing}`, checked[thing] ?? 0)
    if (checked[thing] === count) continue
    tally.fail(`there are ${checked[thing] ?? 0} ${thing} where ${count} are needed`)
  }
}
