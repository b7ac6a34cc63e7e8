/** Work on many things at once, but not on all. A failure cuts off nothing that has begun. */

/**
 * Waits until all work is over, also when some of it fails: a caller that ended at once would cut off the rest.
 *
 * @throws the first failure of the list
 */
export async function allOver<Works extends readonly Promise<unknown>[] | []>(
  works: Works,
): Promise<{ -readonly [At in keyof Works]: Awaited<Works[At]> }> {
  await Promise.allSettled(works)
  return Promise.all(works)
}

/**
 * Works on items in parallel, no more than `most` at a time. After a failure it begins no further item, and fails once
 * those that were begun are over.
 *
 * @returns the results in the order of the items
 */
export async function mapInParallel<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let hasFailed = false
  // One iterator for all: each takes the next item as soon as it is done with one.
  const queue = items.entries()
  async function takeTurns(): Promise<void> {
    for (const [at, item] of queue) {
      if (hasFailed) return
      try {
        results[at] = await work(item)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  await allOver(Array.from({ length: Math.min(most, items.length) }, takeTurns))
  return results
}
