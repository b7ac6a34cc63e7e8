/** Runs the collector again and again, and adds up what its logs say. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../admin/api.ts'
import type { Administrator, Run } from './administrator.ts'
import type { Tally } from './tally.ts'

const everyMilliseconds = 1000

/** Collects garbage once a second, or without a pause where a run takes longer, until the end. */
export async function collectAllTheTime(
  administrator: Administrator,
  tally: Tally,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const begun = Date.now()
    await collectOnce(administrator, tally)
    await sleep(Math.max(0, everyMilliseconds - (Date.now() - begun)))
  }
}

/** Collects garbage once. @returns whether the run was done and deleted anything */
export async function collectOnce(administrator: Administrator, tally: Tally): Promise<boolean> {
  try {
    return count(await administrator.run('onlinegc'), tally)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    tally.fail(`a run of the collector was refused: ${error.message}`)
    return false
  }
}

const mostTries = 60

/** Waits until nothing of deleted repositories is left: their rows go by a job, of which there is one at a time. */
export async function finishDeletions(administrator: Administrator, tally: Tally): Promise<void> {
  for (let tries = 0; tries < mostTries; tries++) {
    try {
      await administrator.run('repository_deletion')
      return
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await sleep(everyMilliseconds)
    }
  }
  tally.fail('the deletion of repositories does not end')
}

function count({ status, lines }: Run, tally: Tally): boolean {
  tally.add('collections')
  if (status !== 'done') tally.fail(`a run of the collector ended as "${status}": ${lines.slice(-5).join(' / ')}`)
  const total = summaryOf(lines)
  for (const [thing, amount] of Object.entries(total)) tally.add(`collected ${thing}`, amount)
  return Object.values(total).some((amount) => amount > 0)
}

const summary = /(\d+) (manifests|links|blobs|segments|bytes)/g

/** Reads the counts in the last line that sums up. */
export function summaryOf(lines: readonly string[]): Record<string, number> {
  const line = lines.findLast((text) => /\d+ manifests/.test(text)) ?? ''
  return Object.fromEntries(Array.from(line.matchAll(summary), ([, amount, thing = '']) => [thing, Number(amount)]))
}
